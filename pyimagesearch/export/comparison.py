"""Compare an exported file with the Keras model on real images, and time it."""

import statistics
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from pyimagesearch.export.export_images import Example
from pyimagesearch.export.network import Network

LEVELS = 127.5  # levels of 8 bits in a difference of 1 on [-1, 1]
WARM_UP = 3  # calls, in which a runtime plans its memory
CALLS = 10  # at least
SECONDS = 3.0  # at least

ImageFunction = Callable[[np.ndarray], np.ndarray]  # from (B, H, W, C) to (B, H, W, D)
ImageReader = Callable[[int, int], np.ndarray]  # from height and width to images


class Difference(NamedTuple):
    """The differences of outputs from those of Keras, in [-1, 1]: 0 or more, or NaN."""

    largest: float
    mean: float


class Scores(NamedTuple):
    """L1 distances on [-1, 1], averaged over examples.

    Attributes:
        examples: int, how many.
        from_keras: float, from the outputs of a file to those of Keras.
        to_targets: float, from the outputs of a file to the targets; None without
            targets.
        keras_to_targets: float, from the outputs of Keras to the targets, or None.
    """

    examples: int
    from_keras: float
    to_targets: float | None
    keras_to_targets: float | None


class Speed(NamedTuple):
    """Images per second: the median over several calls, and the quartiles."""

    median: float
    low: float
    high: float


def create_batches(read: ImageReader, network: Network) -> list[np.ndarray]:
    """Create the batches on which the files of a network are compared.

    Args:
        read: callable, as `ExportImages.read`.
        network: Network.

    Returns:
        list of float32 arrays (B, h, w, C) in [-1, 1]. For a network of a fixed size,
        the images one by one; otherwise all images together, at its `image_size` and at
        two sizes that are not square.
    """
    height, width = network.image_size
    images = read(height, width)
    if not network.is_open:
        return list(images[:, None])
    step = network.stride
    return [images, read(height + step, width), read(height, width + 2 * step)]


def measure_difference(
    function: ImageFunction, batches: list[np.ndarray], expected: list[np.ndarray]
) -> Difference:
    """Measure how much a function's outputs differ from those expected.

    Args:
        function: callable, from float32 (B, H, W, C) to float32 (B, H, W, D).
        batches: list of float32 arrays (B, H, W, C) in [-1, 1].
        expected: list of float32 arrays of the same shapes.

    Returns:
        Difference, of NaN if an output contains NaN.
    """
    pairs = zip(batches, expected, strict=True)
    differences = np.concatenate([np.abs(function(b) - e).ravel() for b, e in pairs])
    # NumPy's maximum keeps a NaN, Python's may lose it.
    return Difference(
        float(differences.max()), float(differences.mean(dtype=np.float64))
    )


def measure_scores(
    function: ImageFunction, keras_function: ImageFunction, examples: Iterable[Example]
) -> Scores:
    """Measure what a function's outputs lose against those of Keras.

    Args:
        function: callable, from float32 (1, H, W, C) to float32 (1, H, W, D).
        keras_function: callable, the same of Keras.
        examples: iterable of Example, with or without targets.

    Returns:
        Scores.
    """
    from_keras, to_targets, keras_to_targets = [], [], []
    for image, target in examples:
        output, expected = function(image), keras_function(image)
        from_keras.append(np.abs(output - expected).mean())
        if target is not None:
            to_targets.append(np.abs(output - target).mean())
            keras_to_targets.append(np.abs(expected - target).mean())
    means = [
        float(np.mean(values)) if values else None
        for values in (from_keras, to_targets, keras_to_targets)
    ]
    return Scores(len(from_keras), *means)


def measure_speed(function: ImageFunction, images: np.ndarray) -> Speed:
    """Call a function on float32 images (B, H, W, C) repeatedly, and time it."""
    for _ in range(WARM_UP):
        function(images)
    rates, began = [], time.perf_counter()
    while len(rates) < CALLS or time.perf_counter() - began < SECONDS:
        start = time.perf_counter()
        function(images)
        rates.append(len(images) / (time.perf_counter() - start))
    low, median, high = statistics.quantiles(rates, n=4)
    return Speed(median, low, high)
