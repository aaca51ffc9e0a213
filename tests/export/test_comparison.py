"""How far a file is from Keras, and how fast it is."""

import itertools

import numpy as np

from pyimagesearch.export import comparison
from pyimagesearch.export.comparison import (
    measure_difference,
    measure_scores,
    measure_speed,
)

IMAGES = np.zeros((2, 4, 4, 3), np.float32)


def test_the_largest_difference_of_all_batches_counts():
    expected = [IMAGES.copy(), IMAGES.copy(), IMAGES.copy()]
    expected[1][1, 3, 2, 0] = -0.25
    expected[2][0, 0, 0, 1] = 0.125
    difference = measure_difference(lambda images: images, [IMAGES] * 3, expected)
    assert difference == (0.25, 0.375 / (3 * IMAGES.size))


def test_no_number_is_no_agreement():
    expected = [IMAGES.copy(), IMAGES + 1]
    expected[0][0, 0, 0, 0] = np.nan
    difference = measure_difference(lambda images: images, [IMAGES] * 2, expected)
    assert np.isnan(difference).all()


def test_scores_are_means_over_all_examples():
    images = [np.full((1, 4, 4, 3), x, np.float32) for x in (0.0, 0.5)]
    examples = [(images[0], images[0] + 0.25), (images[1], images[1] - 1)]
    scores = measure_scores(lambda x: x + 0.125, lambda x: x - 0.5 * x, examples)
    assert scores == (2, (0.125 + 0.375) / 2, (0.125 + 1.125) / 2, (0.25 + 0.75) / 2)
    scores = measure_scores(abs, np.negative, [(images[1], None)])
    assert scores == (1, 1.0, None, None)


def test_images_are_counted_and_the_warm_up_is_not(monkeypatch):
    monkeypatch.setattr(comparison, "SECONDS", 0.0)
    now, calls = 0.0, itertools.count()

    def function(images):
        nonlocal now
        now += 100.0 if next(calls) < comparison.WARM_UP else 0.5

    monkeypatch.setattr(comparison.time, "perf_counter", lambda: now)
    speed = measure_speed(function, IMAGES)
    assert speed == (4, 4, 4)
    assert next(calls) == comparison.WARM_UP + comparison.CALLS
