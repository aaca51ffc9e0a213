"""The bootstrap interval."""

import numpy as np
import pytest

from pyimagesearch.evaluation import scores
from pyimagesearch.evaluation.scores import bootstrap_interval


def mean(means):
    return means


def test_interval_of_a_mean_is_two_standard_errors():
    values = np.random.default_rng(1).normal(5, 2, 400)
    error = values.std() / np.sqrt(400)
    low, high = bootstrap_interval(mean, values)
    assert low == pytest.approx(values.mean() - 1.96 * error, abs=0.1 * error)
    assert high == pytest.approx(values.mean() + 1.96 * error, abs=0.1 * error)


def test_two_images_give_the_full_range():
    """The means 0, 1/2 and 1 have the probabilities 1/4, 1/2 and 1/4."""
    assert bootstrap_interval(mean, np.array([0.0, 1.0])) == (0, 1)


def test_one_image_gives_nan():
    assert np.isnan(bootstrap_interval(mean, np.array([0.25]))).all()


def test_interval_of_a_ratio_of_sums():
    """The ratio of the sums of (1, 1) and (0, 3) is not the mean of their ratios."""
    images = np.array([[1, 1]] * 50 + [[0, 3]] * 50)
    low, high = bootstrap_interval(lambda means: means[:, 0] / means[:, 1], images)
    assert low < 50 / 200 < high
    assert low == pytest.approx(0.40 / (0.40 + 3 * 0.60), abs=0.02)
    assert high == pytest.approx(0.60 / (0.60 + 3 * 0.40), abs=0.02)


def test_interval_does_not_depend_on_the_block_size(monkeypatch):
    values = np.random.default_rng(2).random((30, 2, 2))

    def statistic(means):
        return means[:, 0, 0] / means.sum((1, 2))

    once = bootstrap_interval(statistic, values)
    assert bootstrap_interval(statistic, values) == once
    assert bootstrap_interval(statistic, values, seed=1) != once
    monkeypatch.setattr(scores, "BLOCK", 30 * 7)  # 7 draws at a time
    assert bootstrap_interval(statistic, values) == pytest.approx(once, rel=1e-12)


def test_draws_without_a_score_are_ignored():
    """The first image, drawn twice, gives 0 / 0."""
    images = np.array([[0, 0], [1, 2]])
    with np.errstate(invalid="ignore"):
        found = bootstrap_interval(lambda means: means[:, 0] / means[:, 1], images)
    assert found == (0.5, 0.5)


def test_draws_without_any_score_give_nan():
    assert np.isnan(bootstrap_interval(lambda means: means * np.nan, np.ones(3))).all()
