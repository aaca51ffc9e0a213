"""L1: the mean absolute error."""

import tensorflow as tf

from pyimagesearch.results.metrics.pictures import float32_pair


def l1(target, prediction):
    """The mean absolute error (Isola et al. 2017, equation 3) of every picture.

    Args:
        target: floats (B, H, W, 3) in [-1, 1].
        prediction: likewise.

    Returns:
        float32 (B,) in [0, 2], in the pictures' unit, as `l1Loss` is; times 127.5 it
        is in 8-bit levels. Lower is better.
    """
    target, prediction = float32_pair(target, prediction)
    return tf.reduce_mean(tf.abs(target - prediction), axis=(1, 2, 3))
