"""PSNR: the peak signal-to-noise ratio."""

import math

import tensorflow as tf

from pyimagesearch.results.metrics.pictures import DATA_RANGE, float32_pair

# Rounding to 8 bits alone is a mean squared error of 1/12 of a squared level
# (Bennett 1948, "Spectra of Quantized Signals"): no target is known better.
HIGHEST = 10 * math.log10(12 * 255**2)  # 58.92 dB


def psnr(target, prediction):
    """10 log10(range^2 / mean squared error) of every picture, all channels together.

    Equal pictures, whose ratio is infinite, get `HIGHEST`, and so does whatever is
    nearer to its target than rounding to 8 bits is: one such picture leaves the mean
    over the others finite.

    Args:
        target: floats (B, H, W, 3) in [-1, 1].
        prediction: likewise.

    Returns:
        float32 (B,), dB, at most `HIGHEST`; NaN where the prediction holds one.
        Higher is better.
    """
    target, prediction = float32_pair(target, prediction)
    return tf.minimum(tf.image.psnr(target, prediction, DATA_RANGE), HIGHEST)
