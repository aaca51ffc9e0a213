"""How far a file is from Keras, and how fast it is."""

import itertools

import numpy as np

from pyimagesearch.export import comparison
from pyimagesearch.export.comparison import measure_difference, measure_speed

IMAGES = np.zeros((2, 4, 4, 3), np.float32)


def test_the_largest_difference_of_all_batches_counts():
    expected = [IMAGES.copy(), IMAGES.copy(), IMAGES.copy()]
    expected[1][1, 3, 2, 0] = -0.25
    expected[2][0, 0, 0, 1] = 0.125
    assert measure_difference(lambda images: images, [IMAGES] * 3, expected) == 0.25


def test_no_number_is_no_agreement():
    expected = [IMAGES.copy(), IMAGES + 1]
    expected[0][0, 0, 0, 0] = np.nan
    assert np.isnan(measure_difference(lambda images: images, [IMAGES] * 2, expected))


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
