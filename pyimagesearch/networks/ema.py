"""Exponential moving average (EMA) of a generator's weights."""

import keras
import tensorflow as tf

from pyimagesearch.distribution import assign_on_replicas

EXPONENT = 7  # on average, the weights in the EMA are a ninth of all steps old


class GeneratorEMA:
    """Keeps a moving average of the weights of a generator.

    The average is the power function average of Karras et al. 2024, "Analyzing and
    Improving the Training Dynamics of Diffusion Models", section 3.1. Its decay grows
    with the step t: (1 - 1/t)^(EXPONENT + 1). The weights of step s enter the average
    in proportion to s^EXPONENT, so that a training of any length forgets its first
    steps.

    Args:
        generator: keras.Model, built. The average starts with its weights.

    Attributes:
        network: keras.Model, a copy of the generator with the averaged weights.
    """

    def __init__(self, generator: keras.Model):
        self.generator = generator
        self.network = keras.models.clone_model(generator)
        self.network.set_weights(generator.get_weights())

    def update(self, step: tf.Tensor) -> None:
        """Update the average with the current weights of the generator.

        Args:
            step: int scalar tensor, the number of steps that the generator has taken.
                Up to 1, the average becomes a copy of the generator's weights.
        """
        step = tf.maximum(tf.cast(step, tf.float32), 1.0)
        decay = (1 - 1 / step) ** (EXPONENT + 1)
        averages = self.network.weights
        pairs = zip(averages, self.generator.weights, strict=True)
        assign_on_replicas(
            averages, [weight + decay * (average - weight) for average, weight in pairs]
        )
