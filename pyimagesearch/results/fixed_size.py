"""Batches of one size for TensorFlow, whatever the size of those that come."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.errors import UserError


class FixedSize:
    """Calls a function on batches that are filled up to one size.

    The function is traced once, and what it makes of a picture in a smaller last
    batch is, to the bit, what it makes of it in a full one.

    Args:
        function: from float32 batches (batch_size, H, W, 3) to tensors, or a
            structure of them, that have the batch's pictures along their first axis.
        shape: (batch_size, H, W, 3).
        batches: how many `function` takes.
    """

    def __init__(self, function: Callable, shape: tuple[int, ...], batches: int = 1):
        self.batch_size = shape[0]
        spec = tf.TensorSpec(shape, tf.float32)
        # Without AutoGraph, which wraps whatever the function raises.
        traced = tf.function(function, [spec] * batches, autograph=False)
        self._function = traced.get_concrete_function()

    def __call__(self, *batches):
        """Takes batches of 1 to batch_size pictures; gives arrays of as many."""
        number = len(batches[0])
        missing = [(0, self.batch_size - number), (0, 0), (0, 0), (0, 0)]
        results = self._function(*(np.pad(batch, missing) for batch in batches))
        return tf.nest.map_structure(lambda result: result[:number].numpy(), results)


def predictor(
    generator: keras.Model, batch_size: int, flag: str = "--model"
) -> Callable:
    """A generator's pictures.

    Args:
        generator: from (B, H, W, 3) to (B, H, W, 3).
        batch_size: the most pictures at a time.
        flag: that names it, or another.

    Returns:
        From float32 arrays (B, H, W, 3) in [-1, 1] to the same. It raises a
        `UserError` where a picture is not finite.
    """

    def traced(images):
        return tf.cast(generator(images, training=False), tf.float32)

    generate = FixedSize(traced, (batch_size, *generator.input_shape[1:]))

    def predict(images):
        pictures = generate(images)
        if not np.isfinite(pictures).all():
            raise UserError(
                f"the generator makes pictures that are no numbers: its training "
                f"diverged, and {flag} names another"
            )
        return pictures

    return predict
