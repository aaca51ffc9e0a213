"""A generator as it was trained, for one size, and for any."""

import keras

from pyimagesearch.errors import UserError

LARGEST_STRIDE = 1024  # of a U-Net of ten levels


def for_any_size(generator: keras.Model) -> keras.Model:
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
        return _of_size(generator, None)
    except ValueError as error:
        raise UserError(
            f"{generator.name} has layers for one size of images only: --model names a "
            f"generator of convolutions"
        ) from error


def total_stride(generator: keras.Model) -> int:
    """What height and width have to be multiples of, for every skip to meet its like.

    Args:
        generator: as of `for_any_size`, its total stride a power of two.

    Raises:
        UserError: where no size up to `LARGEST_STRIDE` goes through.
    """
    stride = 1
    while stride <= LARGEST_STRIDE:
        try:
            through = _of_size(generator, stride).output_shape
        except ValueError:  # pooled to nothing, or to what does not fit its skip
            through = None
        if through == (None, stride, stride, 3):
            return stride
        stride *= 2
    raise UserError(
        f"no square up to {LARGEST_STRIDE} px goes through {generator.name}: --model "
        f"names a generator of convolutions"
    )


def _of_size(generator: keras.Model, side: int | None) -> keras.Model:
    inputs = keras.Input((side, side, 3))
    model = keras.models.clone_model(generator, input_tensors=inputs)
    model.set_weights(generator.get_weights())
    return model
