"""The paper's two networks (section 6.1): a deep U-Net, and PatchGANs of four sizes."""

import keras
from keras import layers

from pyimagesearch import config
from pyimagesearch.distribution import count_replicas
from pyimagesearch.networks.image_sizes import SMALLEST_SIDE, check_image_size

# Numbers of filters, as multiples of those of the first layer.
ENCODER = (1, 2, 4, 8, 8, 8, 8, 8)  # C64-C128-C256-C512-C512-C512-C512-C512
DROPOUT_BLOCKS = 3  # the first decoder blocks: CD512
PATCH_FILTERS = {  # by receptive field in pixels
    1: (1, 2),  # C64-C128 with 1x1 kernels
    16: (1, 2),  # C64-C128
    70: (1, 2, 4, 8),  # C64-C128-C256-C512
    286: (1, 2, 4, 8, 8, 8),  # C64-C128-C256-C512-C512-C512
}
INIT_STDDEV = 0.02
EPSILON = 1e-5  # added to the variance, as in the authors' code
MOMENTUM = 0.9  # of the moving batch statistics, as in the authors' code


class PaperNetworks:
    """Builds the paper's generator and discriminator.

    The generator halves the image as often as both sides allow, at most eight times: to
    1x1 at 256x256. Each block is a convolution, a normalization and an activation; the
    skips carry activations.

    Args:
        image_height: int, pixels, a multiple of 16, 32 or more; with patch 286, 96 or
            more.
        image_width: int, pixels, with the same condition.
        width: int, filters of the first layer of both networks; 64 in the paper.
        patch: int, the receptive field of one logit of the discriminator in pixels, a
            key of `PATCH_FILTERS`.
        norm: str, "instance" (by the statistics of each image and channel, as the
            paper's generator does at batch 1) or "batch" (by those of the batch, and
            by moving averages at inference).
        upsample: str, "transpose" (transposed convolutions, as in the paper) or
            "resize" (nearest neighbour and a 3x3 convolution, against checkerboard
            artifacts: Odena et al. 2016).

    Raises:
        UserError: if the size does not go through both networks.
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
    ):
        halvings = _compute_strides(patch).count(2)
        smallest = max(SMALLEST_SIDE, 3 * 2**halvings)  # two layers take a pixel each
        check_image_size(
            image_height,
            image_width,
            smallest,
            f" and a discriminator of --patch {patch}" * (smallest > SMALLEST_SIDE),
        )
        self.image_height = image_height
        self.image_width = image_width
        self.width = width
        self.patch = patch
        self.norm = norm
        self.upsample = upsample

    @property
    def depth(self) -> int:
        """How often the generator halves its images, at most 8."""
        depth = len(ENCODER)
        while self.image_height % 2**depth or self.image_width % 2**depth:
            depth -= 1
        return depth

    def generator(self) -> keras.Model:
        """Build the U-Net (section 6.1.1): 54,414,531 parameters at 256x256.

        Returns:
            keras.Model, from float32 (B, H, W, 3) to float32 (B, H, W, 3), both in
            [-1, 1].
        """
        x = inputs = keras.Input((self.image_height, self.image_width, 3))

        encoder = ENCODER[: self.depth]
        skips = []
        for level, filters in enumerate(encoder, start=1):
            # The last map may be 1x1, of which an instance norm would leave nothing.
            has_norm = 1 < level < self.depth
            x = _conv(
                filters * self.width, 4, 2, padding="same", use_bias=not has_norm
            )(x)
            if has_norm:
                x = self._create_norm()(x)
            x = layers.LeakyReLU(0.2)(x)
            skips.append(x)
        x = skips.pop()  # (B, H / 2^depth, W / 2^depth, 8 * width)

        for block, filters in enumerate(reversed(encoder[:-1])):
            x = self._upsample(x, filters * self.width, use_bias=False)
            x = self._create_norm()(x)
            if block < DROPOUT_BLOCKS and filters == ENCODER[-1]:
                x = layers.Dropout(0.5)(x)
            x = layers.ReLU()(x)
            x = layers.Concatenate()([x, skips.pop()])

        outputs = self._upsample(x, 3, activation="tanh", dtype="float32")
        return keras.Model(inputs, outputs, name="generator")

    def discriminator(self) -> keras.Model:
        """Build the PatchGAN (section 6.1.2): 2,768,705 parameters with patch 70.

        Returns:
            keras.Model, from the inputs "input_image" and "target_image", float32
            (B, H, W, 3) in [-1, 1], to float32 logits (B, h, w, 1), one per patch; with
            patch 70, (B, H/8 - 2, W/8 - 2, 1).
        """
        shape = (self.image_height, self.image_width, 3)
        input_image = keras.Input(shape, name="input_image")
        target_image = keras.Input(shape, name="target_image")

        x = layers.Concatenate()([input_image, target_image])
        *strides, last_stride = _compute_strides(self.patch)
        for layer, (filters, stride) in enumerate(
            zip(PATCH_FILTERS[self.patch], strides, strict=True)
        ):
            x = self._padded_conv(x, filters * self.width, stride, use_bias=layer == 0)
            if layer > 0:
                x = self._create_norm()(x)
            x = layers.LeakyReLU(0.2)(x)

        logits = self._padded_conv(x, 1, last_stride, dtype="float32")
        return keras.Model([input_image, target_image], logits, name="discriminator")

    def _padded_conv(self, x, filters, stride, **options):
        """A 4x4 convolution with one pixel of padding; 1x1 without, for patch 1."""
        if self.patch == 1:
            return _conv(filters, 1, **options)(x)
        x = layers.ZeroPadding2D()(x)
        return _conv(filters, 4, stride, **options)(x)

    def _upsample(self, x, filters, **options):
        """Double the height and width."""
        if self.upsample == "resize":
            x = layers.UpSampling2D()(x)
            return _conv(filters, 3, padding="same", **options)(x)
        return layers.Conv2DTranspose(
            filters,
            4,
            2,
            padding="same",
            kernel_initializer=_create_initializer(),
            **options,
        )(x)

    def _create_norm(self):
        """The layer before needs no bias: the normalization would remove it."""
        common = {
            "epsilon": EPSILON,
            "gamma_initializer": _create_initializer(mean=1.0),
        }
        if self.norm == "batch":
            return layers.BatchNormalization(
                momentum=MOMENTUM, synchronized=count_replicas() > 1, **common
            )
        return layers.GroupNormalization(groups=-1, **common)


def _compute_strides(patch):
    """The strides of the discriminator's convolutions: 2, but 1 in the last two."""
    layers_before = len(PATCH_FILTERS[patch]) - 1
    return [1 if patch == 1 else 2] * layers_before + [1, 1]


def _conv(filters, kernel, stride=1, **options):
    return layers.Conv2D(
        filters, kernel, stride, kernel_initializer=_create_initializer(), **options
    )


def _create_initializer(mean=0.0):
    # One per kernel: a shared one would give all kernels of a shape the same values.
    return keras.initializers.RandomNormal(mean, INIT_STDDEV)
