"""The paper's two networks (section 6.1): a deep U-Net, and a PatchGAN."""

import keras
from keras import layers

from pyimagesearch import config
from pyimagesearch.networks.layer_parts import create_initializer, create_norm
from pyimagesearch.networks.patch_gan import build_patch_gan, check_patch_size

GRAPH = 2  # 1, before version 2.0, joined the skips after LeakyReLU
# Filters of each block, as multiples of the first block's.
ENCODER = (1, 2, 4, 8, 8, 8, 8, 8)  # C64-C128-C256-C512-C512-...
DROPOUT_BLOCKS = 3  # the decoder's first blocks, CD512


class PaperNetworks:
    """Builds the paper's generator and discriminator (section 6.1).

    The generator halves both sides while they are even, up to eight times: to 1x1 for
    images of 256x256 pixels. As in the authors' code, the skip connections carry what
    comes before the activation: ReLU follows each concatenation, and the bottleneck.

    Args:
        image_height: int, pixels, a multiple of 16 of 32 or more; of 96 or more with
            patch 286.
        image_width: int, pixels, as `image_height`.
        width: int, the filters of the first block of both networks; 64 in the paper.
        patch: int, pixels, the receptive field of one logit of the discriminator, one
            of `config.PATCHES`.
        norm: str, "instance" or "batch"; see `create_norm`.
        upsample: str, "transpose" for the paper's transposed convolutions, or "resize"
            for nearest-neighbour upsampling and a 3x3 convolution, which avoids
            checkerboard artifacts (Odena et al. 2016, "Deconvolution and Checkerboard
            Artifacts").
        input_channels: int, the channels of the images to translate.
        output_channels: int, the channels of the generated images.

    Raises:
        UserError: if the networks do not accept images of this size.
    """

    def __init__(
        self,
        image_height: int,
        image_width: int,
        *,
        width: int = config.WIDTH,
        patch: int = config.PATCH,
        norm: str = config.NORM,
        upsample: str = config.UPSAMPLE,
        input_channels: int = config.IMAGE_CHANNELS,
        output_channels: int = config.IMAGE_CHANNELS,
    ):
        check_patch_size(image_height, image_width, patch)
        self.image_height = image_height
        self.image_width = image_width
        self.width = width
        self.patch = patch
        self.norm = norm
        self.upsample = upsample
        self.input_channels = input_channels
        self.output_channels = output_channels

    @property
    def depth(self) -> int:
        """int, how many times the generator halves the sides of an image."""
        depth = len(ENCODER)
        while self.image_height % 2**depth or self.image_width % 2**depth:
            depth -= 1
        return depth

    def generator(self) -> keras.Model:
        """Build the generator, a U-Net (section 6.1.1).

        It has 54,414,531 parameters for RGB images of 256x256 pixels.

        Returns:
            keras.Model, from images, float32 (B, H, W, input_channels) in [-1, 1], to
            generated images, float32 (B, H, W, output_channels) in [-1, 1].
        """
        size = self.image_height, self.image_width
        x = inputs = keras.Input((*size, self.input_channels))

        encoder = ENCODER[: self.depth]
        skips = []
        for level, filters in enumerate(encoder, start=1):
            if level > 1:
                x = layers.LeakyReLU(0.2)(x)
            # Instance normalization sets a 1x1 map, which the last may be, to zero.
            is_normed = 1 < level < self.depth
            options = {"padding": "same", "use_bias": not is_normed}
            x = _conv(filters * self.width, 4, 2, **options)(x)
            if is_normed:
                x = create_norm(self.norm)(x)
            skips.append(x)
        x = skips.pop()  # (B, H / 2^depth, W / 2^depth, 8 * width)

        for block, filters in enumerate(reversed(encoder[:-1])):
            x = layers.ReLU()(x)
            x = self._conv_up(x, filters * self.width, use_bias=False)
            x = create_norm(self.norm)(x)
            if block < DROPOUT_BLOCKS and filters == ENCODER[-1]:
                x = layers.Dropout(0.5)(x)
            x = layers.Concatenate()([x, skips.pop()])

        x = layers.ReLU()(x)
        options = {"activation": "tanh", "dtype": "float32"}
        outputs = self._conv_up(x, self.output_channels, **options)
        return keras.Model(inputs, outputs, name="generator")

    def discriminator(self) -> keras.Model:
        """Build the discriminator (section 6.1.2); see `build_patch_gan`."""
        size = self.image_height, self.image_width
        return build_patch_gan(
            (*size, self.input_channels),
            (*size, self.output_channels),
            width=self.width,
            patch=self.patch,
            norm=self.norm,
        )

    def _conv_up(self, x, filters, **options):
        """Double the height and width, and apply a convolution."""
        if self.upsample == "resize":
            x = layers.UpSampling2D()(x)
            return _conv(filters, 3, padding="same", **options)(x)
        options |= {"padding": "same", "kernel_initializer": create_initializer()}
        return layers.Conv2DTranspose(filters, 4, 2, **options)(x)


def _conv(filters, kernel, stride=1, **options):
    return layers.Conv2D(
        filters, kernel, stride, kernel_initializer=create_initializer(), **options
    )
