"""The two networks: a U-Net generator and a PatchGAN discriminator."""

import keras
from keras import layers

from pyimagesearch.distribution import count_replicas
from pyimagesearch.networks.image_sizes import check_image_size


class Pix2Pix:
    """Builds the tutorial's generator and discriminator (the paper's section 3.2).

    Args:
        imageHeight: pixels, a multiple of 16 from 32 on.
        imageWidth: pixels, likewise.

    Raises:
        UserError: for any other size.
    """

    def __init__(self, imageHeight, imageWidth):
        check_image_size(imageHeight, imageWidth)
        self.imageHeight = imageHeight
        self.imageWidth = imageWidth

    def generator(self):
        """A U-Net, 1,393,315 parameters.

        Returns:
            A `keras.Model` from float32 (B, H, W, 3) to float32 (B, H, W, 3), both
            in [-1, 1].
        """
        inputs = keras.Input((self.imageHeight, self.imageWidth, 3))

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

        outputs = layers.Conv2D(3, 1, activation="tanh", dtype="float32")(x)
        return keras.Model(inputs, outputs, name="generator")

    def discriminator(self):
        """A conditional PatchGAN, 2,766,273 parameters.

        Returns:
            A `keras.Model` from the inputs "input_image" and "target_image", float32
            (B, H, W, 3) in [-1, 1], to float32 (B, H/8 - 2, W/8 - 2, 1) logits, one
            for every patch.
        """
        shape = (self.imageHeight, self.imageWidth, 3)
        inputImage = keras.Input(shape, name="input_image")
        targetImage = keras.Input(shape, name="target_image")

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
