"""The scores of label maps, on maps whose scores are counted by hand."""

import numpy as np
import pytest

from pyimagesearch.results.metrics import (
    class_accuracies,
    class_accuracy,
    class_iou,
    class_ious,
    confusion,
    pixel_accuracy,
)

# Three classes, of which 2 is predicted but not there; two pixels are unlabelled.
TARGET = np.array([[0, 0, 0, 0], [1, 1, 3, 4]])
PREDICTION = np.array([[0, 0, 1, 2], [1, 0, 0, 1]])
MATRIX = [[2, 1, 1], [1, 1, 0], [0, 0, 0]]
NOWHERE = np.zeros((3, 3), int)


def test_pixels_are_counted_by_target_and_prediction():
    counted = confusion(TARGET, PREDICTION, 3)
    assert counted.tolist() == MATRIX
    assert counted.sum() == 6  # the unlabelled ones are left out


def test_right_pixels_over_all():
    assert pixel_accuracy(MATRIX) == 3 / 6


def test_classes_of_the_target_count_alike():
    assert class_accuracies(MATRIX)[:2].tolist() == [2 / 4, 1 / 2]
    assert np.isnan(class_accuracies(MATRIX)[2])
    assert class_accuracy(MATRIX) == (2 / 4 + 1 / 2) / 2


def test_a_class_that_is_only_predicted_counts_in_the_iou():
    assert class_ious(MATRIX).tolist() == [2 / 5, 1 / 3, 0]
    assert class_iou(MATRIX) == pytest.approx((2 / 5 + 1 / 3 + 0) / 3)


def test_a_class_that_neither_side_has_does_not_count():
    matrix = np.diag([3, 5, 0])
    assert np.isnan(class_ious(matrix)[2])
    assert pixel_accuracy(matrix) == class_accuracy(matrix) == class_iou(matrix) == 1


@pytest.mark.parametrize("metric", [pixel_accuracy, class_accuracy, class_iou])
def test_many_matrices_at_once_and_none_where_nothing_is_labelled(metric):
    scores = metric(np.array([MATRIX, NOWHERE, np.diag([1, 2, 3])]))
    assert scores[0] == metric(MATRIX)
    assert np.isnan(scores[1])
    assert scores[2] == 1
