"""Which image sizes go through a network, and the same network for other sizes."""

import keras

from pyimagesearch.errors import UserError

GENERATOR_STRIDE = 16  # of the tutorial's U-Net: four poolings
SMALLEST_SIDE = 32  # leaves a (2, 2) patch of logits in the tutorial's discriminator
LARGEST_STRIDE = 1024  # of a U-Net with ten levels


def check_image_size(
    height: int, width: int, smallest: int = SMALLEST_SIDE, reason: str = ""
) -> None:
    """Check that images of a size go through a generator and its discriminator.

    Args:
        height: int, pixels.
        width: int, pixels.
        smallest: int, pixels of the smallest side, a multiple of 16.
        reason: str, what demands this smallest side; for the error.

    Raises:
        UserError: if the size does not go through; names a size close to it that does.
    """
    for side in (height, width):
        if side < smallest or side % GENERATOR_STRIDE:
            lower = max(side // GENERATOR_STRIDE * GENERATOR_STRIDE, smallest)
            raise UserError(
                f"--image-size {height}x{width} does not go through the generator's "
                f"four halvings{reason}: use multiples of {GENERATOR_STRIDE}, "
                f"{smallest} or more, such as {lower} or {lower + GENERATOR_STRIDE}"
            )


def make_resizable(generator: keras.Model) -> keras.Model:
    """Clone a generator with open height and width; the weights are the same.

    Args:
        generator: keras.Model, from (B, H, W, 3) to (B, H, W, 3).

    Returns:
        keras.Model, from (B, h, w, 3) to (B, h, w, 3), where h and w are multiples of
        its total stride; see `compute_total_stride`.

    Raises:
        UserError: if a layer accepts one size only.
    """
    try:
        return clone_on_inputs(generator, keras.Input((None, None, 3)))
    except ValueError as error:
        raise UserError(
            f"{generator.name} has layers for one image size only: use a fully "
            f"convolutional generator with --model"
        ) from error


def clone_on_inputs(generator: keras.Model, inputs: keras.KerasTensor) -> keras.Model:
    """Clone a generator onto another input; the weights are the same.

    Args:
        generator: keras.Model, from (B, H, W, 3) to (B, H, W, 3).
        inputs: KerasTensor (B, h, w, 3), as returned by `keras.Input`.

    Returns:
        keras.Model, from `inputs` to (B, h, w, 3).

    Raises:
        ValueError: if a layer does not accept the input.
    """
    # Keras 3.10 loads a model with a list of one input, and clones it on such a list.
    # A Sequential that was never called has no input at all.
    has_list = isinstance(getattr(generator, "input", None), list)
    model = keras.models.clone_model(
        generator, input_tensors=[inputs] if has_list else inputs
    )
    model.set_weights(generator.get_weights())
    return keras.Model(inputs, model.outputs[0], name=generator.name)


def compute_total_stride(generator: keras.Model) -> int:
    """Compute the number that height and width have to be multiples of.

    Args:
        generator: keras.Model, from (B, H, W, 3) to (B, H, W, 3). Its total stride is a
            power of two.

    Returns:
        int, pixels.

    Raises:
        UserError: if a layer accepts one size only, or no square up to
            `LARGEST_STRIDE` keeps its size.
    """
    is_open = generator.input_shape[1:3] == (None, None)
    resizable = generator if is_open else make_resizable(generator)
    stride = 1
    while stride <= LARGEST_STRIDE:
        shape = (None, stride, stride, 3)
        try:
            output_shape = resizable.compute_output_shape(shape)
        except ValueError:  # a side becomes zero, or does not match its skip
            output_shape = None
        if output_shape == shape:
            return stride
        stride *= 2
    raise UserError(
        f"{generator.name} keeps the size of no square up to {LARGEST_STRIDE} px: use "
        f"a fully convolutional generator with --model"
    )
