"""Receptive fields, compared with the paper's and with what pixels change."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from pyimagesearch.networks.image_sizes import compute_total_stride, make_resizable
from pyimagesearch.networks.paper_networks import PaperNetworks
from pyimagesearch.networks.receptive_field import (
    WHOLE_IMAGE,
    Field,
    measure_context,
    measure_layer_fields,
)
from pyimagesearch.Pix2PixGAN import Pix2Pix


@pytest.mark.parametrize("patch", [1, 16, 70, 286])
def test_fields_of_the_papers_discriminators(patch):
    discriminator = PaperNetworks(96, 96, patch=patch).discriminator()
    fields = measure_layer_fields(discriminator)
    assert fields[discriminator.layers[-1].name].size == patch


def test_field_of_the_tutorials_discriminator():
    discriminator = Pix2Pix(32, 32).discriminator()
    fields = measure_layer_fields(discriminator)
    assert fields[discriminator.layers[-1].name] == Field(62, 8)


def test_fields_of_every_layer_up_to_the_first_upsampling():
    image = keras.Input((32, 32, 3))
    first = layers.Conv2D(2, 3, padding="same", name="first")(image)
    pooled = layers.MaxPooling2D(name="pooled")(first)
    deep = layers.Conv2D(2, 3, padding="same", name="deep")(pooled)
    branch = layers.Add(name="joined")([pooled, deep])
    up = layers.Conv2DTranspose(2, 2, strides=2, name="up")(branch)
    last = layers.Concatenate(name="last")([up, first])
    assert measure_layer_fields(keras.Model(image, last)) == {
        image._keras_history.operation.name: Field(1, 1),
        "first": Field(3, 1),
        "pooled": Field(4, 2),
        "deep": Field(8, 2),
        "joined": Field(8, 2),
        "up": None,
        "last": None,
    }


def test_a_field_is_where_the_gradient_is_not_zero():
    image = keras.Input((64, 64, 1))
    x = image
    for kernel, stride in ((5, 1), (4, 2), (3, 3), (2, 1)):
        x = layers.Conv2D(1, kernel, stride, kernel_initializer="ones")(x)
    model = keras.Model(image, x)
    pixels = tf.zeros((1, 64, 64, 1))
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        output = model(pixels)[0, 2, 3, 0]
    rows, columns = np.nonzero(tape.gradient(output, pixels)[0, ..., 0])
    size, step = measure_layer_fields(model)[model.layers[-1].name]
    assert (rows.min(), rows.max()) == (2 * step, 2 * step + size - 1)
    assert (columns.min(), columns.max()) == (3 * step, 3 * step + size - 1)


def measure_influence(generator):
    """How far from one bright pixel in a black image the output changes, at most.

    With positive weights and without biases every layer passes the pixel on, and all
    pixels that do not depend on it stay exactly 0.
    """
    stride = compute_total_stride(generator)
    resizable = make_resizable(generator)
    for layer in resizable.layers:
        if layer.weights:
            kernel, *bias = layer.get_weights()
            kernel = np.full_like(kernel, 1 / kernel[..., 0].size)
            layer.set_weights([kernel, *map(np.zeros_like, bias)])
    width, middle = 256, 120
    distances = []
    for axis in (1, 2):
        images = np.zeros((stride, stride, width, 3), np.float32)
        images[np.arange(stride), 0, middle + np.arange(stride)] = 1
        if axis == 1:
            images = images.transpose(0, 2, 1, 3)
        outputs = np.asarray(resizable(images, training=False))
        changed = (outputs != 0).any(axis=(3 - axis, 3))
        for shift in range(stride):
            distances += np.abs(
                np.flatnonzero(changed[shift]) - middle - shift
            ).tolist()
    return max(distances)


def tutorial():
    return Pix2Pix(32, 32).generator()


def chain(*stages):
    inputs = x = keras.Input((64, 64, 3))
    for stage in stages:
        x = stage(x)
    return keras.Model(inputs, x)


def strided_unet():
    """A U-Net with 4x4 kernels and strides instead of pooling, as in the paper."""
    inputs = keras.Input((64, 64, 3))
    outer = layers.Conv2D(4, 4, strides=2, padding="same")(inputs)
    inner = layers.Conv2D(4, 4, strides=2, padding="same")(layers.LeakyReLU()(outer))
    x = layers.Conv2DTranspose(4, 4, strides=2, padding="same")(layers.ReLU()(inner))
    x = layers.Concatenate()([x, outer])
    return keras.Model(
        inputs, layers.Conv2DTranspose(3, 4, strides=2, padding="same")(x)
    )


NETWORKS = {
    "tutorial": (tutorial, 77),
    "strided U-Net": (strided_unet, 9),
    "convolution": (lambda: chain(layers.Conv2D(3, 3, padding="same")), 1),
    "oblong kernel": (lambda: chain(layers.Conv2D(3, (3, 7), padding="same")), 3),
    "dilated kernel": (
        lambda: chain(layers.Conv2D(3, 3, padding="same", dilation_rate=3)),
        3,
    ),
    "pooling": (lambda: chain(layers.AveragePooling2D(2), layers.UpSampling2D()), 1),
    "bilinear upsampling": (
        lambda: chain(
            layers.MaxPooling2D(), layers.UpSampling2D(interpolation="bilinear")
        ),
        2,
    ),
}


@pytest.mark.parametrize(("network", "pixels"), NETWORKS.values(), ids=NETWORKS)
def test_the_context_is_the_distance_at_which_pixels_change(network, pixels):
    generator = network()
    assert measure_context(generator) == (pixels, True)
    assert measure_influence(generator) == pixels


def test_a_pixel_outside_the_context_changes_nothing(networks):
    """As above, with the initial weights and one brighter pixel in noise."""
    generator = make_resizable(networks[0])
    rng = np.random.default_rng(0)
    image = rng.uniform(-1, 1, (1, 16, 256, 3)).astype(np.float32)
    other = image.copy()
    other[0, :, 100] += 1
    change = np.asarray(generator(image)) != np.asarray(generator(other))
    changed = np.flatnonzero(change.any(axis=(0, 1, 3)))
    assert 100 - 77 <= changed.min() < 100 < changed.max() <= 100 + 77


def test_normalization_over_the_image_has_no_bound():
    norm = layers.GroupNormalization(groups=-1)
    generator = chain(layers.Conv2D(3, 5, padding="same"), norm)
    assert measure_context(generator) == (2, False)


@pytest.mark.parametrize(
    "layer",
    [
        layers.UpSampling2D(1, interpolation="bicubic"),
        keras.Sequential([keras.Input((64, 64, 3)), layers.Conv2D(3, 3)]),
    ],
)
def test_an_unknown_layer_has_the_whole_image_as_context(layer):
    assert measure_context(chain(layer)) == (WHOLE_IMAGE, False)


def test_a_layer_used_twice_has_the_whole_image_as_context():
    layer = layers.Conv2D(3, 3, padding="same")
    assert measure_context(chain(layer, layer)) == (WHOLE_IMAGE, False)
    generator = chain(layer, layers.ReLU(), layer, layers.ReLU())
    assert measure_context(generator).pixels == WHOLE_IMAGE


def test_context_of_a_sequential_model():
    stages = keras.Input((8, 8, 3)), layers.Conv2D(3, 5, padding="same")
    assert measure_context(keras.Sequential(stages)) == (2, True)
