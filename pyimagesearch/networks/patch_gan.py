"""The paper's discriminators: PatchGANs of four sizes (section 6.1.2)."""

import keras
from keras import layers

from pyimagesearch.networks.image_sizes import SMALLEST_SIDE, check_image_size
from pyimagesearch.networks.layer_parts import create_initializer, create_norm

PATCH_FILTERS = {  # by the receptive field in pixels, as multiples of the width
    1: (1, 2),  # C64-C128 with 1x1 kernels
    16: (1, 2),  # C64-C128
    70: (1, 2, 4, 8),  # C64-C128-C256-C512
    286: (1, 2, 4, 8, 8, 8),  # C64-C128-C256-C512-C512-C512
}


def check_patch_size(height: int, width: int, patch: int) -> None:
    """Check that a discriminator accepts images of some size.

    Args:
        height, width: int, pixels.
        patch: int, pixels; see `build_patch_gan`.

    Raises:
        UserError: if it does not.
    """
    halvings = _compute_strides(patch).count(2)
    # The two convolutions of stride 1 take a pixel each.
    smallest = max(SMALLEST_SIDE, 3 * 2**halvings)
    limiting_patch = patch if smallest > SMALLEST_SIDE else None
    check_image_size(height, width, smallest, limiting_patch)


def build_patch_gan(
    input_shape: tuple[int, int, int],
    target_shape: tuple[int, int, int],
    *,
    width: int,
    patch: int,
    norm: str,
) -> keras.Model:
    """Build a conditional PatchGAN.

    It has 2,768,705 parameters with width 64 and patch 70 for RGB images.

    Args:
        input_shape: tuple of int, (H, W, C) of the images to translate.
        target_shape: tuple of int, (H, W, D) of the generated images.
        width: int, the filters of the first block; 64 in the paper.
        patch: int, pixels, the receptive field of one logit, one of `config.PATCHES`.
        norm: str, "instance" or "batch"; see `create_norm`.

    Returns:
        keras.Model, from the inputs "input_image" and "target_image", float32
        (B, H, W, C) and (B, H, W, D) in [-1, 1], to one logit for each patch, float32
        (B, h, w, 1); (B, H/8 - 2, W/8 - 2, 1) with patch 70.
    """
    input_image = keras.Input(input_shape, name="input_image")
    target_image = keras.Input(target_shape, name="target_image")

    x = layers.Concatenate()([input_image, target_image])
    *strides, last_stride = _compute_strides(patch)
    for layer, (filters, stride) in enumerate(
        zip(PATCH_FILTERS[patch], strides, strict=True)
    ):
        x = _conv(x, patch, filters * width, stride, use_bias=layer == 0)
        if layer > 0:
            x = create_norm(norm)(x)
        x = layers.LeakyReLU(0.2)(x)

    logits = _conv(x, patch, 1, last_stride, dtype="float32")
    return keras.Model([input_image, target_image], logits, name="discriminator")


def _compute_strides(patch):
    """Return the strides: 1 for the last two convolutions, and for 1x1 kernels."""
    layers_before = len(PATCH_FILTERS[patch]) - 1
    return [1 if patch == 1 else 2] * layers_before + [1, 1]


def _conv(x, patch, filters, stride, **options):
    """Apply a convolution with a padding of one pixel, or of 1x1 kernels without."""
    options["kernel_initializer"] = create_initializer()
    if patch == 1:
        return layers.Conv2D(filters, 1, **options)(x)
    x = layers.ZeroPadding2D()(x)
    return layers.Conv2D(filters, 4, stride, **options)(x)
