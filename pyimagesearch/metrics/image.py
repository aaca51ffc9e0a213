"""Image metrics: L1, PSNR and SSIM."""

import math

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.errors import UserError

DATA_RANGE = 2.0  # of pictures in [-1, 1], as 255 is of 8-bit ones


def cast_pair(target, prediction):
    """Brings both to float32, whatever the precision they were computed in.

    Args:
        target: floats (B, H, W, 3) in [-1, 1].
        prediction: likewise.

    Returns:
        (target, prediction), float32.

    Raises:
        ValueError: where their shapes differ, which would broadcast.
    """
    target, prediction = tf.cast(target, tf.float32), tf.cast(prediction, tf.float32)
    target.shape.assert_is_compatible_with(prediction.shape)
    return target, prediction


def l1(target, prediction):
    """The mean absolute error (Isola et al. 2017, equation 3) of every picture.

    Args:
        target: floats (B, H, W, 3) in [-1, 1].
        prediction: likewise.

    Returns:
        float32 (B,) in [0, 2], in the pictures' unit, as `l1Loss` is; times 127.5 it
        is in 8-bit levels. Lower is better.
    """
    target, prediction = cast_pair(target, prediction)
    return tf.reduce_mean(tf.abs(target - prediction), axis=(1, 2, 3))


# Rounding to 8 bits alone is a mean squared error of 1/12 of a squared level
# (Bennett 1948, "Spectra of Quantized Signals"): no target is known better.
MAX_PSNR = 10 * math.log10(12 * 255**2)  # 58.92 dB


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
    target, prediction = cast_pair(target, prediction)
    return tf.minimum(tf.image.psnr(target, prediction, DATA_RANGE), MAX_PSNR)


WINDOW = 11  # pixels, its side
SIGMA = 1.5  # pixels
C1 = (0.01 * DATA_RANGE) ** 2
C2 = (0.03 * DATA_RANGE) ** 2

_bell = np.exp(-0.5 * ((np.arange(WINDOW) - WINDOW // 2) / SIGMA) ** 2)
WEIGHTS = tuple((_bell / _bell.sum()).tolist())  # of the window, along either axis


def ssim(target, prediction):
    """The mean SSIM of every picture (section III, equations 13 and 17).

    Local statistics are taken under a Gaussian window wherever it lies wholly within
    the picture, channel by channel, as by scikit-image's `structural_similarity` with
    `gaussian_weights=True, sigma=1.5, use_sample_covariance=False`.

    Args:
        target: floats (B, H, W, 3) in [-1, 1], H and W at least 11.
        prediction: likewise.

    Returns:
        float32 (B,), at most 1, that of equal pictures. Higher is better.

    Raises:
        UserError: where the pictures are known to be smaller than the window (in a
            graph, when it is traced); a smaller window would make figures that
            compare with no others.
    """
    target, prediction = cast_pair(target, prediction)
    height, width = target.shape[1:3]
    if any(side is not None and side < WINDOW for side in (height, width)):
        raise UserError(
            f"SSIM takes pictures of at least {WINDOW}x{WINDOW} pixels, and these have "
            f"{height}x{width}: --image-size sets theirs"
        )

    mean_t, mean_p = _compute_local_mean(target), _compute_local_mean(prediction)
    covariance = _compute_local_mean(target * prediction) - mean_t * mean_p
    variances = _compute_local_mean(tf.square(target) + tf.square(prediction)) - (
        tf.square(mean_t) + tf.square(mean_p)
    )

    # Only the means' ratio depends on where black is, which the paper has at 0.
    mean_t, mean_p = mean_t + 1, mean_p + 1
    luminance = (2 * mean_t * mean_p + C1) / (
        tf.square(mean_t) + tf.square(mean_p) + C1
    )
    contrast_and_structure = (2 * covariance + C2) / (variances + C2)
    return tf.reduce_mean(luminance * contrast_and_structure, axis=(1, 2, 3))


def _compute_local_mean(images):
    """The window's weighted means (equation 14), (B, H - 10, W - 10, 3).

    Sums, where `tf.image.ssim` has a convolution: on a GPU that may round to TF32
    (tensorflow #56821), whose 11 bits are too few for a difference of squares.
    """
    height = tf.shape(images)[1] - WINDOW + 1
    images = sum(w * images[:, i : i + height] for i, w in enumerate(WEIGHTS))
    width = tf.shape(images)[2] - WINDOW + 1
    return sum(w * images[:, :, i : i + width] for i, w in enumerate(WEIGHTS))


class MeanOverImages(keras.metrics.Mean):
    """The mean of a function over all pictures since the last reset.

    Every picture counts alike, those of a smaller last batch too. The sums are
    float32 under any precision policy.

    Args:
        function: from (target, prediction), each floats (B, H, W, 3), to (B,), such
            as `psnr`.
        name: the metric's, under which it is logged.
    """

    def __init__(self, function, name):
        super().__init__(name=name, dtype="float32")
        self.function = function

    def update_state(self, target, prediction, sample_weight=None):
        """Adds a batch.

        Args:
            target: floats (B, H, W, 3) in [-1, 1].
            prediction: likewise.
            sample_weight: (B,), where pictures are not to count alike.
        """
        super().update_state(self.function(target, prediction), sample_weight)
