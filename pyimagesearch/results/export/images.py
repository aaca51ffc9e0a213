"""Real images, on which an exported file is compared with the Keras model."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pyimagesearch.command_line import source_of
from pyimagesearch.data_preprocess import batches, scaled
from pyimagesearch.datasets.folders import list_pairs
from pyimagesearch.datasets.image_files import image_files, read_image
from pyimagesearch.datasets.pairs import PairFiles, resized, widened
from pyimagesearch.datasets.stream import OrderedPass
from pyimagesearch.errors import UserError
from pyimagesearch.results.export.network import Network

COUNT = 4  # images at most


def reader(settings: Namespace) -> Callable[[int, int], np.ndarray]:
    """Finds the first images of `--input`, or else of the validation pairs.

    Returns:
        A function from a height and a width in pixels to the images at that size,
        float32 (B, height, width, 3) in [-1, 1].

    Raises:
        UserError: where there are none; the function, where one cannot be read.
    """
    if settings.input:
        return _reader_of_files(settings.input)
    try:
        source = source_of(settings)
        pairs = list_pairs(source.folder, "val", settings.val_fraction)[:COUNT]
    except UserError as error:
        raise UserError(f"{error}; --input compares on other images") from error

    def read(height, width):
        files = PairFiles(pairs, height, width, source.label_side)
        images, _ = next(iter(batches(OrderedPass(files, COUNT), source.direction)))
        return images.numpy()

    return read


def _reader_of_files(paths: list[str]) -> Callable[[int, int], np.ndarray]:
    files = []
    for path in map(Path, paths):
        files += image_files(path) if path.is_dir() else [path]
    if not files:
        raise UserError(f"--input {' '.join(paths)} holds no image")
    originals = [widened(read_image(file)) for file in files[:COUNT]]

    def read(height, width):
        images = [resized(image, height, width, labels=False) for image in originals]
        return scaled(np.stack(images)).numpy()

    return read


def compared_batches(
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
