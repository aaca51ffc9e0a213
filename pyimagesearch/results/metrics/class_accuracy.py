"""Class accuracy: the share of right pixels, every class counting alike."""

from keras import ops

from pyimagesearch.results.metrics.confusion import mean_over_classes


def class_accuracy(confusion):
    """The mean of `class_accuracies` over the classes that the target has.

    Long et al. 2015, section 5: "mean accuracy".

    Args:
        confusion: (..., classes, classes), of `confusion`.

    Returns:
        Floats (...) in [0, 1]; NaN where no pixel is labelled. Higher is better.
    """
    return mean_over_classes(class_accuracies(confusion))


def class_accuracies(confusion):
    """The right ones of each class's pixels in the target.

    Args:
        confusion: (..., classes, classes), of `confusion`.

    Returns:
        Floats (..., classes) in [0, 1]; NaN for a class that the target has not.
    """
    right = ops.diagonal(confusion, axis1=-2, axis2=-1)
    return right / ops.sum(confusion, axis=-1)
