"""Segmentation metrics of label maps.

The scores follow Long et al. 2015, "Fully Convolutional Networks for Semantic
Segmentation", section 5. They are computed from a confusion matrix.
"""

import keras
import numpy as np
from keras import ops

from pyimagesearch.distribution import all_reduce_sum


def confusion_matrix(target, prediction, classes: int):
    """Count pixels by their class in the target and in the prediction.

    The matrix of a dataset is the sum of the matrices of its images.

    Args:
        target: int array (...), the classes, in [0, classes). A pixel with any higher
            value is unlabelled and is not counted.
        prediction: int array (...), in [0, classes).
        classes: int, the number of classes.

    Returns:
        float32 tensor (classes, classes) of integers, exact up to 2^24. Rows are the
        classes of the target and columns those of the prediction.
    """
    # The row of an unlabelled pixel is all zeros. Unlike a count by bins, a product of
    # matrices is deterministic on every device.
    rows, columns = (
        ops.one_hot(ops.reshape(labels, (-1,)), classes, dtype="float32")
        for labels in (target, prediction)
    )
    return ops.matmul(ops.transpose(rows), columns)


def pixel_accuracy(confusion):
    """Compute the fraction of pixels whose class is right ("pixel accuracy").

    Args:
        confusion: float array (..., classes, classes), see `confusion_matrix`.

    Returns:
        Float tensor (...) in [0, 1]; NaN if no pixel is labelled. Higher is better.
    """
    correct = ops.trace(confusion, axis1=-2, axis2=-1)
    return correct / ops.sum(confusion, axis=(-2, -1))


def class_accuracy(confusion):
    """Compute the mean of the class accuracies ("mean accuracy").

    Classes that the target does not have are left out.

    Args:
        confusion: float array (..., classes, classes), see `confusion_matrix`.

    Returns:
        Float tensor (...) in [0, 1]; NaN if no pixel is labelled. Higher is better.
    """
    return _average_over_classes(class_accuracies(confusion))


def class_accuracies(confusion):
    """Compute the fraction of each class's pixels in the target that are right.

    Args:
        confusion: float array (..., classes, classes), see `confusion_matrix`.

    Returns:
        Float tensor (..., classes) in [0, 1]; NaN for a class without target pixels.
    """
    correct = ops.diagonal(confusion, axis1=-2, axis2=-1)
    return correct / ops.sum(confusion, axis=-1)


def class_iou(confusion):
    """Compute the mean of the classes' intersections over unions ("mean IU").

    Classes that neither image has are left out. A class that only the prediction has
    counts as 0, as in the Cityscapes benchmark (Cordts et al. 2016, section 4.1).

    Args:
        confusion: float array (..., classes, classes), see `confusion_matrix`.

    Returns:
        Float tensor (...) in [0, 1]; NaN if no pixel is labelled. Higher is better.
    """
    return _average_over_classes(class_ious(confusion))


def class_ious(confusion):
    """Compute the intersection over union of each class.

    Args:
        confusion: float array (..., classes, classes), see `confusion_matrix`.

    Returns:
        Float tensor (..., classes) in [0, 1]; NaN for a class that neither the target
        nor the prediction has.
    """
    intersection = ops.diagonal(confusion, axis1=-2, axis2=-1)
    total = ops.sum(confusion, axis=-1) + ops.sum(confusion, axis=-2)
    return intersection / (total - intersection)


def _average_over_classes(values):
    """Return the mean along the last axis over the values that are not NaN."""
    is_absent = ops.isnan(values)
    total = ops.sum(ops.where(is_absent, ops.zeros_like(values), values), axis=-1)
    return total / ops.sum(ops.cast(~is_absent, values.dtype), axis=-1)


LABEL_SCORES = {
    "pixel_accuracy": pixel_accuracy,
    "class_accuracy": class_accuracy,
    "class_iou": class_iou,
}


def nearest_class(image, colours):
    """Find the colour nearest to every pixel, by the squared distance in RGB.

    Args:
        image: array (..., 3) of integers in [0, 255], of any dtype, RGB.
        colours: int array (classes, 3) in [0, 255], RGB.

    Returns:
        int32 tensor (...), the index into `colours`; the first of equally near ones.
    """
    # |c|^2 - 2 p.c consists of integers below 2^24, which are exact in float32.
    colours = np.asarray(colours, np.float32)
    products = ops.matmul(ops.cast(image, "float32"), -2 * colours.T)
    return ops.argmin(products + (colours**2).sum(-1), axis=-1)


def classify_targets(palette, images):
    """Find the class of every pixel of a target label map.

    Args:
        palette: datasets.palettes.Palette, the colours of the classes.
        images: array (..., 3) of integers in [0, 255], of any dtype, RGB.

    Returns:
        int32 tensor (...), the index of the nearest class; `len(palette.classes)` or
        more for an unlabelled pixel.
    """
    return nearest_class(images, [*palette.classes.values(), *palette.unlabelled])


def classify_predictions(palette, images):
    """Find the nearest class of every pixel of a predicted label map.

    Args:
        palette: datasets.palettes.Palette, the colours of the classes.
        images: array (..., 3) of integers in [0, 255], of any dtype, RGB.

    Returns:
        int32 tensor (...), the index of the nearest class.
    """
    return nearest_class(images, list(palette.classes.values()))


class LabelMapScores(keras.metrics.Metric):
    """Pixel accuracy, class accuracy and class IoU since the last reset.

    The counts are float32 under any precision policy, and those of all replicas.

    Args:
        palette: datasets.palettes.Palette, the colours of the classes. A predicted
            pixel belongs to the class with the nearest colour.
    """

    def __init__(self, palette):
        super().__init__(name="label_map_scores", dtype="float32")
        self.palette = palette
        classes = len(palette.classes)
        self.confusion = self.add_variable((classes, classes), "zeros")

    def update_state(self, target, prediction):
        """Add a batch of float tensors (B, H, W, 3) in [-1, 1]."""
        target, prediction = (
            ops.round((maps + 1) * 127.5) for maps in (target, prediction)
        )
        labels = classify_targets(self.palette, target)
        predicted = classify_predictions(self.palette, prediction)
        confusion = confusion_matrix(labels, predicted, len(self.palette.classes))
        self.confusion.assign_add(all_reduce_sum(confusion))

    def result(self):
        """Return a dict of float32 scalars; NaN if no pixel is labelled."""
        return {name: metric(self.confusion) for name, metric in LABEL_SCORES.items()}
