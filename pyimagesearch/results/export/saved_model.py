"""The SavedModel folder, read back by TensorFlow."""

import errno
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.results.export.network import OUTPUT, named_function


def write(model: keras.Model, folder: Path) -> None:
    """Saves a model, with one signature, `serving_default`, from `image` to `picture`.

    Keras's own `export` writes every weight twice.

    Args:
        model: as of `Network`.
        folder: an empty one.

    Raises:
        OSError: where the disk is full.
    """
    module = tf.Module()
    # Bare variables: of Keras's, the TFLite converter makes a file without weights.
    module.weights = [variable.value for variable in model.variables]
    module.serve = named_function(model)
    try:
        tf.saved_model.save(module, folder, signatures=module.serve)
    except tf.errors.ResourceExhaustedError as error:
        raise OSError(errno.ENOSPC, error.message) from error


def load(folder: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Opens it as a function from float32 (B, H, W, 3) arrays to such arrays."""
    loaded = tf.saved_model.load(folder)
    return lambda images: loaded.serve(tf.constant(images))[OUTPUT].numpy()
