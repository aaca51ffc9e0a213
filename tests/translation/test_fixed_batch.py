"""Batches of one size for TensorFlow."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.errors import UserError
from pyimagesearch.translation.generator import FixedBatch, create_predictor


def noise(number, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (number, 4, 6, 3)).astype("f4")


def test_a_smaller_batch_is_filled_up_and_cut_back():
    seen = []

    def function(one, other):
        seen.append(one.shape)
        return {"sum": one + other, "means": tf.reduce_mean(one, (1, 2, 3))}

    sized = FixedBatch(function, (3, 4, 6, 3), batches=2)
    for number in (3, 1):
        one, other = noise(number), noise(number, seed=1)
        results = sized(one, other)
        np.testing.assert_array_equal(results["sum"], one + other)
        np.testing.assert_allclose(results["means"], one.mean((1, 2, 3)), atol=1e-6)
    assert seen == [(3, 4, 6, 3)]  # traced once


def test_what_the_function_raises_is_raised_as_it_is():
    def function(images):
        raise UserError("too small")

    with pytest.raises(UserError, match="^too small$"):
        FixedBatch(function, (3, 4, 6, 3))


def test_a_picture_does_not_depend_on_its_batch(networks):
    generator, _ = networks
    images = np.random.default_rng(0).uniform(-1, 1, (4, 32, 32, 3)).astype("f4")
    predict = create_predictor(generator, 4)
    together = predict(images)
    np.testing.assert_array_equal(predict(images[1:3]), together[1:3])
    expected = generator(images, training=False)
    np.testing.assert_allclose(together, expected, atol=1e-5)


def test_a_diverged_generator_is_told():
    generator = keras.Sequential([keras.Input((4, 6, 3)), keras.layers.Conv2D(3, 1)])
    generator.layers[0].bias.assign([0, np.nan, 0])
    with pytest.raises(UserError, match="are no numbers: .* and --other names"):
        create_predictor(generator, 2, "--other")(noise(1))
