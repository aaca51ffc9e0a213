"""Pixel accuracy: the share of the pixels that have the right class."""

from keras import ops


def pixel_accuracy(confusion):
    """Right pixels over all (Long et al. 2015, section 5; Isola et al., table 2).

    Args:
        confusion: (..., classes, classes), of `confusion`.

    Returns:
        Floats (...) in [0, 1]; NaN where no pixel is labelled. Higher is better.
    """
    right = ops.trace(confusion, axis1=-2, axis2=-1)
    return right / ops.sum(confusion, axis=(-2, -1))
