"""The mean of a generator's latest weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.networks.ema import EXPONENT, GeneratorEMA
from pyimagesearch.Pix2PixTraining import Pix2PixTraining

STEPS = 40


def tiny_generator():
    return keras.Sequential([keras.Input((12, 12, 3)), keras.layers.Conv2D(3, 1)])


def test_a_step_weighs_by_a_power_of_its_number():
    """Against the product of what each step keeps; and how far it reaches back."""
    generator = tiny_generator()
    averaged = GeneratorEMA(generator)
    follow = tf.function(averaged.update)
    biases = np.random.default_rng(0).normal(size=(STEPS, 3)).astype(np.float32)
    for step, bias in enumerate(biases, start=1):
        generator.layers[0].bias.assign(bias)
        follow(tf.constant(step))
    steps = np.arange(1.0, STEPS + 1)
    kept = (1 - 1 / steps) ** (EXPONENT + 1)
    weights = (1 - kept) * np.append(np.cumprod(kept[:0:-1])[::-1], 1)
    assert weights.sum() == pytest.approx(1)
    expected = weights @ biases
    np.testing.assert_allclose(averaged.network.layers[0].bias, expected, rtol=1e-4)

    assert weights @ steps / STEPS == pytest.approx(8 / 9, abs=0.02)
    assert weights[: STEPS // 2].sum() < 0.01


def test_before_the_first_step_and_after_it_they_are_the_generators():
    generator = tiny_generator()
    averaged = GeneratorEMA(generator)
    np.testing.assert_array_equal(averaged.network.weights[0], generator.weights[0])
    for step in (0, 1):  # 0, where float16 has skipped the first
        generator.layers[0].bias.assign(np.full(3, step + 0.5))
        averaged.update(tf.constant(step))
        assert averaged.network.layers[0].bias.numpy().tolist() == [step + 0.5] * 3


def test_the_average_is_what_a_training_shows_and_scores():
    generator = tiny_generator()
    pair = [keras.Input((12, 12, 3)), keras.Input((12, 12, 3))]
    joined = keras.layers.Concatenate()(pair)
    discriminator = keras.Model(pair, keras.layers.Conv2D(1, 3)(joined))
    model = Pix2PixTraining(generator, discriminator)
    model.compile(
        keras.optimizers.SGD(1.0),
        keras.optimizers.SGD(1.0),
        keras.losses.BinaryCrossentropy(from_logits=True),
        keras.losses.MeanAbsoluteError(),
        averageWeights=True,
    )
    images = np.random.default_rng(1).uniform(-1, 1, (2, 1, 12, 12, 3))
    mask, real = images.astype(np.float32)
    kernels = []
    for _ in range(2):
        model.train_step((mask, real))
        kernels.append(generator.weights[0].numpy().copy())

    kept = 0.5 ** (EXPONENT + 1)
    expected = kept * kernels[0] + (1 - kept) * kernels[1]
    average = model.inferenceGenerator
    assert average is not generator
    np.testing.assert_allclose(average.weights[0], expected, rtol=1e-5)
    shown = average(mask, training=False)
    np.testing.assert_array_equal(model(mask, training=False), shown)
    scored = model.test_step((mask, real))["l1Loss"]
    assert float(scored) == pytest.approx(np.abs(real - shown).mean(), rel=1e-5)
