"""The paper's two networks (section 6.1): a deep U-Net, and PatchGANs of four sizes."""

import keras
from keras import layers

from pyimagesearch import config
from pyimagesearch.distribution import count_replicas
from pyimagesearch.networks.image_sizes import SMALLEST_SIDE, check_image_size

# Filters, in units of the first layer's.
ENCODER = (1, 2, 4, 8, 8, 8, 8, 8)  # C64-C128-C256-C512-C512-...
DROPOUT_BLOCKS = 3  # its first blocks, where they are CD512
PATCH_FILTERS = {  # by receptive field in pixels
    1: (1, 2),  # C64-C128 of 1x1 kernels
    16: (1, 2),  # C64-C128
    70: (1, 2, 4, 8),  # C64-C128-C256-C512
    286: (1, 2, 4, 8, 8, 8),  # C64-C128-C256-C512-C512-C512
}
INIT_STDDEV = 0.02  # of the first weights
EPSILON = 1e-5  # added to a variance, as the authors' code does
MOMENTUM = 0.9  # of batch statistics, likewise


class PaperNetworks:
    """Builds the paper's generator and discriminator.

    The generator halves as often as both sides can be halved, at most eight times: to
    1x1 at 256x256. One layer is the convolution, the normalisation, then the
    activation; the skips carry activations.

    Args:
        image_height: pixels, a multiple of 16 from 32 on, with patch 286 from 96 on.
        image_width: likewise.
        width: filters of the first layer of both; the paper's have 64.
        patch: the receptive field of one logit of the discriminator, of `PATCHES`.
        norm: "instance", every picture and channel by its own mean and variance, what
            the paper's generator does at batch 1 and whatever the batch here; or
            "batch", by those of the batch, and moving averages when not training.
        upsample: "transpose", the paper's transposed convolutions; or "resize",
            nearest neighbour and a 3x3 convolution, against checkerboards (Odena et al.
            2016, "Deconvolution and Checkerboard Artifacts").

    Raises:
        UserError: for any other size.
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
        """How often the generator halves its images."""
        depth = len(ENCODER)
        while self.image_height % 2**depth or self.image_width % 2**depth:
            depth -= 1
        return depth

    def generator(self) -> keras.Model:
        """A U-Net (section 6.1.1), 54,414,531 parameters at 256x256.

        Returns:
            A model from float32 (B, H, W, 3) to float32 (B, H, W, 3), both in [-1, 1].
        """
        x = inputs = keras.Input((self.image_height, self.image_width, 3))

        encoder = ENCODER[: self.depth]
        skips = []
        for level, filters in enumerate(encoder, start=1):
            # Of a 1x1 map, which the last may be, instance norm would leave nothing.
            normed = 1 < level < self.depth
            x = _conv(filters * self.width, 4, 2, padding="same", use_bias=not normed)(
                x
            )
            if normed:
                x = self._normalisation()(x)
            x = layers.LeakyReLU(0.2)(x)
            skips.append(x)
        x = skips.pop()  # (B, H / 2^depth, W / 2^depth, 8 * width)

        for block, filters in enumerate(reversed(encoder[:-1])):
            x = self._up(x, filters * self.width, use_bias=False)
            x = self._normalisation()(x)
            if block < DROPOUT_BLOCKS and filters == ENCODER[-1]:
                x = layers.Dropout(0.5)(x)
            x = layers.ReLU()(x)
            x = layers.Concatenate()([x, skips.pop()])

        outputs = self._up(x, 3, activation="tanh", dtype="float32")
        return keras.Model(inputs, outputs, name="generator")

    def discriminator(self) -> keras.Model:
        """A conditional PatchGAN (section 6.1.2), 2,768,705 parameters with patch 70.

        Returns:
            A model from the inputs "input_image" and "target_image", float32
            (B, H, W, 3) in [-1, 1], to float32 (B, h, w, 1) logits, one for every
            patch: with patch 70 (B, H/8 - 2, W/8 - 2, 1).
        """
        shape = (self.image_height, self.image_width, 3)
        input_image = keras.Input(shape, name="input_image")
        target_image = keras.Input(shape, name="target_image")

        x = layers.Concatenate()([input_image, target_image])
        *strides, last_stride = _compute_strides(self.patch)
        for layer, (filters, stride) in enumerate(
            zip(PATCH_FILTERS[self.patch], strides, strict=True)
        ):
            x = self._patches(x, filters * self.width, stride, use_bias=layer == 0)
            if layer > 0:
                x = self._normalisation()(x)
            x = layers.LeakyReLU(0.2)(x)

        logits = self._patches(x, 1, last_stride, dtype="float32")
        return keras.Model([input_image, target_image], logits, name="discriminator")

    def _patches(self, x, filters, stride, **options):
        """The discriminator's convolution, which pads one pixel all around."""
        if self.patch == 1:
            return _conv(filters, 1, **options)(x)
        x = layers.ZeroPadding2D()(x)
        return _conv(filters, 4, stride, **options)(x)

    def _up(self, x, filters, **options):
        """Twice the height and width."""
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

    def _normalisation(self):
        """The bias of the convolution before it would go out with the mean."""
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
    """Of the discriminator's convolutions: the last two, and any 1x1, have 1."""
    layers_before = len(PATCH_FILTERS[patch]) - 1
    return [1 if patch == 1 else 2] * layers_before + [1, 1]


def _conv(filters, kernel, stride=1, **options):
    return layers.Conv2D(
        filters, kernel, stride, kernel_initializer=_create_initializer(), **options
    )


def _create_initializer(mean=0.0):
    # Each kernel its own: one initializer gives all of one shape the same values.
    return keras.initializers.RandomNormal(mean, INIT_STDDEV)
