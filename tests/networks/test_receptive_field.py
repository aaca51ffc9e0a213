"""Receptive fields by arithmetic, and against gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from pyimagesearch.networks.paper_networks import PaperNetworks
from pyimagesearch.networks.receptive_field import measure_layer_fields


@pytest.mark.parametrize("patch", [1, 16, 70, 286])
def test_of_the_papers_discriminators(patch):
    discriminator = PaperNetworks(96, 96, patch=patch).discriminator()
    assert measure_layer_fields(discriminator)[discriminator.layers[-1].name] == patch


def test_of_every_layer_up_to_the_first_upsampling():
    image = keras.Input((32, 32, 3))
    first = layers.Conv2D(2, 3, padding="same", name="first")(image)
    pooled = layers.MaxPooling2D(name="pooled")(first)
    deep = layers.Conv2D(2, 3, padding="same", name="deep")(pooled)
    branch = layers.Add(name="joined")([pooled, deep])
    up = layers.Conv2DTranspose(2, 2, strides=2, name="up")(branch)
    last = layers.Concatenate(name="last")([up, first])
    assert measure_layer_fields(keras.Model(image, last)) == {
        image._keras_history.operation.name: 1,
        "first": 3,
        "pooled": 4,
        "deep": 8,
        "joined": 8,
        "up": None,
        "last": None,
    }


def test_the_arithmetic_is_what_the_gradient_sees():
    image = keras.Input((64, 64, 1))
    x = image
    for kernel, stride in ((5, 1), (4, 2), (3, 3), (2, 1)):
        x = layers.Conv2D(1, kernel, stride, kernel_initializer="ones")(x)
    model = keras.Model(image, x)
    pixels = tf.zeros((1, 64, 64, 1))
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        one = model(pixels)[0, 2, 3, 0]
    rows, columns = np.nonzero(tape.gradient(one, pixels)[0, ..., 0])
    size = measure_layer_fields(model)[model.layers[-1].name]
    stride = 2 * 3  # the product of the strides
    assert (rows.min(), rows.max()) == (2 * stride, 2 * stride + size - 1)
    assert (columns.min(), columns.max()) == (3 * stride, 3 * stride + size - 1)
