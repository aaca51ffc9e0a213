"""Compare an exported file with the Keras model on real images."""

import statistics
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pyimagesearch.data_preprocess import make_batches, scale_images
from pyimagesearch.datasets.folders import list_pairs
from pyimagesearch.datasets.image_files import list_image_files, read_image
from pyimagesearch.datasets.pairs import PairFiles, resize_image, to_uint16
from pyimagesearch.datasets.sources import open_source_from_settings
from pyimagesearch.datasets.stream import OrderedPass
from pyimagesearch.errors import UserError
from pyimagesearch.export.network import Network

COUNT = 4  # images at most


def create_image_reader(settings: Namespace) -> Callable[[int, int], np.ndarray]:
    """Finds the first images of `--input`, or else of the validation pairs.

    Returns:
        A function from a height and a width in pixels to the images at that size,
        float32 (B, height, width, 3) in [-1, 1].

    Raises:
        UserError: where there are none; the function, where one cannot be read.
    """
    if settings.input:
        return _create_file_reader(settings.input)
    try:
        source = open_source_from_settings(settings)
        pairs = list_pairs(source.folder, "val", settings.val_fraction)[:COUNT]
    except UserError as error:
        raise UserError(f"{error}; --input compares on other images") from error

    def read(height, width):
        files = PairFiles(pairs, height, width, source.label_side)
        images, _ = next(
            iter(make_batches(OrderedPass(files, COUNT), source.direction))
        )
        return images.numpy()

    return read


def _create_file_reader(paths: list[str]) -> Callable[[int, int], np.ndarray]:
    files = []
    for path in map(Path, paths):
        files += list_image_files(path) if path.is_dir() else [path]
    if not files:
        raise UserError(f"--input {' '.join(paths)} holds no image")
    originals = [to_uint16(read_image(file)) for file in files[:COUNT]]

    def read(height, width):
        images = [
            resize_image(image, height, width, labels=False) for image in originals
        ]
        return scale_images(np.stack(images)).numpy()

    return read


def create_batches(
    read: Callable[[int, int], np.ndarray], network: Network
) -> list[np.ndarray]:
    """The batches on which the files of a network are compared.

    Args:
        read: of `reader`.
        network: what the files hold.

    Returns:
        For a network of one size its images one by one; for one of any size all of
        them together, at `image_size`, and at two sizes that are no squares.
    """
    height, width = network.image_size
    images = read(height, width)
    if not network.is_open:
        return list(images[:, None])
    step = network.stride
    return [images, read(height + step, width), read(height, width + 2 * step)]


LEVELS = 127.5  # of 8 bits, in a difference of 1 on [-1, 1]
WARM_UP = 3  # calls, in which a runtime plans its memory
CALLS = 10  # at least
SECONDS = 3.0  # at least, in all

Function = Callable[[np.ndarray], np.ndarray]  # of images


def measure_difference(
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


def measure_speed(function: Function, images: np.ndarray) -> Speed:
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
