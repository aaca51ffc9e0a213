"""SSIM: the structural similarity index (Wang et al. 2004)."""

import numpy as np
import tensorflow as tf

from pyimagesearch.errors import UserError
from pyimagesearch.results.metrics.pictures import DATA_RANGE, float32_pair

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
    target, prediction = float32_pair(target, prediction)
    height, width = target.shape[1:3]
    if any(side is not None and side < WINDOW for side in (height, width)):
        raise UserError(
            f"SSIM takes pictures of at least {WINDOW}x{WINDOW} pixels, and these have "
            f"{height}x{width}: --image-size sets theirs"
        )

    mean_t, mean_p = _local_mean(target), _local_mean(prediction)
    covariance = _local_mean(target * prediction) - mean_t * mean_p
    variances = _local_mean(tf.square(target) + tf.square(prediction)) - (
        tf.square(mean_t) + tf.square(mean_p)
    )

    # Only the means' ratio depends on where black is, which the paper has at 0.
    mean_t, mean_p = mean_t + 1, mean_p + 1
    luminance = (2 * mean_t * mean_p + C1) / (
        tf.square(mean_t) + tf.square(mean_p) + C1
    )
    contrast_and_structure = (2 * covariance + C2) / (variances + C2)
    return tf.reduce_mean(luminance * contrast_and_structure, axis=(1, 2, 3))


def _local_mean(images):
    """The window's weighted means (equation 14), (B, H - 10, W - 10, 3).

    Sums, where `tf.image.ssim` has a convolution: on a GPU that may round to TF32
    (tensorflow #56821), whose 11 bits are too few for a difference of squares.
    """
    height = tf.shape(images)[1] - WINDOW + 1
    images = sum(w * images[:, i : i + height] for i, w in enumerate(WEIGHTS))
    width = tf.shape(images)[2] - WINDOW + 1
    return sum(w * images[:, :, i : i + width] for i, w in enumerate(WEIGHTS))
