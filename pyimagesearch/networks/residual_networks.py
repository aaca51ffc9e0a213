"""A residual U-Net for small budgets, with the paper's PatchGAN as discriminator."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers

from pyimagesearch import config
from pyimagesearch.errors import UserError
from pyimagesearch.networks.layer_parts import EPSILON
from pyimagesearch.networks.patch_gan import build_patch_gan, check_patch_size

# Filters and residual blocks from the full size on, each level at half of the size of
# the one before; filters as multiples of half of the width.
FILTERS = (1, 2, 4, 8, 16)
BLOCKS = (0, 0, 1, 1, 1)
SELECTIVITY = 30.0  # of the classes: how fast they fade with the distance in color


class ResidualNetworks:
    """Builds a U-Net that learns fast on a CPU, and a PatchGAN.

    The U-Net has few filters at the full size, where they cost most, and residual
    blocks (He et al. 2016, "Identity Mappings in Deep Residual Networks") at a quarter
    of it and below. It enlarges feature maps bilinearly, before a convolution: this
    leaves no checkerboard (Odena et al. 2016, "Deconvolution and Checkerboard
    Artifacts"). If the inputs are label maps with known colors, it reads the class of
    each pixel, too. Both networks normalize every image and channel by its own mean and
    variance.

    Args:
        image_height: int, pixels, a multiple of 16 of 32 or more; of 96 or more with
            patch 286.
        image_width: int, pixels, as `image_height`.
        width: int, the filters of the generator at half of the size of the image, and
            of the first block of the discriminator; even.
        patch: int, pixels, the receptive field of one logit of the discriminator, one
            of `config.PATCHES`.
        input_channels: int, the channels of the images to translate.
        output_channels: int, the channels of the generated images.
        class_colors: sequence of tuple of int, (red, green, blue) in 0 - 255, one for
            each class, if the images to translate are label maps in these colors.

    Raises:
        UserError: if the networks do not accept images of this size, or the width is
            odd.
    """

    def __init__(
        self,
        image_height: int,
        image_width: int,
        *,
        width: int = config.RESIDUAL_WIDTH,
        patch: int = config.PATCH,
        input_channels: int = config.IMAGE_CHANNELS,
        output_channels: int = config.IMAGE_CHANNELS,
        class_colors: Sequence[tuple[int, int, int]] = (),
    ):
        check_patch_size(image_height, image_width, patch)
        if width % 2:
            raise UserError(
                f"--width {width}: the residual U-Net has half as many filters at the "
                f"full size, so the width must be even"
            )
        self.image_height = image_height
        self.image_width = image_width
        self.width = width
        self.patch = patch
        self.input_channels = input_channels
        self.output_channels = output_channels
        self.class_colors = tuple(class_colors)

    def generator(self) -> keras.Model:
        """Build the generator, with 2,748,707 parameters for RGB photos.

        Returns:
            keras.Model, from images, float32 (B, H, W, input_channels) in [-1, 1], to
            generated images, float32 (B, H, W, output_channels) in [-1, 1].
        """
        size = self.image_height, self.image_width
        x = inputs = keras.Input((*size, self.input_channels))
        if self.class_colors:
            x = layers.Concatenate()([x, _classify(x, self.class_colors)])
        levels = [
            (multiple * self.width // 2, blocks)
            for multiple, blocks in zip(FILTERS, BLOCKS, strict=True)
        ]

        skips = []
        for level, (filters, blocks) in enumerate(levels):
            x = _conv_norm_relu(x, filters, stride=2 if level else 1)
            for _ in range(blocks):
                x = _add_residual(x)
            skips.append(x)
        x = skips.pop()  # (B, H / 16, W / 16, 8 * width)

        for filters, blocks in reversed(levels[:-1]):
            x = _conv(x, filters, kernel=1, use_bias=False)
            x = layers.UpSampling2D(interpolation="bilinear")(x)
            x = layers.Concatenate()([x, skips.pop()])
            x = _conv_norm_relu(x, filters)
            for _ in range(blocks):
                x = _add_residual(x)

        small = keras.initializers.RandomNormal(stddev=0.02)  # tanh starts near 0
        x = layers.Conv2D(
            self.output_channels, 3, padding="same", kernel_initializer=small
        )(x)
        outputs = layers.Activation("tanh", dtype="float32")(x)
        return keras.Model(inputs, outputs, name="generator")

    def discriminator(self) -> keras.Model:
        """Build the discriminator, with instance normalization; see `build_patch_gan`.

        It has 696,225 parameters for RGB images.
        """
        size = self.image_height, self.image_width
        return build_patch_gan(
            (*size, self.input_channels),
            (*size, self.output_channels),
            width=self.width,
            patch=self.patch,
            norm="instance",
        )


def _classify(images, class_colors):
    """Compute the probability of each class, by the distance d of its color.

    It is the softmax of -SELECTIVITY * d^2, as a convolution with fixed weights: d^2 =
    |x|^2 - 2 x c + |c|^2, of which |x|^2 is the same for all classes.
    """
    colors = np.array(class_colors, "float32") / 127.5 - 1
    fixed = layers.Conv2D(
        len(colors), 1, trainable=False, dtype="float32", name="class_colors"
    )
    logits = fixed(images)
    kernel, bias = 2 * colors.T, -np.square(colors).sum(1)
    fixed.set_weights([SELECTIVITY * kernel[None, None], SELECTIVITY * bias])
    return layers.Softmax(dtype="float32")(logits)


def _conv(x, filters, kernel=3, stride=1, **options):
    return layers.Conv2D(
        filters,
        kernel,
        stride,
        padding="same",
        kernel_initializer=keras.initializers.HeNormal(),
        **options,
    )(x)


def _norm(x, gamma="ones"):
    return layers.GroupNormalization(
        groups=-1, epsilon=EPSILON, gamma_initializer=gamma
    )(x)


def _conv_norm_relu(x, filters, stride=1):
    """Apply a convolution; the normalization cancels its bias."""
    x = _conv(x, filters, stride=stride, use_bias=False)
    return layers.ReLU()(_norm(x))


def _add_residual(x):
    """Add a residual block, which begins as the identity."""
    filters = x.shape[-1]
    residual = _conv_norm_relu(x, filters)
    residual = _norm(_conv(residual, filters, use_bias=False), gamma="zeros")
    return layers.Add()([x, residual])
