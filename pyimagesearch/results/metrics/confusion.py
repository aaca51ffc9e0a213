"""The confusion matrix of two label maps."""

from keras import ops


def confusion(target, prediction, classes: int):
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
        float32 (classes, classes), whole numbers, exact up to 2^24: the target's class
        down, the prediction's across.
    """
    # An unlabelled pixel's row is all zeros. Counting by a product, unlike by bins, is
    # deterministic on every device.
    rows, columns = (
        ops.one_hot(ops.reshape(labels, (-1,)), classes, dtype="float32")
        for labels in (target, prediction)
    )
    return ops.matmul(ops.transpose(rows), columns)


def mean_over_classes(values):
    """The mean along the last axis over the classes that have a value, not NaN.

    Args:
        values: floats (..., classes).

    Returns:
        Floats (...); NaN where no class has one.
    """
    absent = ops.isnan(values)
    total = ops.sum(ops.where(absent, ops.zeros_like(values), values), axis=-1)
    return total / ops.sum(ops.cast(~absent, values.dtype), axis=-1)
