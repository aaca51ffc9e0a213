"""The mean picture of a set."""

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.console import verbosity


def mean_picture(pairs: tf.data.Dataset, number: int) -> np.ndarray:
    """The mean over all targets: the best guess of one who does not see the input.

    Args:
        pairs: batches of (inputMask, realImage), each float32 (B, H, W, 3), once.
        number: how many pairs there are.

    Returns:
        float32 (H, W, 3).
    """
    progress = keras.utils.Progbar(number, verbose=verbosity(), unit_name="pair")
    total = 0.0
    for _, target in pairs.as_numpy_iterator():
        total = total + target.sum(0, dtype=np.float64)
        progress.add(len(target))
    return (total / number).astype(np.float32)
