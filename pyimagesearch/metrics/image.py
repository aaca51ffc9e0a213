"""Image metrics: L1, PSNR and SSIM."""

import math

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.distribution import all_reduce_sum, count_replicas
from pyimagesearch.errors import UserError

DATA_RANGE = 2.0  # of images in [-1, 1]; that of 8-bit images is 255
EIGHT_BITS = 255  # levels

WINDOW = 11  # pixels, the side of SSIM's Gaussian window
SIGMA = 1.5  # pixels
C1 = (0.01 * DATA_RANGE) ** 2
C2 = (0.03 * DATA_RANGE) ** 2
_gaussian = np.exp(-0.5 * ((np.arange(WINDOW) - WINDOW // 2) / SIGMA) ** 2)
WEIGHTS = tuple((_gaussian / _gaussian.sum()).tolist())  # of the window, on each axis


def _cast_pair(target, prediction):
    """Cast both to float32, and raise a ValueError if their shapes differ."""
    target, prediction = tf.cast(target, tf.float32), tf.cast(prediction, tf.float32)
    target.shape.assert_is_compatible_with(prediction.shape)
    return target, prediction


def l1(target, prediction):
    """Compute the mean absolute error of every image.

    Isola et al. 2017, equation 3. Multiplied by 127.5, it is in 8-bit levels.

    Args:
        target, prediction: float tensors (B, H, W, C) in [-1, 1].

    Returns:
        float32 tensor (B,) in [0, 2]. Lower is better.

    Raises:
        ValueError: if the shapes differ.
    """
    target, prediction = _cast_pair(target, prediction)
    return tf.reduce_mean(tf.abs(target - prediction), axis=(1, 2, 3))


def compute_max_psnr(levels):
    """Compute the PSNR that rounding to levels allows.

    Rounding causes a mean squared error of 1/12 of a squared level (Bennett 1948,
    "Spectra of Quantized Signals"), so no target is known more exactly.

    Args:
        levels: float, the number of steps of the range, 255 for 8 bits.

    Returns:
        float, dB; 58.92 for 8 bits.
    """
    return 10 * math.log10(12 * levels**2)


def psnr(target, prediction, levels=EIGHT_BITS):
    """Compute the peak signal-to-noise ratio of every image, over all channels.

    It is 10 log10(range^2 / mean squared error), at most `compute_max_psnr(levels)`.
    Without this limit one image that equals its target would make the mean over a
    dataset infinite.

    Args:
        target, prediction: float tensors (B, H, W, C) in [-1, 1].
        levels: float, how many steps the range of the targets has, 255 for 8 bits.

    Returns:
        float32 tensor (B,), dB; NaN if the prediction contains NaN. Higher is better.

    Raises:
        ValueError: if the shapes differ.
    """
    target, prediction = _cast_pair(target, prediction)
    limit = compute_max_psnr(levels)
    return tf.minimum(tf.image.psnr(target, prediction, DATA_RANGE), limit)


def ssim(target, prediction):
    """Compute the mean structural similarity (SSIM) of every image.

    Wang et al. 2004, "Image Quality Assessment: From Error Visibility to Structural
    Similarity", section III, equations 13 and 17. The result is the mean over the
    channels and over all windows that lie within the image. It equals scikit-image's
    `structural_similarity` with `gaussian_weights=True, sigma=1.5,
    use_sample_covariance=False`.

    Args:
        target, prediction: float tensors (B, H, W, C) in [-1, 1], sides of 11 or more.

    Returns:
        float32 tensor (B,), at most 1, the value of equal images. Higher is better.

    Raises:
        UserError: if the images are smaller than the window. In a graph, this is only
            checked for sizes that are known when it is traced.
        ValueError: if the shapes differ.
    """
    target, prediction = _cast_pair(target, prediction)
    height, width = target.shape[1:3]
    if any(side is not None and side < WINDOW for side in (height, width)):
        raise UserError(
            f"SSIM needs images of at least {WINDOW}x{WINDOW} pixels, and these have "
            f"{height}x{width}: --image-size sets their size"
        )

    mean_t, mean_p = _compute_local_mean(target), _compute_local_mean(prediction)
    covariance = _compute_local_mean(target * prediction) - mean_t * mean_p
    variances = _compute_local_mean(tf.square(target) + tf.square(prediction)) - (
        tf.square(mean_t) + tf.square(mean_p)
    )

    # The luminance term assumes that black is 0; the others do not depend on it.
    mean_t, mean_p = mean_t + 1, mean_p + 1
    luminance = (2 * mean_t * mean_p + C1) / (
        tf.square(mean_t) + tf.square(mean_p) + C1
    )
    contrast_and_structure = (2 * covariance + C2) / (variances + C2)
    return tf.reduce_mean(luminance * contrast_and_structure, axis=(1, 2, 3))


def _compute_local_mean(images):
    """Return the window's weighted means (equation 14), (B, H - 10, W - 10, C).

    These are explicit sums, because a GPU may round the convolution in `tf.image.ssim`
    to TF32 (tensorflow #56821), which is too coarse for a difference of squares.
    """
    height = tf.shape(images)[1] - WINDOW + 1
    images = sum(w * images[:, i : i + height] for i, w in enumerate(WEIGHTS))
    width = tf.shape(images)[2] - WINDOW + 1
    return sum(w * images[:, :, i : i + width] for i, w in enumerate(WEIGHTS))


class MeanOverImages(keras.metrics.Mean):
    """The mean of a metric over all images since the last reset.

    Every image has the same weight, also in a smaller last batch. The sums are float32
    under any precision policy, and those of all replicas.

    Args:
        function: callable from (target, prediction), float tensors (B, H, W, C), to a
            float tensor (B,), such as `psnr`.
        name: str, the name under which Keras logs the mean.
    """

    def __init__(self, function, name):
        super().__init__(name=name, dtype="float32")
        self.function = function

    def update_state(self, target, prediction, sample_weight=None):
        """Add a batch of tensors (B, H, W, C), with a weight (B,) for each image."""
        values = self.function(target, prediction)
        if count_replicas() > 1:
            weights = tf.ones_like(values) if sample_weight is None else sample_weight
            sums = tf.stack([tf.reduce_sum(values * weights), tf.reduce_sum(weights)])
            total, sample_weight = tf.unstack(all_reduce_sum(sums))
            values = total / sample_weight
        super().update_state(values, sample_weight)
