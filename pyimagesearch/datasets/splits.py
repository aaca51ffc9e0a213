"""Pairs, and how they are shared among training, validation and test."""

import abc
import functools
import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from pyimagesearch import config
from pyimagesearch.cli import warning
from pyimagesearch.errors import UserError

# How a folder or a manifest may spell a split, in lower case.
SPLIT_NAMES = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
}


class Pair(NamedTuple):
    """The files of one pair."""

    name: str  # the path below the folder of the split, without the extension
    left: Path  # the side-by-side image, or the image of side A
    right: Path | None = None  # the image of side B; None for a side-by-side image
    stacked: tuple[Path, ...] = ()  # whose channels are appended to those of `left`
    max_pixels: int = config.MAX_PIXELS  # of each file, before it is decoded

    def get_files(self, side: int) -> tuple[Path, ...]:
        """Return the files of side A (0) or B (1)."""
        if side == 0 or self.right is None:
            return (self.left, *self.stacked)
        return (self.right,)


class PairList(abc.ABC):
    """The pairs of a custom dataset.

    Args:
        path: Path, the folder or the manifest.
        val_fraction: float in (0, 1), the share of the training pairs to validate on
            if there are neither validation nor test pairs.

    Attributes:
        path: Path, the folder or the manifest.
        layout: str, how the files are arranged, such as "train/A and train/B".
        direction: "AtoB" or "BtoA", what is generated unless the user says otherwise.
        label_side: "A" or "B" if that side is named as label maps, else None.
        unused: list of str, the folders with images that belong to no split, with
            the number of their images.
        skipped: dict, the number of files that are no images, by extension.
        splits: set of str, those of "train", "val" and "test" that are there.
        max_pixels: int, of one image file. You may set it: the pairs carry it to
            their readers.
    """

    layout: str
    direction: str
    label_side: str | None
    unused: list[str]
    skipped: dict[str, int]
    splits: set[str]
    max_pixels: int = config.MAX_PIXELS
    SPLIT_PLACE: str  # what a message calls the place of a split

    def __init__(self, path: Path, val_fraction: float = config.VAL_FRACTION):
        self.path = path
        self.val_fraction = val_fraction
        self._halves: dict[str, list[Pair]] | None = None  # if pairs are held out

    @property
    def held_out(self) -> str:
        """Where validation pairs come from: "val", "test", or "hash", out of train."""
        return next((name for name in ("val", "test") if name in self.splits), "hash")

    def list_pairs(self, split: str) -> list[Pair]:
        """List the pairs of one split.

        Without `val`, the split "val" is `test`. Without both, it is a share of
        `train`, which is then left out of the split "train". The share is chosen by a
        hash of each name, so it does not change for the present pairs if you add
        others.

        Args:
            split: "train", "val" or "test".

        Returns:
            list of Pair, not empty.

        Raises:
            UserError: if the split has no pairs, or a pair is not complete.
        """
        pairs = self._choose_pairs(split)
        return [pair._replace(max_pixels=self.max_pixels) for pair in pairs]

    def _choose_pairs(self, split: str) -> list[Pair]:
        if split == "test" and "test" not in self.splits:
            raise UserError(
                f"{self.path} has no {self.SPLIT_PLACE.format('test')}: use --split "
                "val for its validation pairs"
            )
        if split == "test" or self.held_out == "val":
            return self._list_split(split)
        if self.held_out == "hash":
            if self._halves is None:
                self._halves = hold_out(self._list_split("train"), self.val_fraction)
            return self._halves[split]
        if split == "val":
            place = self.SPLIT_PLACE
            warn_once(
                f"{self.path} has no {place.format('val')}: its test pairs are used "
                "for validation; keep test pairs for the final evaluation, and make "
                f"a {place.format('val')}"
            )
            return self._list_split("test")
        return self._list_split("train")

    @abc.abstractmethod
    def _list_split(self, split: str) -> list[Pair]:
        """List the pairs that are in a split's own place."""


@functools.cache  # a training opens the same pairs several times
def warn_once(message: str) -> None:
    """Print a warning unless this process has printed it before."""
    warning(message)


def hold_out(pairs: list[Pair], val_fraction: float) -> dict[str, list[Pair]]:
    """Split pairs into those to train on and those to validate on.

    Args:
        pairs: list of Pair, not empty.
        val_fraction: float in (0, 1), the share to validate on.

    Returns:
        dict with "train" and "val", two lists of Pair that are not empty.

    Raises:
        UserError: if there is only one pair.
    """
    if len(pairs) < 2:
        raise UserError(
            f"{pairs[0].left} is the only image: at least two are required, one to "
            "train on and one to validate on"
        )
    ranks = [_hash_name(pair.name) for pair in pairs]
    first, *_, last = sorted(ranks)  # neither split may be empty
    threshold = min(max(val_fraction, first), last - 1e-12)
    shares: dict[str, list[Pair]] = {"train": [], "val": []}
    for pair, rank in zip(pairs, ranks, strict=True):
        shares["train" if rank > threshold else "val"].append(pair)
    return shares


def _hash_name(name: str) -> float:
    """Hash a name to a number in [0, 1), the same on every machine."""
    return int.from_bytes(hashlib.sha256(os.fsencode(name)).digest()[:8], "big") / 2**64
