"""What the files hold: the same weights, in float32, of any size or of one."""

import keras
import numpy as np
import pytest
from keras import layers
from tiny import SIZE

from pyimagesearch.errors import UserError
from pyimagesearch.export.network import prepare_network
from pyimagesearch.Pix2PixGAN import Pix2Pix


def picture(model, images):
    return np.asarray(model(images, training=False))


def test_height_and_width_are_open(strided, images):
    network = prepare_network(strided, None)
    assert network.is_open
    assert network.stride == 4
    assert network.image_size == (SIZE, SIZE)
    assert network.model.input_shape == (None, None, None, 3)
    same = images(SIZE, SIZE)
    np.testing.assert_array_equal(picture(network.model, same), picture(strided, same))
    assert picture(network.model, images(8, 20)).shape == (2, 8, 20, 3)


def test_one_size_is_of_one_image(strided):
    network = prepare_network(strided, (8, 24))
    assert not network.is_open
    assert network.image_size == (8, 24)
    assert network.model.input_shape == network.model.output_shape == (1, 8, 24, 3)


def test_a_size_that_does_not_go_through_is_refused(strided):
    with pytest.raises(UserError, match="18x16 does not go .* accepts multiples of 4"):
        prepare_network(strided, (18, 16))


def of_one_size():
    image = keras.Input((4, 4, 3))
    x = layers.Dense(48)(layers.Flatten()(image))
    return keras.Model(image, layers.Reshape((4, 4, 3))(x))


def test_a_network_that_counts_pixels_keeps_its_size():
    network = prepare_network(of_one_size(), None)
    assert not network.is_open
    assert network.stride is None
    assert network.model.input_shape == (None, 4, 4, 3)
    assert prepare_network(of_one_size(), (4, 4)).image_size == (4, 4)
    with pytest.raises(UserError, match="8x8 does not go .* accepts 4x4"):
        prepare_network(of_one_size(), (8, 8))


def test_a_mixed_precision_is_left_behind(precision, images):
    precision("mixed_bfloat16")
    mixed = Pix2Pix(32, 32).generator()
    precision("float32")
    model = prepare_network(mixed, None).model
    exact = Pix2Pix(32, 32).generator()
    exact.set_weights(mixed.get_weights())

    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    same = images(32, 32)
    np.testing.assert_array_equal(picture(model, same), picture(exact, same))
    assert (picture(mixed, same) != picture(exact, same)).any()
