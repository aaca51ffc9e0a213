"""An exported file beside the Keras model: the same pictures, and how fast."""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

LEVELS = 127.5  # of 8 bits, in a difference of 1 on [-1, 1]
WARM_UP = 3  # calls, in which a runtime plans its memory
CALLS = 10  # at least
SECONDS = 3.0  # at least, in all

Function = Callable[[np.ndarray], np.ndarray]  # of images


def largest_difference(
    function: Function, batches: list[np.ndarray], expected: list[np.ndarray]
) -> float:
    """The largest difference of any value from what is expected.

    Args:
        function: what is compared.
        batches: what it is given, float32 (B, H, W, 3) in [-1, 1].
        expected: what it should make of each, likewise.

    Returns:
        A number from 0 on; NaN where there is one among the values.
    """
    pairs = zip(batches, expected, strict=True)
    # NumPy's maximum keeps a NaN, Python's may lose it.
    return float(np.max([np.abs(function(b) - e).max() for b, e in pairs]))


class Speed(NamedTuple):
    """Images per second: the median of several calls, and their quartiles."""

    median: float
    low: float
    high: float


def measured_speed(function: Function, images: np.ndarray) -> Speed:
    """Calls a function over and over on float32 (B, H, W, 3) images."""
    for _ in range(WARM_UP):
        function(images)
    rates, began = [], time.perf_counter()
    while len(rates) < CALLS or time.perf_counter() - began < SECONDS:
        start = time.perf_counter()
        function(images)
        rates.append(len(images) / (time.perf_counter() - start))
    low, median, high = statistics.quantiles(rates, n=4)
    return Speed(median, low, high)
