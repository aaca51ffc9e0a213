"""The SavedModel folder, read back by TensorFlow."""

import errno
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf


def write(model: keras.Model, folder: Path) -> None:
    """Saves a model, whose signature is named `serve` and `serving_default`.

    Args:
        model: as of `Network`.
        folder: an empty one.

    Raises:
        OSError: where the disk is full.
    """
    try:
        model.export(folder, format="tf_saved_model", verbose=False)
    except tf.errors.ResourceExhaustedError as error:
        raise OSError(errno.ENOSPC, error.message) from error


def load(folder: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Opens it as a function from float32 (B, H, W, 3) arrays to such arrays."""
    loaded = tf.saved_model.load(folder)
    return lambda images: loaded.serve(tf.constant(images)).numpy()
