"""The image sizes of a generator, and generators made resizable."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from tiny import SIZE

from pyimagesearch.errors import UserError
from pyimagesearch.networks.image_sizes import (
    GENERATOR_STRIDE,
    compute_total_stride,
    make_resizable,
)
from pyimagesearch.translation.generator import load_generator, save_generator


def test_a_resizable_generator_has_the_same_outputs(networks):
    generator, _ = networks
    images = tf.random.stateless_uniform((2, SIZE, SIZE, 3), (1, 2), -1, 1)
    resizable = make_resizable(generator)
    np.testing.assert_array_equal(resizable(images), generator(images))
    assert resizable(images[:1, :16]).shape == (1, 16, SIZE, 3)


def test_a_loaded_generator_can_be_made_resizable(networks, tmp_path):
    save_generator(networks[0], tmp_path / "generator.keras")
    loaded = load_generator(tmp_path / "generator.keras")
    assert make_resizable(loaded).output_shape == (None, None, None, 3)
    assert compute_total_stride(loaded) == GENERATOR_STRIDE


def test_total_stride_of_the_tutorials_generator(networks):
    assert compute_total_stride(networks[0]) == GENERATOR_STRIDE == 16


def test_total_stride_of_strided_convolutions():
    inputs = keras.Input((64, 64, 3))
    down = layers.Conv2D(4, 4, strides=2, padding="same")(inputs)
    deep = layers.Conv2D(4, 4, strides=2, padding="same")(down)
    up = layers.Conv2DTranspose(4, 4, strides=2, padding="same")(deep)
    joined = layers.Concatenate()([up, down])
    outputs = layers.Conv2DTranspose(3, 4, strides=2, padding="same")(joined)
    assert compute_total_stride(keras.Model(inputs, outputs)) == 4


def test_total_stride_of_a_network_without_strides():
    inputs = keras.Input((8, 8, 3))
    assert compute_total_stride(keras.Model(inputs, layers.Conv2D(3, 1)(inputs))) == 1


def test_generators_that_are_not_fully_convolutional_are_refused():
    inputs = keras.Input((8, 8, 3))
    dense = layers.Dense(8 * 8 * 3)(layers.Flatten()(inputs))
    with pytest.raises(UserError, match="accepts images of one size only"):
        make_resizable(keras.Model(inputs, layers.Reshape((8, 8, 3))(dense)))
    with pytest.raises(UserError, match="returns no square image of up to 1024 px"):
        compute_total_stride(keras.Model(inputs, layers.UpSampling2D()(inputs)))
