"""Networks with a known output."""

import keras
import pytest
from keras import layers


@pytest.fixture
def identity():
    """Return every image unchanged, with a total stride of 4."""
    inputs = keras.Input((8, 8, 3))
    small = layers.AveragePooling2D(4)(inputs)
    zero = layers.Conv2D(3, 1, kernel_initializer="zeros")(
        layers.UpSampling2D(4)(small)
    )
    return keras.Model(inputs, layers.Add()([inputs, zero]))


@pytest.fixture
def tone_keeper():
    """Normalize every image by its own mean, so that tiles differ in tone."""
    inputs = keras.Input((8, 8, 3))
    normalized = layers.GroupNormalization(groups=-1)(inputs)
    return keras.Model(inputs, layers.Activation("tanh")(normalized))
