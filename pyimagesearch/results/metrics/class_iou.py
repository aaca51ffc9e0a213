"""Class IoU: intersection over union, every class counting alike."""

from keras import ops

from pyimagesearch.results.metrics.confusion import mean_over_classes


def class_iou(confusion):
    """The mean of `class_ious` over the classes that either side has.

    Long et al. 2015, section 5: "mean IU". A class that is only predicted counts
    as 0, as in the Cityscapes benchmark (Cordts et al. 2016, section 4.1).

    Args:
        confusion: (..., classes, classes), of `confusion`.

    Returns:
        Floats (...) in [0, 1]; NaN where no pixel is labelled. Higher is better.
    """
    return mean_over_classes(class_ious(confusion))


def class_ious(confusion):
    """Each class's pixels in both, over those in either.

    Args:
        confusion: (..., classes, classes), of `confusion`.

    Returns:
        Floats (..., classes) in [0, 1]; NaN for a class that neither side has.
    """
    both = ops.diagonal(confusion, axis1=-2, axis2=-1)
    either = ops.sum(confusion, axis=-1) + ops.sum(confusion, axis=-2) - both
    return both / either
