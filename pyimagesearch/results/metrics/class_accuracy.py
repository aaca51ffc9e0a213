"""Class accuracy: the share of right pixels, every class counting alike."""

import numpy as np

from pyimagesearch.results.metrics.confusion import mean_over_classes


def class_accuracy(confusion) -> np.ndarray:
    """The mean of `class_accuracies` over the classes that the target has.

    Long et al. 2015, section 5: "mean accuracy".

    Args:
        confusion: (..., classes, classes), of `confusion`.

    Returns:
        float64 (...) in [0, 1]; NaN where no pixel is labelled. Higher is better.
    """
    return mean_over_classes(class_accuracies(confusion))


def class_accuracies(confusion) -> np.ndarray:
    """The right ones of each class's pixels in the target.

    Args:
        confusion: (..., classes, classes), of `confusion`.

    Returns:
        float64 (..., classes) in [0, 1]; NaN for a class that the target has not.
    """
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore"):
        return right / np.sum(confusion, axis=-1)
