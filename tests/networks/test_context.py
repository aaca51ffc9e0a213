"""The distance that is worked out is the distance at which pixels have a say."""

import keras
import numpy as np
import pytest
from keras import layers

from pyimagesearch.networks.image_sizes import compute_total_stride, make_resizable
from pyimagesearch.networks.receptive_field import UNBOUNDED, measure_context
from pyimagesearch.Pix2PixGAN import Pix2Pix


def measured(generator):
    """How far the influence of one bright pixel in the dark reaches, at most.

    With positive weights and without biases every layer hands it on, and what is out
    of its reach stays exactly nought.
    """
    stride = compute_total_stride(generator)
    opened = make_resizable(generator)
    for layer in opened.layers:
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
        pictures = np.asarray(opened(images, training=False))
        reached = (pictures != 0).any(axis=(3 - axis, 3))
        for shift in range(stride):
            distances += np.abs(
                np.flatnonzero(reached[shift]) - middle - shift
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
    """Of the paper's kind: 4x4 kernels, strides instead of pooling."""
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
    "strided": (strided_unet, 9),
    "one convolution": (lambda: chain(layers.Conv2D(3, 3, padding="same")), 1),
    "one kernel of another shape": (
        lambda: chain(layers.Conv2D(3, (3, 7), padding="same")),
        3,
    ),
    "dilated": (
        lambda: chain(layers.Conv2D(3, 3, padding="same", dilation_rate=3)),
        3,
    ),
    "pooled": (lambda: chain(layers.AveragePooling2D(2), layers.UpSampling2D()), 1),
    "resized bilinearly": (
        lambda: chain(
            layers.MaxPooling2D(), layers.UpSampling2D(interpolation="bilinear")
        ),
        2,
    ),
}


@pytest.mark.parametrize(("network", "pixels"), NETWORKS.values(), ids=NETWORKS)
def test_it_is_the_distance_at_which_pixels_have_a_say(network, pixels):
    generator = network()
    assert measure_context(generator) == (pixels, True)
    assert measured(generator) == pixels


def test_a_pixel_beyond_it_changes_nothing_at_all(networks):
    """The same of weights as they come, of one bright pixel in noise."""
    generator = make_resizable(networks[0])
    rng = np.random.default_rng(0)
    image = rng.uniform(-1, 1, (1, 16, 256, 3)).astype(np.float32)
    other = image.copy()
    other[0, :, 100] += 1
    change = np.asarray(generator(image)) != np.asarray(generator(other))
    changed = np.flatnonzero(change.any(axis=(0, 1, 3)))
    assert 100 - 77 <= changed.min() < 100 < changed.max() <= 100 + 77


def test_what_normalises_over_the_image_has_no_bound():
    norm = layers.GroupNormalization(groups=-1)
    assert measure_context(chain(layers.Conv2D(3, 5, padding="same"), norm)) == (
        2,
        False,
    )


@pytest.mark.parametrize(
    "layer",
    [
        layers.UpSampling2D(1, interpolation="bicubic"),
        keras.Sequential([keras.Input((64, 64, 3)), layers.Conv2D(3, 3)]),
    ],
)
def test_what_is_not_known_may_see_everything(layer):
    assert measure_context(chain(layer)) == (UNBOUNDED, False)


def test_a_layer_that_is_used_twice_is_not_followed():
    layer = layers.Conv2D(3, 3, padding="same")
    assert measure_context(chain(layer, layer)) == (UNBOUNDED, False)
    shared = chain(layer, layers.ReLU(), layer, layers.ReLU())
    assert measure_context(shared).pixels == UNBOUNDED


def test_a_sequential_model_is_followed_too():
    stages = keras.Input((8, 8, 3)), layers.Conv2D(3, 5, padding="same")
    assert measure_context(keras.Sequential(stages)) == (2, True)
