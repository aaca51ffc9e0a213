"""Segmentation metrics of label maps."""

import keras
import numpy as np
from keras import ops


def confusion_matrix(target, prediction, classes: int):
    """Count pixels by their class in the target and in the prediction.

    The matrix n_ij of Long et al. 2015, "Fully Convolutional Networks for Semantic
    Segmentation", section 5. The matrix of a dataset is the sum of those of its images.

    Args:
        target: integer tensor (...), classes in [0, classes); higher values mark
            unlabelled pixels, which are not counted.
        prediction: integer tensor (...), classes in [0, classes).
        classes: int, the number of classes.

    Returns:
        float32 tensor (classes, classes) of integers, exact up to 2^24: target classes
        along the rows, predicted classes along the columns.
    """
    # The one-hot row of an unlabelled pixel is all zeros. A matrix product, unlike a
    # histogram, is deterministic on every device.
    rows, columns = (
        ops.one_hot(ops.reshape(labels, (-1,)), classes, dtype="float32")
        for labels in (target, prediction)
    )
    return ops.matmul(ops.transpose(rows), columns)


def pixel_accuracy(confusion):
    """Compute the fraction of labelled pixels with the right class.

    Long et al. 2015, section 5; Isola et al. 2017, table 2.

    Args:
        confusion: tensor (..., classes, classes), as returned by `confusion_matrix`.

    Returns:
        Float tensor (...) in [0, 1]; NaN if no pixel is labelled. Higher is better.
    """
    correct = ops.trace(confusion, axis1=-2, axis2=-1)
    return correct / ops.sum(confusion, axis=(-2, -1))


def class_accuracy(confusion):
    """Compute the mean of `class_accuracies` over the classes in the target.

    Long et al. 2015, section 5: "mean accuracy".

    Args:
        confusion: tensor (..., classes, classes), as returned by `confusion_matrix`.

    Returns:
        Float tensor (...) in [0, 1]; NaN if no pixel is labelled. Higher is better.
    """
    return _average_over_classes(class_accuracies(confusion))


def class_accuracies(confusion):
    """Compute the fraction of each class's pixels that are predicted right.

    Args:
        confusion: tensor (..., classes, classes), as returned by `confusion_matrix`.

    Returns:
        Float tensor (..., classes) in [0, 1]; NaN for a class without pixels.
    """
    correct = ops.diagonal(confusion, axis1=-2, axis2=-1)
    return correct / ops.sum(confusion, axis=-1)


def class_iou(confusion):
    """Compute the mean of `class_ious` over the classes in target or prediction.

    Long et al. 2015, section 5: "mean IU". A class that is only predicted counts as 0,
    as in the Cityscapes benchmark (Cordts et al. 2016, section 4.1).

    Args:
        confusion: tensor (..., classes, classes), as returned by `confusion_matrix`.

    Returns:
        Float tensor (...) in [0, 1]; NaN if no pixel is labelled. Higher is better.
    """
    return _average_over_classes(class_ious(confusion))


def class_ious(confusion):
    """Compute the intersection over union of each class's pixels.

    Args:
        confusion: tensor (..., classes, classes), as returned by `confusion_matrix`.

    Returns:
        Float tensor (..., classes) in [0, 1]; NaN for a class that is in neither.
    """
    both = ops.diagonal(confusion, axis1=-2, axis2=-1)
    either = ops.sum(confusion, axis=-1) + ops.sum(confusion, axis=-2) - both
    return both / either


def _average_over_classes(values):
    """The mean along the last axis over the classes whose value is not NaN."""
    absent = ops.isnan(values)
    total = ops.sum(ops.where(absent, ops.zeros_like(values), values), axis=-1)
    return total / ops.sum(ops.cast(~absent, values.dtype), axis=-1)


LABEL_SCORES = {
    "pixel_accuracy": pixel_accuracy,
    "class_accuracy": class_accuracy,
    "class_iou": class_iou,
}


def nearest_class(image, colours):
    """Find the palette colour that is nearest to each pixel, by squared RGB distance.

    Args:
        image: tensor (..., 3) of integers in [0, 255], of any dtype, RGB.
        colours: integers (classes, 3) in [0, 255], RGB.

    Returns:
        int32 tensor (...), the index into `colours`; the first one of equal distances.
    """
    # |c|^2 - 2 p.c consists of integers below 2^24, which are exact in float32.
    colours = np.asarray(colours, np.float32)
    products = ops.matmul(ops.cast(image, "float32"), -2 * colours.T)
    return ops.argmin(products + (colours**2).sum(-1), axis=-1)


def classify_targets(palette, images):
    """Find the class of each pixel of target label maps.

    Args:
        palette: Palette.
        images: tensor (..., 3) of integers in [0, 255], of any dtype, RGB.

    Returns:
        int32 tensor (...), the index of the nearest class; `len(palette.classes)` or
        more for an unlabelled pixel.
    """
    return nearest_class(images, [*palette.classes.values(), *palette.unlabelled])


def classify_predictions(palette, images):
    """Find the nearest class of each pixel of predicted label maps.

    Args:
        palette: Palette.
        images: tensor (..., 3) of integers in [0, 255], of any dtype, RGB.

    Returns:
        int32 tensor (...), the index of the nearest class.
    """
    return nearest_class(images, list(palette.classes.values()))


class LabelMapScores(keras.metrics.Metric):
    """Pixel accuracy, class accuracy and class IoU of all pixels since the last reset.

    The counts are float32 under any dtype policy.

    Args:
        palette: Palette of the label maps. A predicted pixel has the class of the
            nearest colour.
    """

    def __init__(self, palette):
        super().__init__(name="label_map_scores", dtype="float32")
        self.palette = palette
        classes = len(palette.classes)
        self.confusion = self.add_variable((classes, classes), "zeros")

    def update_state(self, target, prediction):
        """Add a batch.

        Args:
            target: float tensor (B, H, W, 3) in [-1, 1].
            prediction: float tensor (B, H, W, 3) in [-1, 1].
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
        """Return a dict of the scores, float32 scalars; NaN if no pixel is labelled."""
        return {name: metric(self.confusion) for name, metric in LABEL_SCORES.items()}
