"""The confusion matrix of two label maps."""

import numpy as np


def confusion(target, prediction, classes: int) -> np.ndarray:
    """Counts pixels by their class in the target and in the prediction.

    The matrix `n_ij` of Long et al. 2015, "Fully Convolutional Networks for Semantic
    Segmentation", section 5, from which `pixel_accuracy`, `class_accuracy` and
    `class_iou` are taken. That of a set is the sum of its pictures'.

    Args:
        target: ints (...): a class in [0, classes), or more where the pixel is
            unlabelled, which leaves it out.
        prediction: ints (...) in [0, classes).
        classes: how many there are.

    Returns:
        int64 (classes, classes): the target's class down, the prediction's across.
    """
    labelled = target < classes
    cells = target[labelled] * classes + prediction[labelled]
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def mean_over_classes(values: np.ndarray) -> np.ndarray:
    """The mean along the last axis over the classes that have a value, not NaN.

    Args:
        values: floats (..., classes).

    Returns:
        float64 (...); NaN where no class has one.
    """
    present = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.nansum(values, axis=-1) / present.sum(-1)
