"""Which image sizes a network accepts, and the same network for other sizes."""

import keras

from pyimagesearch.errors import UserError

GENERATOR_STRIDE = 16  # four poolings
SMALLEST_SIDE = 32  # leaves the discriminator a (2, 2) patch of logits
LARGEST_STRIDE = 1024  # of a U-Net of ten levels


def make_resizable(generator: keras.Model) -> keras.Model:
    """The same network, with the same weights, whose height and width are open.

    Args:
        generator: from (B, H, W, 3) to (B, H, W, 3), of convolutions.

    Returns:
        A model from (B, h, w, 3) to (B, h, w, 3), h and w multiples of
        `total_stride(generator)`.

    Raises:
        UserError: where the network takes its own size only.
    """
    try:
        return clone_on_inputs(generator, keras.Input((None, None, 3)))
    except ValueError as error:
        raise UserError(
            f"{generator.name} has layers for one size of images only: --model names a "
            f"generator of convolutions"
        ) from error


def clone_on_inputs(generator: keras.Model, inputs: keras.KerasTensor) -> keras.Model:
    """The same network, with the same weights, on other inputs.

    Args:
        generator: as of `for_any_size`.
        inputs: of `keras.Input`, (B, h, w, 3).

    Raises:
        ValueError: where the network does not take them.
    """
    # Keras 3.10 loads a model with a list of one input, and clones it on such a list.
    # A Sequential that was never called has none at all.
    listed = isinstance(getattr(generator, "input", None), list)
    alike = [inputs] if listed else inputs
    model = keras.models.clone_model(generator, input_tensors=alike)
    model.set_weights(generator.get_weights())
    return keras.Model(inputs, model.outputs[0], name=generator.name)


def compute_total_stride(generator: keras.Model) -> int:
    """What height and width have to be multiples of, for every skip to meet its like.

    Args:
        generator: as of `for_any_size`, its total stride a power of two.

    Raises:
        UserError: where the network takes its own size only, or no size up to
            `LARGEST_STRIDE` goes through.
    """
    is_open = generator.input_shape[1:3] == (None, None)
    opened = generator if is_open else make_resizable(generator)
    stride = 1
    while stride <= LARGEST_STRIDE:
        shape = (None, stride, stride, 3)
        try:
            through = opened.compute_output_shape(shape)
        except ValueError:  # pooled to nothing, or to what does not fit its skip
            through = None
        if through == shape:
            return stride
        stride *= 2
    raise UserError(
        f"no square up to {LARGEST_STRIDE} px goes through {generator.name}: --model "
        f"names a generator of convolutions"
    )


def check_image_size(height, width, smallest=SMALLEST_SIDE, patch=""):
    """Raises where a size does not go through the networks.

    Args:
        height: pixels.
        width: pixels.
        smallest: the smallest side that goes through both, a multiple of 16.
        patch: the flag that asks for so much, if any does.

    Raises:
        UserError: names a size near it that does.
    """
    for side in (height, width):
        if side < smallest or side % GENERATOR_STRIDE:
            lower = max(side // GENERATOR_STRIDE * GENERATOR_STRIDE, smallest)
            raise UserError(
                f"an image size of {height}x{width} does not go through "
                f"the generator's four halvings{patch}: --image-size takes multiples "
                f"of {GENERATOR_STRIDE} from {smallest} on, such as {lower} or "
                f"{lower + GENERATOR_STRIDE}"
            )
