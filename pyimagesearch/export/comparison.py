"""Compare an exported file with the Keras model on real images, and time it."""

import statistics
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pyimagesearch.cli import info
from pyimagesearch.data_preprocess import make_batches
from pyimagesearch.datasets.image_decoding import read_stored_image
from pyimagesearch.datasets.image_files import (
    FolderScan,
    describe_skipped,
    scan_folder,
)
from pyimagesearch.datasets.pairs import PairFiles, match_depth, resize_image
from pyimagesearch.datasets.side_formats import RGB, PairFormat, SideFormat
from pyimagesearch.datasets.sources import open_source_from_settings
from pyimagesearch.datasets.stream import OrderedPass
from pyimagesearch.errors import UserError
from pyimagesearch.export.network import Network

IMAGES = 4  # at most
LEVELS = 127.5  # levels of 8 bits in a difference of 1 on [-1, 1]
WARM_UP = 3  # calls, in which a runtime plans its memory
CALLS = 10  # at least
SECONDS = 3.0  # at least

ImageFunction = Callable[[np.ndarray], np.ndarray]  # from (B, H, W, C) to (B, H, W, D)
ImageReader = Callable[[int, int], np.ndarray]  # from height and width to images


class Speed(NamedTuple):
    """Images per second: the median over several calls, and the quartiles."""

    median: float
    low: float
    high: float


def create_image_reader(settings: Namespace, formats: PairFormat = RGB) -> ImageReader:
    """Find the first images of `--input`, or else of the validation pairs.

    Args:
        settings: Namespace, as returned by `parse_export_settings`.
        formats: PairFormat, what the values of the inputs are.

    Returns:
        callable, from a height and a width in pixels to images of that size, float32
        (B, height, width, C) in [-1, 1].

    Raises:
        UserError: if there are no images; the callable raises it if one cannot be read.
    """
    if settings.input:
        return _create_file_reader(settings.input, formats.input, settings.max_pixels)
    try:
        source = open_source_from_settings(settings)
        pairs = source.pairs.list_pairs("val")[:IMAGES]
    except UserError as error:
        raise UserError(f"{error}; --input compares on other images") from error

    def read(height, width):
        sides = match_depth(pairs, formats.order_sides(source.direction))
        files = PairFiles(pairs, height, width, source.label_side, sides)
        pass_ = OrderedPass(files, IMAGES)
        images, _ = next(iter(make_batches(pass_, source.direction)))
        return images.numpy()

    return read


def _create_file_reader(
    paths: list[str], side_format: SideFormat, max_pixels: int
) -> ImageReader:
    files = []
    for path in map(Path, paths):
        scan = scan_folder(path) if path.is_dir() else FolderScan([path], {})
        files += scan.images
        if scan.skipped:
            info(f"passed over in {path}: {describe_skipped(scan.skipped)}")
    if not files:
        raise UserError(f"--input {' '.join(paths)} contains no image")
    side_format = side_format.match_depth("uint16")
    originals = [
        side_format.store(read_stored_image(file, max_pixels=max_pixels), file)
        for file in files[:IMAGES]
    ]

    def read(height, width):
        images = [
            resize_image(image, height, width, labels=False) for image in originals
        ]
        return side_format.scale(np.stack(images))

    return read


def create_batches(read: ImageReader, network: Network) -> list[np.ndarray]:
    """Create the batches on which the files of a network are compared.

    Args:
        read: callable, as returned by `create_image_reader`.
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
) -> float:
    """Measure the largest difference between a function's outputs and those expected.

    Args:
        function: callable, from float32 (B, H, W, C) to float32 (B, H, W, D).
        batches: list of float32 arrays (B, H, W, C) in [-1, 1].
        expected: list of float32 arrays of the same shapes.

    Returns:
        float, 0 or more; NaN if an output contains NaN.
    """
    pairs = zip(batches, expected, strict=True)
    # NumPy's maximum keeps a NaN, Python's may lose it.
    return float(np.max([np.abs(function(b) - e).max() for b, e in pairs]))


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
