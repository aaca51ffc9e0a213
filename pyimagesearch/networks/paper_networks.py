"""The paper's two networks (section 6.1): a deep U-Net, and PatchGANs of four sizes."""

import keras
from keras import layers

from pyimagesearch import config
from pyimagesearch.distribution import count_replicas
from pyimagesearch.networks.image_sizes import SMALLEST_SIDE, check_image_size

GRAPH = 2  # 1, before version 2.0, joined the skips after LeakyReLU
# Filters of each block, as multiples of the first block's.
ENCODER = (1, 2, 4, 8, 8, 8, 8, 8)  # C64-C128-C256-C512-C512-...
DROPOUT_BLOCKS = 3  # the decoder's first blocks, CD512
PATCH_FILTERS = {  # by the discriminator's receptive field in pixels
    1: (1, 2),  # C64-C128 with 1x1 kernels
    16: (1, 2),  # C64-C128
    70: (1, 2, 4, 8),  # C64-C128-C256-C512
    286: (1, 2, 4, 8, 8, 8),  # C64-C128-C256-C512-C512-C512
}
INIT_STDDEV = 0.02  # standard deviation of the initial weights
EPSILON = 1e-5  # added to a variance, as in the authors' code
MOMENTUM = 0.9  # of the moving statistics, as in the authors' code


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
        norm: str, "instance" normalizes every image and channel by its own mean and
            variance, as the paper's generator does at batch size 1. "batch" uses the
            statistics of the batch, and moving averages outside training.
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
        halvings = _compute_strides(patch).count(2)
        # The two convolutions of stride 1 take a pixel each.
        smallest = max(SMALLEST_SIDE, 3 * 2**halvings)
        limiting_patch = patch if smallest > SMALLEST_SIDE else None
        check_image_size(image_height, image_width, smallest, limiting_patch)
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
                x = self._create_norm()(x)
            skips.append(x)
        x = skips.pop()  # (B, H / 2^depth, W / 2^depth, 8 * width)

        for block, filters in enumerate(reversed(encoder[:-1])):
            x = layers.ReLU()(x)
            x = self._conv_up(x, filters * self.width, use_bias=False)
            x = self._create_norm()(x)
            if block < DROPOUT_BLOCKS and filters == ENCODER[-1]:
                x = layers.Dropout(0.5)(x)
            x = layers.Concatenate()([x, skips.pop()])

        x = layers.ReLU()(x)
        options = {"activation": "tanh", "dtype": "float32"}
        outputs = self._conv_up(x, self.output_channels, **options)
        return keras.Model(inputs, outputs, name="generator")

    def discriminator(self) -> keras.Model:
        """Build the discriminator, a conditional PatchGAN (section 6.1.2).

        It has 2,768,705 parameters with patch 70 for RGB images.

        Returns:
            keras.Model, from the inputs "input_image" and "target_image", float32
            (B, H, W, input_channels) and (B, H, W, output_channels) in [-1, 1], to one
            logit for each patch, float32 (B, h, w, 1); (B, H/8 - 2, W/8 - 2, 1) with
            patch 70.
        """
        size = self.image_height, self.image_width
        input_image = keras.Input((*size, self.input_channels), name="input_image")
        target_image = keras.Input((*size, self.output_channels), name="target_image")

        x = layers.Concatenate()([input_image, target_image])
        *strides, last_stride = _compute_strides(self.patch)
        for layer, (filters, stride) in enumerate(
            zip(PATCH_FILTERS[self.patch], strides, strict=True)
        ):
            x = self._conv_patches(x, filters * self.width, stride, use_bias=layer == 0)
            if layer > 0:
                x = self._create_norm()(x)
            x = layers.LeakyReLU(0.2)(x)

        logits = self._conv_patches(x, 1, last_stride, dtype="float32")
        return keras.Model([input_image, target_image], logits, name="discriminator")

    def _conv_patches(self, x, filters, stride, **options):
        """Apply a convolution of the discriminator, with a padding of one pixel."""
        if self.patch == 1:
            return _conv(filters, 1, **options)(x)
        x = layers.ZeroPadding2D()(x)
        return _conv(filters, 4, stride, **options)(x)

    def _conv_up(self, x, filters, **options):
        """Double the height and width, and apply a convolution."""
        if self.upsample == "resize":
            x = layers.UpSampling2D()(x)
            return _conv(filters, 3, padding="same", **options)(x)
        options |= {"padding": "same", "kernel_initializer": _create_initializer()}
        return layers.Conv2DTranspose(filters, 4, 2, **options)(x)

    def _create_norm(self):
        """Create a normalization. It cancels the bias of the layer before it."""
        gamma = _create_initializer(mean=1.0)
        common = {"epsilon": EPSILON, "gamma_initializer": gamma}
        if self.norm == "batch":
            return layers.BatchNormalization(
                momentum=MOMENTUM, synchronized=count_replicas() > 1, **common
            )
        return layers.GroupNormalization(groups=-1, **common)


def _compute_strides(patch):
    """Return the strides of the discriminator: 1 for the last two, and for 1x1."""
    layers_before = len(PATCH_FILTERS[patch]) - 1
    return [1 if patch == 1 else 2] * layers_before + [1, 1]


def _conv(filters, kernel, stride=1, **options):
    return layers.Conv2D(
        filters, kernel, stride, kernel_initializer=_create_initializer(), **options
    )


def _create_initializer(mean=0.0):
    # One for each layer: a shared one gives kernels of one shape the same values.
    return keras.initializers.RandomNormal(mean, INIT_STDDEV)
