"""Pixel accuracy: the share of the pixels that have the right class."""

import numpy as np


def pixel_accuracy(confusion) -> np.ndarray:
    """Right pixels over all (Long et al. 2015, section 5; Isola et al., table 2).

    Args:
        confusion: (..., classes, classes), of `confusion`.

    Returns:
        float64 (...) in [0, 1]; NaN where no pixel is labelled. Higher is better.
    """
    right = np.trace(confusion, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore"):
        return np.true_divide(right, np.sum(confusion, axis=(-2, -1)))
