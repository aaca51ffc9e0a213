"""The two networks: a U-Net generator and a PatchGAN discriminator."""

import keras
from keras import layers

from pyimagesearch import config
from pyimagesearch.distribution import count_replicas
from pyimagesearch.networks.image_sizes import check_image_size


class Pix2Pix:
    """Builds the tutorial's generator and discriminator (the paper's section 3.2).

    Example:

    ```python
    pix2pix = Pix2Pix(imageHeight=256, imageWidth=256)
    generator, discriminator = pix2pix.generator(), pix2pix.discriminator()
    ```

    Args:
        imageHeight: int, pixels, a multiple of 16 of 32 or more.
        imageWidth: int, pixels, a multiple of 16 of 32 or more.
        inputChannels: int, the channels of the images to translate.
        outputChannels: int, the channels of the generated images.

    Raises:
        UserError: if the networks do not accept images of this size.
    """

    def __init__(
        self,
        imageHeight,
        imageWidth,
        *,
        inputChannels=config.IMAGE_CHANNELS,
        outputChannels=config.IMAGE_CHANNELS,
    ):
        check_image_size(imageHeight, imageWidth)
        self.imageHeight = imageHeight
        self.imageWidth = imageWidth
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels

    def generator(self):
        """Build the generator, a U-Net with 1,393,315 parameters for RGB images.

        Returns:
            keras.Model, from images, float32 (B, H, W, inputChannels) in [-1, 1], to
            generated images, float32 (B, H, W, outputChannels) in [-1, 1].
        """
        inputs = keras.Input((self.imageHeight, self.imageWidth, self.inputChannels))

        x = _conv(32)(inputs)
        x = layers.Dropout(0.1)(x)
        skips = [x]
        for filters in (64, 96, 96):
            x = layers.MaxPooling2D()(x)
            x = _conv(filters)(x)
            skips.append(x)
        x = layers.MaxPooling2D()(x)
        x = _conv(96)(x)
        x = layers.Dropout(0.3)(x)
        x = _conv(256)(x)  # (B, H/16, W/16, 256)

        for filters in (128, 96, 64, 32):
            x = layers.Conv2DTranspose(filters, 2, strides=2)(x)
            x = layers.Concatenate()([x, skips.pop()])
            if not skips:
                x = layers.Dropout(0.1)(x)
            x = _conv(128)(x)

        outputs = layers.Conv2D(
            self.outputChannels, 1, activation="tanh", dtype="float32"
        )(x)
        return keras.Model(inputs, outputs, name="generator")

    def discriminator(self):
        """Build the discriminator, a conditional PatchGAN.

        It has 2,766,273 parameters for RGB images.

        Returns:
            keras.Model, from the inputs "input_image" and "target_image", float32
            (B, H, W, inputChannels) and (B, H, W, outputChannels) in [-1, 1], to one
            logit for each patch, float32 (B, H/8 - 2, W/8 - 2, 1).
        """
        size = self.imageHeight, self.imageWidth
        inputImage = keras.Input((*size, self.inputChannels), name="input_image")
        targetImage = keras.Input((*size, self.outputChannels), name="target_image")

        x = layers.Concatenate()([inputImage, targetImage])
        for filters in (64, 128, 256):
            x = layers.Conv2D(filters, 4, strides=2, padding="same")(x)
            x = layers.LeakyReLU()(x)
        x = layers.Conv2D(512, 4, padding="same")(x)
        x = layers.BatchNormalization(synchronized=count_replicas() > 1)(x)
        x = layers.LeakyReLU()(x)

        logits = layers.Conv2D(1, 3, dtype="float32")(x)  # (B, 30, 30, 1) at 256
        return keras.Model([inputImage, targetImage], logits, name="discriminator")


def _conv(filters):
    return layers.Conv2D(filters, 3, padding="same", activation="relu")
