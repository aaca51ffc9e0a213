"""Receptive fields: which input pixels a pixel of a layer's output depends on.

The fields are followed backwards through the graph, for every position of a pixel
within the strides: Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional
Neural Networks" (Distill, 2019).
"""

from typing import NamedTuple

import keras
from keras import layers

from pyimagesearch.networks.image_sizes import compute_total_stride

# Layers whose output pixels depend on the input pixel at the same position only.
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
UPSAMPLING = (layers.Conv2DTranspose, layers.UpSampling2D)
NORMALIZED = (layers.GroupNormalization, layers.LayerNormalization)
UNBOUNDED = 1 << 20  # pixels, more than any image has


class Context(NamedTuple):
    """The input pixels that an output pixel of a generator depends on.

    Attributes:
        pixels: int, the largest distance of such a pixel to any of the four sides;
            `UNBOUNDED` if a layer is of an unknown type or used twice.
        is_bounded: bool, False in that case, and if a layer normalizes over the image;
            `pixels` is then the distance without the normalization.
    """

    pixels: int
    is_bounded: bool


def measure_context(generator: keras.Model) -> Context:
    """Measure how far an output pixel of a generator looks.

    Args:
        generator: keras.Model, fully convolutional; see `compute_total_stride`.

    Returns:
        Context.
    """
    operations = keras.Model(generator.inputs, generator.outputs).operations
    is_known = all(map(_is_known, operations))
    if not is_known or _has_shared_layers(operations, generator):
        return Context(UNBOUNDED, is_bounded=False)
    distance = 0
    for axis in (0, 1):
        for pixel in range(compute_total_stride(generator)):
            first, last = _compute_input_span(operations, pixel, axis)
            distance = max(distance, pixel - first, last - pixel)
    is_bounded = not any(isinstance(layer, NORMALIZED) for layer in operations)
    return Context(distance, is_bounded)


def measure_layer_fields(model: keras.Model) -> dict[str, int | None]:
    """Measure the receptive field of every layer of a network.

    Args:
        model: keras.Model with square kernels.

    Returns:
        dict from the layer's name to the side of its receptive field in pixels. None
        behind an upsampling, where it differs between odd and even pixels, and behind a
        layer of an unknown type. Normalization over the image is left out.
    """
    operations = model.operations
    made_by = {id(layer.output): layer for layer in operations}
    has_field, fields = {}, {}
    for number, layer in enumerate(operations):
        inputs = [] if isinstance(layer, layers.InputLayer) else layer.input
        before = [made_by[id(tensor)].name for tensor in keras.tree.flatten(inputs)]
        has_field[layer.name] = (
            all(has_field[name] for name in before)
            and not isinstance(layer, UPSAMPLING)
            and (_is_known(layer) or isinstance(layer, layers.ZeroPadding2D))
        )
        fields[layer.name] = None
        if has_field[layer.name]:
            first, last = _compute_input_span(operations[: number + 1], 0, axis=0)
            fields[layer.name] = last - first + 1
    return fields


def get_window(layer: keras.layers.Layer) -> tuple[int, int]:
    """Get the side and the stride of a layer's kernel; (1, 1) if it has none."""
    side = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", (1,))
    return side[0], getattr(layer, "strides", (1,))[0]


def _is_known(layer) -> bool:
    if isinstance(layer, layers.UpSampling2D):
        return layer.interpolation in ("nearest", "bilinear")
    return isinstance(
        layer, (*POINTWISE, *WINDOWED, *NORMALIZED, layers.Conv2DTranspose)
    )


def _has_shared_layers(operations: list, generator: keras.Model) -> bool:
    """Return whether a layer is used twice: `output` is that of its first use only."""
    made = {id(layer.output) for layer in operations}
    used = keras.tree.flatten([layer.input for layer in operations])
    return any(id(tensor) not in made for tensor in [*used, generator.outputs[0]])


def _compute_input_span(operations: list, pixel: int, axis: int) -> tuple[int, int]:
    """The first and last input row or column on which a pixel of the last one depends.

    Several inputs, as those of a discriminator, have one span together.
    """
    spans = {id(operations[-1].output): (pixel, pixel)}
    of_inputs = []
    for layer in reversed(operations):
        span = spans.get(id(layer.output))
        if span is None:  # the last operation does not depend on it
            continue
        if isinstance(layer, layers.InputLayer):
            of_inputs.append(span)
            continue
        first, last = _compute_span_below(layer, *span, axis)
        for tensor in keras.tree.flatten(layer.input):
            lowest, highest = spans.get(id(tensor), (first, last))
            spans[id(tensor)] = min(first, lowest), max(last, highest)
    return min(first for first, _ in of_inputs), max(last for _, last in of_inputs)


def _compute_span_below(layer, first: int, last: int, axis: int) -> tuple[int, int]:
    """The pixels of a layer's input on which its output from first to last depends.

    Sides are multiples of the strides, so that "same" padding is even.
    """
    if isinstance(layer, layers.ZeroPadding2D):
        before = layer.padding[axis][0]
        return first - before, last - before
    if isinstance(layer, layers.UpSampling2D):
        size = layer.size[axis]
        if layer.interpolation == "nearest":
            return first // size, last // size
        # Bilinear: the two pixels whose centres enclose that of the output pixel.
        lowest = (2 * first + 1 - size) // (2 * size)
        return lowest, -((size - 1 - 2 * last) // (2 * size))
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
