"""Noise by dropout: what is dropped, and what stays as at inference."""

import keras
import numpy as np
import pytest
from keras import layers
from tiny import random_image

from pyimagesearch.errors import UserError
from pyimagesearch.networks.paper_networks import PaperNetworks
from pyimagesearch.translation.sampling import make_noisy
from pyimagesearch.translation.translator import Translator

SHAPE = (4, 16, 16, 8)
ONES = np.ones(SHAPE, np.float32)


def build(*stack, channels=8):
    inputs = x = keras.Input((16, 16, channels))
    for layer in stack:
        x = layer(x)
    return keras.Model(inputs, x)


def draw(model, noise, sample, images=ONES):
    noise.set_sample(sample)
    return np.asarray(model(images, training=False), np.float32)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_values_are_dropped_at_the_rate_and_the_others_scaled(rate):
    result = draw(*make_noisy(build(layers.Dropout(rate)), seed=1), 1)
    kept = result != 0
    np.testing.assert_allclose(result[kept], 1 / (1 - rate), rtol=1e-6)
    assert abs(kept[0].mean() - (1 - rate)) < 0.04  # of 2048 values


def test_all_images_of_a_batch_have_the_same_noise():
    model, noise = make_noisy(build(layers.Dropout(0.5)), seed=1)
    result = draw(model, noise, 1)
    np.testing.assert_array_equal(result, result[:1].repeat(4, axis=0))
    np.testing.assert_array_equal(draw(model, noise, 1, ONES[:1]), result[:1])


def test_the_noise_depends_on_the_seed_and_the_sample_only():
    generator = build(layers.Dropout(0.5))
    model, noise = make_noisy(generator, seed=1)
    first, second = draw(model, noise, 1), draw(model, noise, 2)
    assert 0.4 < (first != second).mean() < 0.6
    np.testing.assert_array_equal(draw(model, noise, 1), first)
    np.testing.assert_array_equal(draw(*make_noisy(generator, 1), 2), second)
    assert 0.4 < (draw(*make_noisy(generator, 2), 1) != first).mean() < 0.6
    large = draw(*make_noisy(generator, 2**70), 1)
    assert 0.4 < (large != first).mean() < 0.6


def test_every_layer_has_its_own_noise():
    inputs = keras.Input(SHAPE[1:])
    pair = [layers.Dropout(0.5)(inputs) for _ in range(2)]
    both = keras.Model(inputs, layers.Concatenate()(pair))
    one, other = np.split(draw(*make_noisy(both, seed=1), 1), 2, axis=-1)
    assert 0.4 < (one != other).mean() < 0.6


def test_the_shape_of_the_noise_is_kept():
    channels = layers.Dropout(0.5, noise_shape=(None, 1, 1, None))
    result = draw(*make_noisy(build(channels), seed=1), 1)
    assert set(result[0].reshape(-1, 8).mean(0).tolist()) == {0.0, 2.0}


def test_batch_normalization_keeps_its_moving_statistics():
    norm = layers.BatchNormalization()
    generator = build(norm, layers.Dropout(0.5))
    norm.moving_mean.assign(np.full(8, 3.0))
    norm.moving_variance.assign(np.full(8, 0.25))
    expected = generator(ONES, training=False)
    model, noise = make_noisy(generator, seed=1)
    before = [np.array(value) for value in model.get_weights()]
    result = draw(model, noise, 1)
    kept = result != 0
    np.testing.assert_allclose(result[kept], 2 * np.asarray(expected)[kept], rtol=1e-5)
    for value, value_before in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, value_before)


def test_samples_of_a_linear_network_have_the_mean_of_inference():
    generator = build(layers.Dropout(0.3), layers.Conv2D(3, 3, padding="same"))
    images = np.random.default_rng(0).uniform(-1, 1, SHAPE).astype("f4")
    model, noise = make_noisy(generator, seed=1)
    samples = np.stack([draw(model, noise, n, images) for n in range(1, 101)])
    error = samples.mean(0) - generator(images, training=False)
    assert np.abs(error).mean() < 1.2 * samples.std(0).mean() / 10  # of 100 samples


def test_the_dtype_of_the_layers_is_kept(precision):
    precision("mixed_bfloat16")
    model, noise = make_noisy(build(layers.Dropout(0.1)), seed=1)
    assert model.layers[1].compute_dtype == "bfloat16"
    result = draw(model, noise, 1)
    np.testing.assert_allclose(result[result != 0], 1 / 0.9, rtol=4e-3)
    assert abs((result != 0).mean() - 0.9) < 0.02


@pytest.mark.parametrize(
    "stack",
    [
        [layers.Conv2D(3, 1)],
        [layers.Dropout(0.0)],
        [layers.SpatialDropout2D(0.5)],
    ],
    ids=["none", "rate 0", "another kind"],
)
def test_a_generator_without_dropout_raises(stack):
    with pytest.raises(UserError, match="--samples needs a generator with dropout"):
        make_noisy(build(*stack), seed=1)


def test_the_samples_of_the_paper_network():
    generator = PaperNetworks(64, 64, width=8).generator()
    translator = Translator(generator, 4, 0, seed=42)
    images = [random_image(n, 64, 64) for n in range(3)]
    first, again, second = (list(translator.translate(images, n)) for n in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.std([first, second], axis=0).mean() > 1e-4
    (alone,) = translator.translate(images[2:], 2)
    np.testing.assert_array_equal(alone, second[2])
    assert np.abs(first[0] - next(translator.translate(images[:1]))).max() > 1e-4
