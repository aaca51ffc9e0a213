"""Networks whose pictures are known beforehand."""

import keras
import numpy as np
import pytest
from keras import layers


@pytest.fixture
def identity():
    """Makes of every image itself; halves and doubles the size, so its stride is 4."""
    inputs = keras.Input((8, 8, 3))
    small = layers.AveragePooling2D(4)(inputs)
    zero = layers.Conv2D(3, 1, kernel_initializer="zeros")(
        layers.UpSampling2D(4)(small)
    )
    return keras.Model(inputs, layers.Add()([inputs, zero]))


@pytest.fixture
def tone_keeper():
    """Tells how far an image is from its own mean, as an instance normalisation."""
    inputs = keras.Input((8, 8, 3))
    normalized = layers.GroupNormalization(groups=-1)(inputs)
    return keras.Model(inputs, layers.Activation("tanh")(normalized))


@pytest.fixture
def smooth_image():
    """Colours that change slowly, float waves brought to uint8 (H, W, 3)."""

    def of_size(height, width):
        y, x = np.mgrid[:height, :width, None][:2]
        waves = np.sin(x / (9, 17, 31)) + np.cos(y / (23, 11, 15))
        return np.rint((waves + 2) * 63).astype(np.uint8)

    return of_size
