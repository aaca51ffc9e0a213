"""Several results for one image: dropout is the noise, as in the paper (section 3.2).

Only dropout is on. Batch normalization keeps its moving statistics, which
`training=True` would replace by those of the batch.
"""

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.errors import UserError


class DropoutNoise:
    """The seeds of a network's dropout, which decide what a sample drops.

    The noise of a sample depends on the seed, the number of the sample and the size of
    the image. It does not depend on the images, on those in the same batch or on how
    many samples are drawn: images of one size have the same noise.

    Args:
        seed: int, 0 or more.
        layers: int, how many layers drop.
    """

    def __init__(self, seed: int, layers: int):
        self._seed = seed
        self._seeds = tf.Variable(np.zeros((layers, 2), np.int64), trainable=False)

    def set_sample(self, number: int) -> None:
        """Set the noise of the next calls of the network to that of one sample."""
        sequence = np.random.SeedSequence((self._seed, number))
        words = sequence.generate_state(self._seeds.shape.num_elements())
        self._seeds.assign(words.reshape(self._seeds.shape).astype(np.int64))

    def draw(self, layer: int, shape: tf.Tensor) -> tf.Tensor:
        """Draw the noise of one layer, float32 in [0, 1)."""
        return tf.random.stateless_uniform(shape, self._seeds[layer])


class NoisyDropout(keras.layers.Dropout):
    """Dropout that is always on, with the same noise for every image of a batch.

    Args:
        dropout: keras.layers.Dropout, whose rate, shape of the noise and dtype it has.
        noise: DropoutNoise.
        number: int, the index of the layer in `noise`.
    """

    def __init__(self, dropout: keras.layers.Dropout, noise: DropoutNoise, number: int):
        super().__init__(dropout.rate, dropout.noise_shape, dtype=dropout.dtype_policy)
        self._noise = noise
        self._number = number

    def call(self, inputs, training=False):
        shape = tf.shape(inputs)[1:]
        if self.noise_shape is not None:
            sizes = enumerate(self.noise_shape[1:])
            shape = tf.stack([shape[i] if n is None else n for i, n in sizes])
        kept = self._noise.draw(self._number, tf.concat([[1], shape], 0)) >= self.rate
        scale = tf.cast(1 / (1 - self.rate), inputs.dtype)
        return tf.where(kept, inputs * scale, tf.zeros((), inputs.dtype))


def make_noisy(generator: keras.Model, seed: int) -> tuple[keras.Model, DropoutNoise]:
    """Copy a generator so that its dropout is always on.

    Args:
        generator: keras.Model, from (B, H, W, C) to (B, H, W, D).
        seed: int, 0 or more.

    Returns:
        tuple (model, noise): keras.Model with the same weights, and DropoutNoise, which
        sets the sample that it returns.

    Raises:
        UserError: if no layer of the generator drops.
    """
    dropouts = [layer for layer in generator.layers if _drops(layer)]
    if not dropouts:
        raise UserError(
            "--samples needs a generator with dropout, and this one has none: all "
            "samples would be equal"
        )
    noise = DropoutNoise(seed, len(dropouts))

    def clone_layer(layer):
        if _drops(layer):
            return NoisyDropout(layer, noise, dropouts.index(layer))
        return type(layer).from_config(layer.get_config())

    model = keras.models.clone_model(generator, clone_function=clone_layer)
    model.set_weights(generator.get_weights())
    return model, noise


def _drops(layer: keras.layers.Layer) -> bool:
    # Not its subclasses, which drop other things than single values.
    return type(layer) is keras.layers.Dropout and 0 < layer.rate < 1
