"""The images on which files are compared, calibrated and scored."""

import functools
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pyimagesearch import config
from pyimagesearch.cli import info
from pyimagesearch.data_preprocess import make_batches
from pyimagesearch.datasets.image_decoding import read_stored_image
from pyimagesearch.datasets.image_files import (
    FolderScan,
    describe_skipped,
    scan_folder,
)
from pyimagesearch.datasets.pairs import PairFiles, match_depth, resize_image
from pyimagesearch.datasets.side_formats import RGB, PairFormat
from pyimagesearch.datasets.sources import Source, open_source_from_settings
from pyimagesearch.datasets.splits import Pair
from pyimagesearch.datasets.stream import OrderedPass
from pyimagesearch.errors import UserError

COMPARED = 4  # images, at most
CALIBRATED = 100  # images, at most
SCORED = 100  # images, at most

# float32 (1, H, W, C) in [-1, 1] and its target (1, H, W, D), None without one
Example = tuple[np.ndarray, np.ndarray | None]


class ExportImages:
    """Reads the images of `--input` and `--calibrate`, or else those of the dataset.

    Args:
        settings: Namespace, as returned by `parse_export_settings`.
        formats: PairFormat, what the values of inputs and targets are.

    Raises:
        UserError: if there are no images to compare or to calibrate on. The methods
            raise it if an image cannot be read.
    """

    def __init__(self, settings: Namespace, formats: PairFormat = RGB):
        self._settings = settings
        self._formats = formats
        self._files = _list_files(settings.input, "--input") if settings.input else None
        if self._files is None:
            self._pairs = self._list_pairs("val", "--input compares on other images")
        if "int8" in (settings.quantize or []):
            self._calibration = self._choose_calibration()

    @functools.cached_property
    def _source(self) -> Source:
        return open_source_from_settings(self._settings)

    def _list_pairs(self, split: str, remedy: str) -> list[Pair]:
        try:
            return self._source.pairs.list_pairs(split)
        except UserError as error:
            raise UserError(f"{error}; {remedy}") from error

    @property
    def has_targets(self) -> bool:
        """Whether the images are inputs of pairs."""
        return self._files is None

    def read(self, height: int, width: int) -> np.ndarray:
        """Read the first images of `--input`, or else of the validation pairs.

        Args:
            height, width: int, pixels.

        Returns:
            float32 array (B, height, width, C) in [-1, 1].
        """
        examples = self.iterate_examples(height, width, COMPARED)
        return np.concatenate([image for image, _ in examples])

    def iterate_examples(
        self, height: int, width: int, count: int = SCORED
    ) -> Iterator[Example]:
        """Read the first images of `--input`, or else of the validation pairs.

        Args:
            height, width: int, pixels.
            count: int, how many at most.

        Yields:
            Example.
        """
        if self._files is None:
            yield from self._iterate_pairs(self._pairs[:count], height, width)
        else:
            for image in self._iterate_files(self._files[:count], height, width):
                yield image, None

    def _choose_calibration(self) -> list[Pair] | list[Path]:
        """Choose at most `CALIBRATED` with the seed of `config`, and say so."""
        if self._settings.calibrate:
            found = _list_files(self._settings.calibrate, "--calibrate")
            kind = "images of --calibrate"
        else:
            found = self._list_pairs("train", "--calibrate names other images")
            kind = "training inputs"
        if len(found) <= CALIBRATED:
            info(f"int8 is calibrated on all {len(found)} {kind}")
            return found
        info(
            f"int8 is calibrated on {CALIBRATED} of {len(found)} {kind}, chosen with "
            f"seed {config.SEED}"
        )
        rng = np.random.default_rng(config.SEED)
        chosen = rng.choice(len(found), CALIBRATED, replace=False)
        return [found[index] for index in sorted(chosen)]

    @property
    def calibration_count(self) -> int:
        """How many images int8 is calibrated on."""
        return len(self._calibration)

    def iterate_calibration(self, height: int, width: int) -> Iterator[np.ndarray]:
        """Read the images of `--calibrate`, or else inputs of the training pairs.

        Args:
            height, width: int, pixels.

        Yields:
            float32 array (1, height, width, C) in [-1, 1].
        """
        if self._settings.calibrate:
            yield from self._iterate_files(self._calibration, height, width)
        else:
            for image, _ in self._iterate_pairs(self._calibration, height, width):
                yield image

    def _iterate_pairs(
        self, pairs: list[Pair], height: int, width: int
    ) -> Iterator[Example]:
        return iterate_pairs(self._source, pairs, height, width, self._formats)

    def _iterate_files(
        self, files: list[Path], height: int, width: int
    ) -> Iterator[np.ndarray]:
        side_format = self._formats.input.match_depth("uint16")
        for file in files:
            stored = read_stored_image(file, max_pixels=self._settings.max_pixels)
            image = side_format.store(stored, file)
            resized = resize_image(image, height, width, labels=False)
            yield side_format.scale(resized[None])


def iterate_pairs(
    source: Source,
    pairs: list[Pair],
    height: int,
    width: int,
    formats: PairFormat = RGB,
) -> Iterator[Example]:
    """Read pairs of a source one by one.

    Args:
        source: Source.
        pairs: list of Pair, some of the source.
        height, width: int, pixels.
        formats: PairFormat, what the values of inputs and targets are.

    Yields:
        Example.
    """
    sides = match_depth(pairs, formats.order_sides(source.direction))
    files = PairFiles(pairs, height, width, source.label_side, sides)
    batches = make_batches(OrderedPass(files, 1), source.direction)
    yield from batches.as_numpy_iterator()


def _list_files(paths: list[str], flag: str) -> list[Path]:
    files = []
    for path in map(Path, paths):
        scan = scan_folder(path) if path.is_dir() else FolderScan([path], {})
        files += scan.images
        if scan.skipped:
            info(f"passed over in {path}: {describe_skipped(scan.skipped)}")
    if not files:
        raise UserError(f"{flag} {' '.join(paths)} contains no image")
    return files
