"""Examine the images of a dataset: their sizes, channels, dtypes and values."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pyimagesearch.cli import count
from pyimagesearch.datasets.image_decoding import StoredImage, read_header
from pyimagesearch.datasets.image_headers import ImageHeader
from pyimagesearch.datasets.pair_notes import PairNotes
from pyimagesearch.datasets.pairs import read_stored_pair
from pyimagesearch.datasets.palettes import VOID
from pyimagesearch.datasets.side_formats import format_range
from pyimagesearch.datasets.splits import Pair

EXAMINED = 100  # pairs, at most
EXAMINED_BYTES = 64_000_000  # of all examined files; fewer large pairs are examined
FEWEST_EXAMINED = 10  # pairs, however large they are
FEW_CLASSES = 64  # class indices below this may have gaps
MANY_CLASSES = 200  # of the largest datasets; the grey levels of a photo exceed it


@dataclass
class SideSurvey:
    """What is known about the images of one side, or of one of its stacked files.

    Attributes:
        channels: dict, the first file for each tuple (channels without alpha, whether
            there is alpha).
        dtypes: dict, the first file for each dtype.
        sizes: set of (height, width) in pixels, of the examined images.
        low, high: float, the lowest and the highest value of the examined images.
        indices: set of int, the values of the examined images while they may be class
            indices; None if they cannot be.
    """

    channels: dict[tuple[int, bool], Path] = field(default_factory=dict)
    dtypes: dict[str, Path] = field(default_factory=dict)
    sizes: set[tuple[int, int]] = field(default_factory=set)
    low: float = np.inf
    high: float = -np.inf
    indices: set[int] | None = field(default_factory=set)

    def add_header(self, header: ImageHeader | None, path: Path) -> None:
        """Add what the header of a file says; it has none if it was not opened."""
        if header:
            self.dtypes.setdefault(header.dtype, path)
            self.channels.setdefault((header.channels, header.has_alpha), path)

    def add_image(self, image: StoredImage, path: Path) -> None:
        """Add an examined image."""
        pixels = image.pixels
        self.channels.setdefault((image.channels, image.has_alpha), path)
        self.dtypes.setdefault(pixels.dtype.name, path)
        self.sizes.add(pixels.shape[:2])
        self.low = min(self.low, float(pixels.min()))
        self.high = max(self.high, float(pixels.max()))
        if self.indices is not None:
            is_grey = image.channels == 1
            self.indices = self.indices | list_values(image) if is_grey else None

    @property
    def is_grey(self) -> bool:
        """Whether all images have one channel."""
        return {channels for channels, _ in self.channels} == {1}

    def has_class_indices(self) -> bool:
        """Return whether the values look like class indices.

        They do if there are at least two below `VOID`, and either all of them are
        small or at least a quarter of the possible ones occurs. The values of a grey
        photo occur too, but they are larger.
        """
        classes = (self.indices or set()) - {VOID}
        if len(classes) < 2 or min(classes) < 0 or max(classes) >= MANY_CLASSES:
            return False
        return max(classes) < FEW_CLASSES or len(classes) > max(classes) / 4

    def describe(self) -> str:
        """Describe the sizes, channels, dtypes and values in a few words."""
        sizes = sorted(self.sizes, key=lambda size: (size[0] * size[1], size))
        shown = dict.fromkeys("x".join(map(str, s)) for s in (sizes[0], sizes[-1]))
        numbers = sorted(
            f"{count(number, 'channel')}{' and alpha' * has_alpha}"
            for number, has_alpha in self.channels
        )
        return (
            f"{' to '.join(shown)} px, {' or '.join(numbers)}, "
            f"{' or '.join(sorted(self.dtypes))}, values "
            f"{format_range((self.low, self.high))}"
        )


class Survey(NamedTuple):
    """What is known about the images of a dataset.

    Attributes:
        files: tuple of two lists of SideSurvey, of the inputs and the targets: one for
            each file that a side of a pair has.
        examined: int, how many pairs were read.
        notes: PairNotes, what happened while they were read.
    """

    files: tuple[list[SideSurvey], list[SideSurvey]]
    examined: int
    notes: PairNotes

    @property
    def sides(self) -> tuple[SideSurvey, SideSurvey]:
        """The first, and usually only, files of the inputs and the targets."""
        return self.files[0][0], self.files[1][0]


def survey_pairs(pairs: list[Pair], direction: str) -> Survey:
    """Read some of the pairs, and the headers of the others that can have 16 bits.

    No file is opened twice, but those of pairs whose aspect ratios differ: their EXIF
    orientations may be wrong.

    Args:
        pairs: list of Pair, not empty.
        direction: "AtoB" or "BtoA".

    Raises:
        UserError: if a file cannot be read.
    """
    order = (0, 1) if direction == "AtoB" else (1, 0)
    notes = PairNotes()
    files = tuple(
        [SideSurvey() for _ in pairs[0].get_files(number)] for number in order
    )
    chosen = _choose_examined(pairs)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for pair, stored in zip(
            chosen,
            pool.map(lambda pair: read_stored_pair(pair, notes), chosen),
            strict=True,
        ):
            for side, number in zip(files, order, strict=True):
                paths = pair.get_files(number)
                for file, image, path in zip(side, stored[number], paths, strict=True):
                    file.add_image(image, path)
    examined = set(chosen)
    for pair in pairs:
        if pair not in examined:
            paths = [pair.get_files(number) for number in order]
            headers = {path: read_header(path) for path in set(sum(paths, ()))}
            for side, some in zip(files, paths, strict=True):
                for file, path in zip(side, some, strict=True):
                    file.add_header(headers[path], path)
    return Survey(files, len(chosen), notes)


def _choose_examined(pairs: list[Pair]) -> list[Pair]:
    """Choose evenly spread pairs."""
    places = np.linspace(0, len(pairs) - 1, min(EXAMINED, len(pairs))).astype(int)
    chosen = [pairs[place] for place in places]
    sizes = [
        sum(_get_bytes(path) for side in (0, 1) for path in pair.get_files(side))
        for pair in chosen
    ]
    if sum(sizes) <= EXAMINED_BYTES:
        return chosen
    number = int(len(chosen) * EXAMINED_BYTES / sum(sizes))
    places = np.linspace(0, len(chosen) - 1, max(number, FEWEST_EXAMINED)).astype(int)
    return list(dict.fromkeys(chosen[place] for place in places))


def _get_bytes(path: Path) -> int:
    """Return the size of a file; 0 for one that is gone, which its reader reports."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def list_values(image: StoredImage) -> set[int]:
    """List the values of a grey image, or only -1 for those of no class."""
    grey = image.pixels[..., 0]  # without alpha
    if grey.dtype.kind not in "ui" or grey.min() < 0 or grey.max() > 65535:
        return {-1}
    return set(np.flatnonzero(np.bincount(grey.ravel().astype(np.uint16))).tolist())
