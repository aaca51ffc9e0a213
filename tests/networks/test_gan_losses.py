"""The adversarial losses, compared with their formulas."""

import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.networks.gan_losses import create_gan_loss

LOGITS = np.array([[-2.0, 0.5], [1.5, 0.0]], np.float32).reshape(2, 2, 1, 1)
REAL = np.ones_like(LOGITS)
GENERATED = np.zeros_like(LOGITS)


def softplus(x):
    return np.log1p(np.exp(x))


@pytest.mark.parametrize(
    ("name", "real", "generated", "generator"),
    [
        ("bce", softplus(-LOGITS), softplus(LOGITS), softplus(-LOGITS)),
        ("lsgan", (LOGITS - 1) ** 2, LOGITS**2, (LOGITS - 1) ** 2),
        # computed by hand: max(0, 1 - x), max(0, 1 + x), -x at -2, .5, 1.5, 0
        ("hinge", [3, 0.5, 0, 1], [0, 1.5, 2.5, 1], [2, -0.5, -1.5, 0]),
    ],
)
def test_a_loss_is_the_mean_of_its_formula_over_the_patches(
    name, real, generated, generator
):
    losses = create_gan_loss(name)
    for loss, labels, expected in (
        (losses.discriminator, REAL, real),
        (losses.discriminator, GENERATED, generated),
        (losses.generator, REAL, generator),
    ):
        value = loss(tf.constant(labels), tf.constant(LOGITS))
        np.testing.assert_allclose(value, np.mean(expected), rtol=1e-6)


def test_the_gradient_of_the_generators_hinge_loss_does_not_vanish():
    logits = tf.Variable(3.0 * REAL)
    with tf.GradientTape() as tape:
        loss = create_gan_loss("hinge").generator(tf.constant(REAL), logits)
    np.testing.assert_allclose(tape.gradient(loss, logits), -0.25 * REAL)
