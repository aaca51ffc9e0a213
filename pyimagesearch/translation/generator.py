"""A trained generator: save, load and call it on batches of any length."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.atomic import write_atomic
from pyimagesearch.errors import UserError


def save_generator(generator: keras.Model, path: Path | str) -> None:
    """Saves a generator as a `.keras` file, which appears whole."""
    with write_atomic(path) as temporary:
        generator.save(temporary)


def load_generator(path: Path | str) -> keras.Model:
    """Loads a generator.

    Args:
        path: a `.keras` file.

    Returns:
        A model from (B, H, W, 3) to (B, H, W, 3).

    Raises:
        UserError: where there is no file, or it holds no such model.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(
            f"there is no trained generator at {path}: `python train_pix2pix.py` makes "
            f"{config.GENERATOR_MODEL}, on a machine without a GPU `python "
            f"train_pix2pix.py --dataset streets --recipe quick`"
        )
    try:
        generator = keras.saving.load_model(path, compile=False)
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise UserError(f"{path} is not a model that Keras can load") from error
    ends = generator.inputs[0].shape, generator.outputs[0].shape
    if len(generator.inputs) != 1 or ends[0] != ends[1] or ends[0][-1] != 3:
        raise UserError(
            f"{path} is not a generator of images from images: it makes {ends[1]} of "
            f"{ends[0]}"
        )
    return generator


class FixedBatch:
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


def create_predictor(
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

    generate = FixedBatch(traced, (batch_size, *generator.input_shape[1:]))

    def predict(images):
        pictures = generate(images)
        if not np.isfinite(pictures).all():
            raise UserError(
                f"the generator makes pictures that are no numbers: its training "
                f"diverged, and {flag} names another"
            )
        return pictures

    return predict
