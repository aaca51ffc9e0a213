"""How sure a score is: its bootstrap interval over the pictures of the set."""

import math
from collections.abc import Callable

import numpy as np

RESAMPLES = 10_000
BLOCK = 4_000_000  # draws, or sums, at a time: 32 MB
PERCENTILES = (2.5, 97.5)


def interval(
    statistic: Callable[[np.ndarray], np.ndarray],
    pictures: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """The 95 % percentile interval of a statistic of means over pictures.

    Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3.

    Args:
        statistic: from means over resampled pictures, (n, ...), to the score, (n,).
        pictures: numbers (pictures, ...), what the means are taken of.
        resamples: how often as many pictures are drawn with replacement.
        seed: of the draws, which are the same on every run.

    Returns:
        (low, high); NaN for a single picture, which says nothing of others.
    """
    rng = np.random.default_rng(seed)
    number = len(pictures)
    if number == 1:
        return math.nan, math.nan
    rows = np.reshape(pictures, (number, -1)).astype(np.float64)
    block = max(1, BLOCK // max(rows.shape))
    scores = []
    for first in range(0, resamples, block):
        size = min(block, resamples - first)
        drawn = rng.integers(number, size=(size, number))
        cells = drawn + number * np.arange(size)[:, None]
        times = np.bincount(cells.ravel(), minlength=size * number)
        means = times.reshape(size, number) @ rows / number
        scores.append(statistic(means.reshape(size, *np.shape(pictures)[1:])))
    low, high = np.nanpercentile(np.concatenate(scores), PERCENTILES)
    return float(low), float(high)
