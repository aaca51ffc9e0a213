"""Exponential moving average (EMA) of a generator's weights."""

import keras
import tensorflow as tf

from pyimagesearch.distribution import assign_on_replicas

EXPONENT = 7  # the averaged weights are on average a ninth of all steps old


class GeneratorEMA:
    """A copy of a generator whose weights are a moving average of its weights.

    Its profile is a power function (Karras et al. 2024, "Analyzing and Improving the
    Training Dynamics of Diffusion Models", section 3.1): after step t, the weights of
    step s count (s/t)^EXPONENT, so that early weights are forgotten however long the
    training is. Each update moves the average by 1 - (1 - 1/t)^(EXPONENT + 1).

    Args:
        generator: keras.Model, built. The average starts with its weights.

    Attributes:
        network: keras.Model, the copy.
    """

    def __init__(self, generator: keras.Model):
        self.generator = generator
        self.network = keras.models.clone_model(generator)
        self.network.set_weights(generator.get_weights())

    def update(self, step: tf.Tensor) -> None:
        """Move the average towards the generator's weights.

        Args:
            step: integer scalar, the number of steps that the generator has taken. If
                it is 1 or less, the average becomes equal to the generator's weights.
        """
        step = tf.maximum(tf.cast(step, tf.float32), 1.0)
        kept = (1 - 1 / step) ** (EXPONENT + 1)
        averages = self.network.weights
        assign_on_replicas(
            averages,
            [
                weight + kept * (average - weight)
                for average, weight in zip(
                    averages, self.generator.weights, strict=True
                )
            ],
        )
