"""How far from a pixel the input can be, and still have a say in it.

The receptive field of an output pixel, in the sense of Araujo, Norris and Sim,
"Computing Receptive Fields of Convolutional Neural Networks" (Distill, 2019), followed
backwards through the graph of layers for every place of a pixel within the strides.
"""

from typing import NamedTuple

import keras
from keras import layers

from pyimagesearch.results.any_size import total_stride

# What makes a pixel of the pixels at the same place, and of nothing else.
POINTWISE = (
    layers.InputLayer,
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.Dropout,
    layers.BatchNormalization,
    layers.Concatenate,
    layers.Add,
)
WINDOWED = (
    layers.Conv2D,
    layers.DepthwiseConv2D,
    layers.MaxPooling2D,
    layers.AveragePooling2D,
)


class Context(NamedTuple):
    """What an output pixel depends on.

    Attributes:
        pixels: the largest distance of such an input pixel, to any of the four sides.
        bounded: False where there are layers that see farther, such as instance
            normalisation, or may: `pixels` is then that of the other layers.
    """

    pixels: int
    bounded: bool


def context_of(generator: keras.Model) -> Context:
    """Finds a generator's context.

    Args:
        generator: of layers that are each used once.
    """
    distance = 0
    for axis in (0, 1):
        for pixel in range(total_stride(generator)):
            first, last = _input_span(generator, pixel, axis)
            distance = max(distance, pixel - first, last - pixel)
    known = (*POINTWISE, *WINDOWED, layers.Conv2DTranspose, layers.UpSampling2D)
    bounded = all(isinstance(layer, known) for layer in generator.operations)
    return Context(distance, bounded)


def _input_span(generator: keras.Model, pixel: int, axis: int) -> tuple[int, int]:
    """The first and the last input row or column that an output pixel depends on."""
    spans = {id(generator.outputs[0]): (pixel, pixel)}
    for layer in reversed(generator.operations):  # from the output to the input
        first, last = _span_below(layer, *spans[id(layer.output)], axis)
        for tensor in keras.tree.flatten(layer.input):
            lowest, highest = spans.get(id(tensor), (first, last))
            spans[id(tensor)] = min(first, lowest), max(last, highest)
    return spans[id(generator.inputs[0])]


def _span_below(layer, first: int, last: int, axis: int) -> tuple[int, int]:
    """What a layer's output from `first` to `last` is made of, in its input's pixels.

    For inputs whose sides are multiples of the strides, whose "same" padding is even.
    """
    if isinstance(layer, layers.UpSampling2D):
        more = layer.interpolation != "nearest"
        size = layer.size[axis]
        return first // size - more, last // size + more
    if not isinstance(layer, (*WINDOWED, layers.Conv2DTranspose)):
        return first, last
    size = getattr(layer, "kernel_size", None) or layer.pool_size
    dilation = getattr(layer, "dilation_rate", (1, 1))
    stride = layer.strides[axis]
    reach = (size[axis] - 1) * dilation[axis]
    before = max(reach + 1 - stride, 0) // 2 if layer.padding == "same" else 0
    if isinstance(layer, layers.Conv2DTranspose):
        return -((reach - before - first) // stride), (last + before) // stride
    return first * stride - before, last * stride - before + reach
