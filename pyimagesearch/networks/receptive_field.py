"""Receptive fields of a network's layers and of its output."""

from typing import NamedTuple

import keras
from keras import layers

from pyimagesearch.networks.image_sizes import compute_total_stride

UPSAMPLING = (layers.Conv2DTranspose, layers.UpSampling2D)


class Field(NamedTuple):
    """What one pixel of a feature map looks at.

    Attributes:
        size: pixels of the input's side, (size, size) in all.
        step: pixels of the input from what it looks at to what its neighbour does.
    """

    size: int = 1
    step: int = 1

    def behind(self, kernel: int, stride: int) -> "Field":
        """The field behind one more convolution or pooling."""
        return Field(self.size + (kernel - 1) * self.step, self.step * stride)


def measure_layer_fields(model: keras.Model) -> dict[str, Field | None]:
    """The field of every layer of a network, by the layer's name.

    Args:
        model: of layers with square, undilated kernels.

    Returns:
        None for what lies behind an upsampling, whose field is another for odd and for
        even pixels. What normalisation takes from the whole picture is left out.
    """
    of_tensor, of_layer = {}, {}
    for layer in model.layers:
        before = [Field()]
        if not isinstance(layer, layers.InputLayer):
            before = [of_tensor[id(x)] for x in keras.tree.flatten(layer.input)]
        known = None not in before and not isinstance(layer, UPSAMPLING)
        field = max(before).behind(*get_window(layer)) if known else None
        of_layer[layer.name] = of_tensor[id(layer.output)] = field
    return of_layer


def get_window(layer: keras.layers.Layer) -> tuple[int, int]:
    """The side and the stride of a layer's kernel; (1, 1) where it has none."""
    side = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", (1,))
    return side[0], getattr(layer, "strides", (1,))[0]


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
    layers.Rescaling,
)
WINDOWED = (
    layers.Conv2D,
    layers.DepthwiseConv2D,
    layers.MaxPooling2D,
    layers.AveragePooling2D,
)
NORMALIZED = (layers.GroupNormalization, layers.LayerNormalization)
FAR = 1 << 20  # pixels, more than an image file has


class Context(NamedTuple):
    """What an output pixel depends on.

    Attributes:
        pixels: the largest distance of such an input pixel, to any of the four sides;
            `FAR` where there are layers that are not known here, or used twice.
        bounded: False there, and where there are layers that normalise over the image:
            `pixels` is then that of the others.
    """

    pixels: int
    bounded: bool


def measure_context(generator: keras.Model) -> Context:
    """Finds a generator's context.

    Args:
        generator: as of `total_stride`.
    """
    operations = keras.Model(generator.inputs, generator.outputs).operations
    if not all(map(_is_known, operations)) or _has_shared_layers(operations, generator):
        return Context(FAR, bounded=False)
    distance = 0
    for axis in (0, 1):
        for pixel in range(compute_total_stride(generator)):
            first, last = _compute_input_span(operations, pixel, axis)
            distance = max(distance, pixel - first, last - pixel)
    return Context(
        distance, bounded=not any(isinstance(x, NORMALIZED) for x in operations)
    )


def _is_known(layer) -> bool:
    if isinstance(layer, layers.UpSampling2D):
        return layer.interpolation in ("nearest", "bilinear")
    known = (*POINTWISE, *WINDOWED, *NORMALIZED, layers.Conv2DTranspose)
    return isinstance(layer, known)


def _has_shared_layers(operations: list, generator: keras.Model) -> bool:
    """Whether a layer is used twice: it gives out the tensors of its first use only."""
    made = {id(layer.output) for layer in operations}
    used = [tensor for x in operations for tensor in keras.tree.flatten(x.input)]
    return any(id(tensor) not in made for tensor in [*used, generator.outputs[0]])


def _compute_input_span(operations: list, pixel: int, axis: int) -> tuple[int, int]:
    """The first and the last input row or column that an output pixel depends on."""
    spans = {id(operations[-1].output): (pixel, pixel)}
    for layer in reversed(operations):  # from the output to the input
        span = first, last = _compute_span_below(layer, *spans[id(layer.output)], axis)
        for tensor in keras.tree.flatten(layer.input):
            lowest, highest = spans.get(id(tensor), span)
            spans[id(tensor)] = min(first, lowest), max(last, highest)
    return spans[id(operations[0].output)]


def _compute_span_below(layer, first: int, last: int, axis: int) -> tuple[int, int]:
    """What a layer's output from `first` to `last` is made of, in its input's pixels.

    For inputs whose sides are multiples of the strides, whose "same" padding is even.
    """
    if isinstance(layer, layers.UpSampling2D):
        size = layer.size[axis]
        if layer.interpolation == "nearest":
            return first // size, last // size
        # between the two whose centres are around the pixel's
        return (2 * first + 1 - size) // (2 * size), -(
            (size - 1 - 2 * last) // (2 * size)
        )
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
