"""A network with everything that is hard to export, at the smallest size."""

import keras
import numpy as np
import pytest
from keras import layers
from tiny import SIZE

from pyimagesearch.export import comparison


@pytest.fixture(scope="session")
def strided():
    """Strided and transposed 4x4 convolutions, and instance normalisation."""
    keras.utils.set_random_seed(1)
    image = keras.Input((SIZE, SIZE, 3))
    down = layers.Conv2D(16, 4, strides=2, padding="same")(image)
    x = layers.LeakyReLU(negative_slope=0.2)(down)
    x = layers.Conv2D(64, 4, strides=2, padding="same")(x)
    x = layers.GroupNormalization(groups=-1)(x)
    x = layers.Conv2DTranspose(16, 4, strides=2, padding="same")(x)
    x = layers.Concatenate()([layers.Dropout(0.5)(x), down])
    x = layers.Conv2DTranspose(3, 4, strides=2, padding="same")(x)
    return keras.Model(image, layers.Activation("tanh")(x), name="generator")


@pytest.fixture
def images():
    """Makes float32 noise (2, height, width, 3) in [-1, 1]."""

    def make(height, width):
        rng = np.random.default_rng(height * width)
        return rng.uniform(-1, 1, (2, height, width, 3)).astype("float32")

    return make


@pytest.fixture
def hurried(monkeypatch):
    """Speed is measured on two calls."""
    monkeypatch.setattr(comparison, "CALLS", 2)
    monkeypatch.setattr(comparison, "SECONDS", 0.0)
