"""Segmentation metrics of label maps."""

import keras
import numpy as np
from keras import ops


def confusion_matrix(target, prediction, classes: int):
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


def average_over_classes(values):
    """The mean along the last axis over the classes that have a value, not NaN.

    Args:
        values: floats (..., classes).

    Returns:
        Floats (...); NaN where no class has one.
    """
    absent = ops.isnan(values)
    total = ops.sum(ops.where(absent, ops.zeros_like(values), values), axis=-1)
    return total / ops.sum(ops.cast(~absent, values.dtype), axis=-1)


def pixel_accuracy(confusion):
    """Right pixels over all (Long et al. 2015, section 5; Isola et al., table 2).

    Args:
        confusion: (..., classes, classes), of `confusion`.

    Returns:
        Floats (...) in [0, 1]; NaN where no pixel is labelled. Higher is better.
    """
    right = ops.trace(confusion, axis1=-2, axis2=-1)
    return right / ops.sum(confusion, axis=(-2, -1))


def class_accuracy(confusion):
    """The mean of `class_accuracies` over the classes that the target has.

    Long et al. 2015, section 5: "mean accuracy".

    Args:
        confusion: (..., classes, classes), of `confusion`.

    Returns:
        Floats (...) in [0, 1]; NaN where no pixel is labelled. Higher is better.
    """
    return average_over_classes(class_accuracies(confusion))


def class_accuracies(confusion):
    """The right ones of each class's pixels in the target.

    Args:
        confusion: (..., classes, classes), of `confusion`.

    Returns:
        Floats (..., classes) in [0, 1]; NaN for a class that the target has not.
    """
    right = ops.diagonal(confusion, axis1=-2, axis2=-1)
    return right / ops.sum(confusion, axis=-1)


def class_iou(confusion):
    """The mean of `class_ious` over the classes that either side has.

    Long et al. 2015, section 5: "mean IU". A class that is only predicted counts
    as 0, as in the Cityscapes benchmark (Cordts et al. 2016, section 4.1).

    Args:
        confusion: (..., classes, classes), of `confusion`.

    Returns:
        Floats (...) in [0, 1]; NaN where no pixel is labelled. Higher is better.
    """
    return average_over_classes(class_ious(confusion))


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


LABEL_SCORES = {
    "pixel_accuracy": pixel_accuracy,
    "class_accuracy": class_accuracy,
    "class_iou": class_iou,
}


def nearest_class(image, colours):
    """The palette entry nearest to every pixel, by squared distance in RGB.

    Args:
        image: whole numbers (..., 3) in [0, 255], of any dtype, RGB.
        colours: ints (classes, 3), likewise.

    Returns:
        int32 (...), the index into `colours`; the first of equals.
    """
    # |c|^2 - 2 p.c: whole numbers below 2^24, which float32 holds exactly.
    colours = np.asarray(colours, np.float32)
    products = ops.matmul(ops.cast(image, "float32"), -2 * colours.T)
    return ops.argmin(products + (colours**2).sum(-1), axis=-1)


def classify_targets(palette, images):
    """Find the class of every pixel of a target label map.

    Args:
        palette: a `Palette`.
        images: integers (..., 3) in [0, 255], of any dtype, RGB.

    Returns:
        int32 (...), the index of the nearest class; `len(palette.classes)` or more for
        an unlabelled pixel.
    """
    return nearest_class(images, [*palette.classes.values(), *palette.unlabelled])


def classify_predictions(palette, images):
    """Find the nearest class of every pixel of a predicted label map.

    Args:
        palette: a `Palette`.
        images: integers (..., 3) in [0, 255], of any dtype, RGB.

    Returns:
        int32 (...), the index of the nearest class.
    """
    return nearest_class(images, list(palette.classes.values()))


class LabelMapScores(keras.metrics.Metric):
    """Pixel accuracy, class accuracy and class IoU since the last reset.

    The counts are float32 under any precision policy.

    Args:
        palette: of the label maps; a predicted pixel is of the class whose colour is
            nearest.
    """

    def __init__(self, palette):
        super().__init__(name="label_map_scores", dtype="float32")
        self.palette = palette
        classes = len(palette.classes)
        self.confusion = self.add_variable((classes, classes), "zeros")

    def update_state(self, target, prediction):
        """Adds a batch.

        Args:
            target: floats (B, H, W, 3) in [-1, 1].
            prediction: likewise.
        """
        target, prediction = (
            ops.round((maps + 1) * 127.5) for maps in (target, prediction)
        )
        self.confusion.assign_add(
            confusion_matrix(
                classify_targets(self.palette, target),
                classify_predictions(self.palette, prediction),
                len(self.palette.classes),
            )
        )

    def result(self):
        """The scores by name, float32 scalars; NaN where no pixel is labelled."""
        return {name: metric(self.confusion) for name, metric in LABEL_SCORES.items()}
