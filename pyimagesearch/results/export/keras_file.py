"""The `.keras` file, read back by Keras."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.results.generator_file import load_generator


def write(model: keras.Model, path: Path) -> None:
    """Saves a model."""
    model.save(path)


def load(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Opens the file as a function from float32 (B, H, W, 3) arrays to such arrays."""
    return traced(load_generator(path))


def traced(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """A model as such a function, which Keras runs."""
    spec = tf.TensorSpec(model.input_shape, tf.float32)
    function = tf.function(
        lambda images: model(images, training=False), input_signature=[spec]
    )
    return lambda images: function(images).numpy()
