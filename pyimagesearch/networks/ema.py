"""Exponential moving average (EMA) of a generator's weights."""

import keras
import tensorflow as tf

from pyimagesearch.distribution import assign_on_replicas

EXPONENT = 7  # the mean's weights are a ninth of all steps old, on average


class GeneratorEMA:
    """A copy of a generator whose weights follow it, slowly.

    After step t it is moved towards the generator by 1 - (1 - 1/t)^(EXPONENT + 1):
    Karras et al. 2024, "Analyzing and Improving the Training Dynamics of Diffusion
    Models", section 3.1, the power function average. A step s weighs (s/t)^EXPONENT
    then, so that the first weights are forgotten however long the training is.

    Args:
        generator: built; the copy begins with its weights.

    Attributes:
        network: the copy.
    """

    def __init__(self, generator: keras.Model):
        self.generator = generator
        self.network = keras.models.clone_model(generator)
        self.network.set_weights(generator.get_weights())

    def update(self, step: tf.Tensor) -> None:
        """Moves the copy's weights.

        Args:
            step: how many the generator has taken, a whole number; of 1 or less, the
                copy takes the generator's weights.
        """
        step = tf.maximum(tf.cast(step, tf.float32), 1.0)
        kept = (1 - 1 / step) ** (EXPONENT + 1)
        averages = self.network.weights
        assign_on_replicas(
            averages,
            [
                now + kept * (average - now)
                for average, now in zip(averages, self.generator.weights, strict=True)
            ],
        )
