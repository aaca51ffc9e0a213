"""Segmentation metrics of label maps, compared with counts by hand."""

import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.datasets.palettes import Palette
from pyimagesearch.metrics.segmentation import (
    LabelMapScores,
    class_accuracies,
    class_accuracy,
    class_iou,
    class_ious,
    confusion_matrix,
    pixel_accuracy,
)

# Three classes. Only the prediction has class 2; two target pixels are unlabelled.
TARGET = np.array([[0, 0, 0, 0], [1, 1, 3, 4]])
PREDICTION = np.array([[0, 0, 1, 2], [1, 0, 0, 1]])
MATRIX = np.array([[2, 1, 1], [1, 1, 0], [0, 0, 0]])
EMPTY = np.zeros((3, 3), int)


def test_pixels_are_counted_by_target_and_prediction():
    counted = confusion_matrix(TARGET, PREDICTION, 3)
    assert counted.numpy().tolist() == MATRIX.tolist()
    assert counted.numpy().sum() == 6  # without the unlabelled ones


def test_pixel_accuracy_is_the_fraction_of_right_pixels():
    assert pixel_accuracy(MATRIX) == 3 / 6


def test_class_accuracy_is_the_mean_over_the_targets_classes():
    assert class_accuracies(MATRIX)[:2].numpy().tolist() == [2 / 4, 1 / 2]
    assert np.isnan(class_accuracies(MATRIX)[2])
    assert class_accuracy(MATRIX) == (2 / 4 + 1 / 2) / 2


def test_a_class_that_is_only_predicted_counts_as_0_in_the_iou():
    assert class_ious(MATRIX).numpy().tolist() == [2 / 5, 1 / 3, 0]
    assert float(class_iou(MATRIX)) == pytest.approx((2 / 5 + 1 / 3 + 0) / 3)


def test_a_class_that_neither_image_has_is_left_out():
    matrix = np.diag([3, 5, 0])
    assert np.isnan(class_ious(matrix)[2])
    assert pixel_accuracy(matrix) == class_accuracy(matrix) == class_iou(matrix) == 1


@pytest.mark.parametrize("metric", [pixel_accuracy, class_accuracy, class_iou])
def test_batches_of_matrices_and_nan_if_no_pixel_is_labelled(metric):
    scores = metric(np.array([MATRIX, EMPTY, np.diag([1, 2, 3])]))
    assert scores[0] == metric(MATRIX)
    assert np.isnan(scores[1])
    assert scores[2] == 1


def test_scores_of_an_epoch_are_those_of_all_its_pixels():
    """Counts MATRIX again, from inexact colours, in two batches and in a graph."""
    colours = np.array([[0, 0, 0], [200, 0, 0], [0, 200, 0], [0, 0, 200]], np.float32)
    palette = Palette(
        dict(zip("abc", colours[:3], strict=True)),
        (colours[3],),
    )
    scores = LabelMapScores(palette)
    update = tf.function(scores.update_state)
    for row in range(2):
        target = colours[np.minimum(TARGET[None, row : row + 1], 3)]
        prediction = colours[PREDICTION[None, row : row + 1]] + 9
        update(target / 127.5 - 1, prediction / 127.5 - 1)
    assert scores.confusion.numpy().tolist() == MATRIX.tolist()
    assert scores.result().keys() == {"pixel_accuracy", "class_accuracy", "class_iou"}
    for metric in (pixel_accuracy, class_accuracy, class_iou):
        value = float(scores.result()[metric.__name__])
        assert value == pytest.approx(float(metric(MATRIX)), rel=1e-6)

    scores.reset_state()
    assert np.isnan(scores.result()["class_iou"])
