"""The moving average of a generator's weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.networks.ema import EXPONENT, GeneratorEMA
from pyimagesearch.Pix2PixTraining import Pix2PixTraining

STEPS = 40


def tiny_generator():
    return keras.Sequential([keras.Input((12, 12, 3)), keras.layers.Conv2D(3, 1)])


def test_a_step_has_a_weight_that_grows_with_its_number():
    """Compares with the product of all decays, and checks the age of the average."""
    generator = tiny_generator()
    ema = GeneratorEMA(generator)
    update = tf.function(ema.update)
    biases = np.random.default_rng(0).normal(size=(STEPS, 3)).astype(np.float32)
    for step, bias in enumerate(biases, start=1):
        generator.layers[0].bias.assign(bias)
        update(tf.constant(step))
    steps = np.arange(1.0, STEPS + 1)
    decays = (1 - 1 / steps) ** (EXPONENT + 1)
    weights = (1 - decays) * np.append(np.cumprod(decays[:0:-1])[::-1], 1)
    assert weights.sum() == pytest.approx(1)
    expected = weights @ biases
    np.testing.assert_allclose(ema.network.layers[0].bias, expected, rtol=1e-4)

    assert weights @ steps / STEPS == pytest.approx(8 / 9, abs=0.02)
    assert weights[: STEPS // 2].sum() < 0.01


def test_up_to_the_first_step_the_average_equals_the_generator():
    generator = tiny_generator()
    ema = GeneratorEMA(generator)
    np.testing.assert_array_equal(ema.network.weights[0], generator.weights[0])
    for step in (0, 1):  # 0 if float16 has skipped the first step
        generator.layers[0].bias.assign(np.full(3, step + 0.5))
        ema.update(tf.constant(step))
        assert ema.network.layers[0].bias.numpy().tolist() == [step + 0.5] * 3


def test_training_predicts_and_scores_with_the_average():
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

    decay = 0.5 ** (EXPONENT + 1)
    expected = decay * kernels[0] + (1 - decay) * kernels[1]
    average = model.inferenceGenerator
    assert average is not generator
    np.testing.assert_allclose(average.weights[0], expected, rtol=1e-5)
    generated = average(mask, training=False)
    np.testing.assert_array_equal(model(mask, training=False), generated)
    l1_loss = model.test_step((mask, real))["l1Loss"]
    assert float(l1_loss) == pytest.approx(np.abs(real - generated).mean(), rel=1e-5)
