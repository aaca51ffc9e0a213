"""The receptive fields of a network: the input pixels that an output depends on.

They are traced back exactly, layer by layer, from an output pixel to the input. This
assumes images whose sides are multiples of the network's total stride.
"""

from typing import NamedTuple

import keras
from keras import layers

from pyimagesearch.networks.image_sizes import compute_total_stride

POINTWISE = (  # a pixel depends on the pixels at the same place only
    layers.InputLayer,
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.Dropout,
    layers.BatchNormalization,
    layers.Concatenate,
    layers.Add,
    layers.Rescaling,
)
WINDOWED = (
    layers.Conv2D,
    layers.DepthwiseConv2D,
    layers.MaxPooling2D,
    layers.AveragePooling2D,
)
NORMALIZED = (layers.GroupNormalization, layers.LayerNormalization)  # over the image
UPSAMPLING = (layers.Conv2DTranspose, layers.UpSampling2D)
WHOLE_IMAGE = 1 << 20  # pixels, more than a side of any image has


class Field(NamedTuple):
    """The square of input pixels that a pixel of a feature map depends on."""

    size: int = 1  # pixels, the side of the square
    step: int = 1  # pixels between the squares of two neighbours


class Context(NamedTuple):
    """How far from an output pixel the input pixels are that it depends on.

    If a layer is not known here or is used twice, this is (`WHOLE_IMAGE`, False).
    """

    pixels: int  # the largest distance on any of the four sides
    bounded: bool  # False if a layer normalizes over the image: `pixels` ignores it


def measure_layer_fields(model: keras.Model) -> dict[str, Field | None]:
    """Compute the receptive field of every layer.

    Args:
        model: keras.Model, of layers with square kernels. The statistics that a
            normalization computes over the image are left out.

    Returns:
        dict of Field by the name of the layer; None for a layer behind an upsampling,
        where pixels have different receptive fields.
    """
    fields = {}
    for number, layer in enumerate(model.layers, start=1):
        spans, next_spans = (
            _trace_back(model.layers[:number], pixel, axis=0) for pixel in (0, 1)
        )
        needed = [x for x in model.layers[:number] if id(x.output) in spans]
        inputs = [id(x.output) for x in needed if isinstance(x, layers.InputLayer)]
        first = min(spans[x][0] for x in inputs)
        last = max(spans[x][1] for x in inputs)
        step = min(next_spans[x][0] for x in inputs) - first
        is_upsampled = any(isinstance(x, UPSAMPLING) for x in needed)
        fields[layer.name] = None if is_upsampled else Field(last - first + 1, step)
    return fields


def measure_context(generator: keras.Model) -> Context:
    """Compute how far from a pixel of the generated image its input pixels are.

    Args:
        generator: keras.Model, fully convolutional, from (B, H, W, C) to (B, H, W, D).
    """
    operations = keras.Model(generator.inputs, generator.outputs).operations
    if not all(map(_is_known, operations)) or _has_shared_layers(operations, generator):
        return Context(WHOLE_IMAGE, bounded=False)
    image = id(operations[0].output)
    distance = 0
    for axis in (0, 1):
        for pixel in range(compute_total_stride(generator)):
            first, last = _trace_back(operations, pixel, axis)[image]
            distance = max(distance, pixel - first, last - pixel)
    return Context(
        distance, bounded=not any(isinstance(x, NORMALIZED) for x in operations)
    )


def get_window(layer: keras.layers.Layer, axis: int = 0) -> tuple[int, int]:
    """Return the size of a layer's kernel and its stride.

    Args:
        layer: keras.layers.Layer, a convolution or pooling, or any other layer.
        axis: int, 0 for the height and 1 for the width.

    Returns:
        tuple of int, (size, stride) in pixels; (1, 1) for a layer without a kernel.
    """
    size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", (1, 1))
    return size[axis], getattr(layer, "strides", (1, 1))[axis]


def _is_known(layer) -> bool:
    if isinstance(layer, layers.UpSampling2D):
        return layer.interpolation in ("nearest", "bilinear")
    known = (*POINTWISE, *WINDOWED, *NORMALIZED, layers.Conv2DTranspose)
    return isinstance(layer, known)


def _has_shared_layers(operations: list, generator: keras.Model) -> bool:
    """Tell whether a layer is used twice: its `output` is that of the first use."""
    outputs = {id(layer.output) for layer in operations}
    used = [tensor for x in operations for tensor in keras.tree.flatten(x.input)]
    return any(id(tensor) not in outputs for tensor in [*used, generator.outputs[0]])


def _trace_back(operations: list, pixel: int, axis: int) -> dict[int, tuple[int, int]]:
    """Trace a row or column of the last operation's output back to the input.

    Returns the first and the last row or column that it depends on in every tensor, by
    the tensor's id.
    """
    spans = {id(operations[-1].output): (pixel, pixel)}
    for layer in reversed(operations):
        if id(layer.output) not in spans:
            continue
        span = first, last = _compute_input_span(layer, *spans[id(layer.output)], axis)
        for tensor in keras.tree.flatten(layer.input):
            lowest, highest = spans.get(id(tensor), span)
            spans[id(tensor)] = min(first, lowest), max(last, highest)
    return spans


def _compute_input_span(layer, first: int, last: int, axis: int) -> tuple[int, int]:
    """Return the span of a layer's input that its output's span depends on.

    If the sides are multiples of the strides, "same" padding is as even as possible.
    """
    if isinstance(layer, layers.UpSampling2D):
        size = layer.size[axis]
        if layer.interpolation == "nearest":
            return first // size, last // size
        # Bilinear: the two pixels whose centres surround that of the output pixel.
        return (2 * first + 1 - size) // (2 * size), -(
            (size - 1 - 2 * last) // (2 * size)
        )
    if not isinstance(layer, (*WINDOWED, layers.Conv2DTranspose)):
        return first, last
    size, stride = get_window(layer, axis)
    reach = (size - 1) * getattr(layer, "dilation_rate", (1, 1))[axis]
    before = max(reach + 1 - stride, 0) // 2 if layer.padding == "same" else 0
    if isinstance(layer, layers.Conv2DTranspose):
        return -((reach - before - first) // stride), (last + before) // stride
    return first * stride - before, last * stride - before + reach
