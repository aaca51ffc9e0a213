"""The image sizes that a network accepts, and how to make it accept others."""

import contextlib

import keras
import tensorflow as tf
from keras import layers

from pyimagesearch.errors import UserError

GENERATOR_STRIDE = 16  # the tutorial's generator has four poolings
SMALLEST_SIDE = 32  # pixels; the discriminator then returns 2x2 logits
LARGEST_STRIDE = 1024  # the stride of a U-Net with ten levels


def check_image_size(
    height: int,
    width: int,
    smallest_side: int = SMALLEST_SIDE,
    patch: int | None = None,
) -> None:
    """Check that the generator and the discriminator accept images of some size.

    Args:
        height, width: int, pixels.
        smallest_side: int, pixels, a multiple of 16; that both networks accept.
        patch: int or None, the discriminator's receptive field, if `smallest_side`
            depends on it.

    Raises:
        UserError: if they do not; it names the nearest sizes that they accept.
    """
    for side in (height, width):
        if side < smallest_side or side % GENERATOR_STRIDE:
            lower = max(side // GENERATOR_STRIDE * GENERATOR_STRIDE, smallest_side)
            raise UserError(
                f"the networks do not accept images of {height}x{width} pixels"
                f"{f' with --patch {patch}' if patch else ''}: --image-size takes "
                f"multiples of {GENERATOR_STRIDE} from {smallest_side} on, such as "
                f"{lower} or {lower + GENERATOR_STRIDE}"
            )


def make_resizable(generator: keras.Model) -> keras.Model:
    """Copy a generator so that it accepts images of other sizes.

    Args:
        generator: keras.Model, fully convolutional, from (B, H, W, C) to (B, H, W, D).

    Returns:
        keras.Model with the same weights, from (B, h, w, C) to (B, h, w, D) for all h
        and w that are multiples of `compute_total_stride(generator)`.

    Raises:
        UserError: if the generator has layers that accept one size only.
    """
    try:
        channels = generator.inputs[0].shape[-1]
        return clone_on_inputs(generator, keras.Input((None, None, channels)))
    except ValueError as error:
        raise UserError(
            f"{generator.name} accepts images of one size only: --model needs a fully "
            f"convolutional generator"
        ) from error


def clone_on_inputs(generator: keras.Model, inputs: keras.KerasTensor) -> keras.Model:
    """Copy a generator onto another input.

    Args:
        generator: keras.Model, fully convolutional, from (B, H, W, C) to (B, H, W, D).
        inputs: KerasTensor (B, h, w, C) as returned by `keras.Input`.

    Returns:
        keras.Model with the same weights, from (B, h, w, C) to (B, h, w, D).

    Raises:
        ValueError: if the generator does not accept the input.
    """
    # A model that was built with a list of one input is cloned onto such a list only.
    # A Sequential that was never called has no input.
    is_list = isinstance(getattr(generator, "input", None), list)
    model = keras.models.clone_model(
        generator,
        input_tensors=[inputs] if is_list else inputs,
        clone_function=_clone_layer,
    )
    model.set_weights(generator.get_weights())
    return keras.Model(inputs, model.outputs[0], name=generator.name)


def _clone_layer(layer: keras.Layer) -> keras.Layer:
    if type(layer) is layers.UpSampling2D and layer.interpolation != "nearest":
        return _OpenUpSampling2D.from_config(layer.get_config())
    return layer.__class__.from_config(layer.get_config())


class _OpenUpSampling2D(layers.UpSampling2D):
    """`UpSampling2D` also for open sizes, which Keras 3.15 refuses in a graph."""

    def call(self, inputs):
        if None not in inputs.shape[1:3]:
            return super().call(inputs)
        size = tf.shape(inputs)[1:3] * self.size
        resized = tf.image.resize(inputs, size, self.interpolation)
        return tf.cast(resized, inputs.dtype)


def compute_total_stride(generator: keras.Model) -> int:
    """Compute the number of which height and width must be multiples.

    For such sizes, every upsampled feature map has the size of its skip connection,
    and the generated image has the size of the input.

    Args:
        generator: keras.Model, fully convolutional, from (B, H, W, C) to (B, H, W, D).

    Returns:
        int, pixels, a power of two.

    Raises:
        UserError: if the generator accepts one size only, or returns no square image
            of up to `LARGEST_STRIDE` pixels at the size of its input.
    """
    is_resizable = generator.input_shape[1:3] == (None, None)
    resizable = generator if is_resizable else make_resizable(generator)
    stride = 1
    while stride <= LARGEST_STRIDE:
        shape = (None, stride, stride, resizable.inputs[0].shape[-1])
        # ValueError: pooled to nothing, or not of its skip connection's size.
        with contextlib.suppress(ValueError):
            if resizable.compute_output_shape(shape)[1:3] == (stride, stride):
                return stride
        stride *= 2
    raise UserError(
        f"{generator.name} returns no square image of up to {LARGEST_STRIDE} px at the "
        f"size of its input: --model needs a fully convolutional generator"
    )
