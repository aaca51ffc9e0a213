"""Image metrics: L1, PSNR and SSIM."""

import math

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.errors import UserError

DATA_RANGE = 2.0  # of images in [-1, 1]

# Rounding to 8 bits alone is a mean squared error of 1/12 of a squared level (Bennett
# 1948, "Spectra of Quantized Signals"): no target is known more exactly.
MAX_PSNR = 10 * math.log10(12 * 255**2)  # 58.92 dB

WINDOW = 11  # pixels, the side of SSIM's window
SIGMA = 1.5  # pixels, of its Gaussian weights
C1 = (0.01 * DATA_RANGE) ** 2
C2 = (0.03 * DATA_RANGE) ** 2

_gaussian = np.exp(-0.5 * ((np.arange(WINDOW) - WINDOW // 2) / SIGMA) ** 2)
WEIGHTS = tuple((_gaussian / _gaussian.sum()).tolist())  # along either axis


def l1(target, prediction):
    """Compute the mean absolute error of each image (Isola et al. 2017, equation 3).

    Args:
        target: float tensor (B, H, W, 3) in [-1, 1].
        prediction: float tensor (B, H, W, 3) in [-1, 1].

    Returns:
        float32 tensor (B,) in [0, 2], in the unit of the images; multiply it by 127.5
        for 8-bit levels. Lower is better.

    Raises:
        ValueError: if the shapes differ.
    """
    target, prediction = _cast_pair(target, prediction)
    return tf.reduce_mean(tf.abs(target - prediction), axis=(1, 2, 3))


def psnr(target, prediction):
    """Compute the peak signal-to-noise ratio of each image, over all channels.

    10 log10(range^2 / mean squared error). The result is capped at `MAX_PSNR`, so that
    an image that equals its target leaves the mean over a dataset finite.

    Args:
        target: float tensor (B, H, W, 3) in [-1, 1].
        prediction: float tensor (B, H, W, 3) in [-1, 1].

    Returns:
        float32 tensor (B,), dB; NaN if the prediction contains NaN. Higher is better.

    Raises:
        ValueError: if the shapes differ.
    """
    target, prediction = _cast_pair(target, prediction)
    return tf.minimum(tf.image.psnr(target, prediction, DATA_RANGE), MAX_PSNR)


def ssim(target, prediction):
    """Compute the mean structural similarity of each image (Wang et al. 2004).

    Section III, equations 13 and 17, per channel, with a Gaussian window that lies
    entirely inside the image: scikit-image's `structural_similarity` with
    `gaussian_weights=True, sigma=1.5, use_sample_covariance=False`.

    Args:
        target: float tensor (B, H, W, 3) in [-1, 1], H and W at least 11.
        prediction: float tensor (B, H, W, 3) in [-1, 1].

    Returns:
        float32 tensor (B,), at most 1, for equal images. Higher is better.

    Raises:
        UserError: if the images are known to be smaller than the window (in a graph,
            when it is traced). Scores with a smaller window compare with no others.
        ValueError: if the shapes differ.
    """
    target, prediction = _cast_pair(target, prediction)
    height, width = target.shape[1:3]
    if any(side is not None and side < WINDOW for side in (height, width)):
        raise UserError(
            f"SSIM needs images of {WINDOW}x{WINDOW} pixels or more, and these have "
            f"{height}x{width}: increase --image-size"
        )

    mean_t, mean_p = _compute_local_mean(target), _compute_local_mean(prediction)
    covariance = _compute_local_mean(target * prediction) - mean_t * mean_p
    variances = _compute_local_mean(tf.square(target) + tf.square(prediction)) - (
        tf.square(mean_t) + tf.square(mean_p)
    )

    # The ratio of the means depends on the value of black, which is 0 in the paper.
    mean_t, mean_p = mean_t + 1, mean_p + 1
    luminance = (2 * mean_t * mean_p + C1) / (
        tf.square(mean_t) + tf.square(mean_p) + C1
    )
    contrast_and_structure = (2 * covariance + C2) / (variances + C2)
    return tf.reduce_mean(luminance * contrast_and_structure, axis=(1, 2, 3))


def _compute_local_mean(images):
    """The weighted means in the window (equation 14), (B, H - 10, W - 10, 3).

    `tf.image.ssim` uses a convolution, which a GPU may round to TF32 (tensorflow
    #56821): 11 bits are too few for a difference of squares.
    """
    height = tf.shape(images)[1] - WINDOW + 1
    images = sum(w * images[:, i : i + height] for i, w in enumerate(WEIGHTS))
    width = tf.shape(images)[2] - WINDOW + 1
    return sum(w * images[:, :, i : i + width] for i, w in enumerate(WEIGHTS))


def _cast_pair(target, prediction):
    """Cast to float32, and refuse shapes that would broadcast."""
    target, prediction = tf.cast(target, tf.float32), tf.cast(prediction, tf.float32)
    target.shape.assert_is_compatible_with(prediction.shape)
    return target, prediction


class MeanOverImages(keras.metrics.Mean):
    """The mean of an image metric over all images since the last reset.

    Every image counts the same, also in a smaller last batch. The sums are float32
    under any dtype policy.

    Args:
        function: callable from (target, prediction), float tensors (B, H, W, 3), to
            (B,), such as `psnr`.
        name: str, the name under which the metric is logged.
    """

    def __init__(self, function, name):
        super().__init__(name=name, dtype="float32")
        self.function = function

    def update_state(self, target, prediction, sample_weight=None):
        """Add a batch.

        Args:
            target: float tensor (B, H, W, 3) in [-1, 1].
            prediction: float tensor (B, H, W, 3) in [-1, 1].
            sample_weight: float tensor (B,), optional.
        """
        super().update_state(self.function(target, prediction), sample_weight)
