"""The bootstrap interval."""

import numpy as np
import pytest

from pyimagesearch.evaluation import scores
from pyimagesearch.evaluation.scores import bootstrap_interval


def mean(means):
    return means


def test_the_mean_of_many_is_within_two_standard_errors():
    values = np.random.default_rng(1).normal(5, 2, 400)
    error = values.std() / np.sqrt(400)
    low, high = bootstrap_interval(mean, values)
    assert low == pytest.approx(values.mean() - 1.96 * error, abs=0.1 * error)
    assert high == pytest.approx(values.mean() + 1.96 * error, abs=0.1 * error)


def test_two_pictures_are_drawn_in_all_ways():
    """Means 0, 1/2, 1 have the chances 1/4, 1/2, 1/4: the 95 % are all of them."""
    assert bootstrap_interval(mean, np.array([0.0, 1.0])) == (0, 1)


def test_one_picture_says_nothing_of_others():
    assert np.isnan(bootstrap_interval(mean, np.array([0.25]))).all()


def test_pictures_are_drawn_whole_and_the_score_is_of_their_sums():
    """A ratio of sums over two kinds of pictures, (1, 1) and (0, 3), is not a mean."""
    pictures = np.array([[1, 1]] * 50 + [[0, 3]] * 50)
    low, high = bootstrap_interval(lambda means: means[:, 0] / means[:, 1], pictures)
    assert low < 50 / 200 < high
    assert low == pytest.approx(0.40 / (0.40 + 3 * 0.60), abs=0.02)
    assert high == pytest.approx(0.60 / (0.60 + 3 * 0.40), abs=0.02)


def test_it_is_the_same_on_every_run_and_in_any_blocks(monkeypatch):
    values = np.random.default_rng(2).random((30, 2, 2))

    def statistic(means):
        return means[:, 0, 0] / means.sum((1, 2))

    once = bootstrap_interval(statistic, values)
    assert bootstrap_interval(statistic, values) == once
    assert bootstrap_interval(statistic, values, seed=1) != once
    monkeypatch.setattr(scores, "BLOCK", 30 * 7)  # draws of 7 at a time
    assert bootstrap_interval(statistic, values) == pytest.approx(once, rel=1e-12)


def test_draws_without_a_score_are_left_out():
    """The first picture, drawn twice, has no pixel that a share could be of."""
    pictures = np.array([[0, 0], [1, 2]])
    with np.errstate(invalid="ignore"):
        found = bootstrap_interval(lambda means: means[:, 0] / means[:, 1], pictures)
    assert found == (0.5, 0.5)
