"""What happens to images while they are read, reported once for all of them."""

import threading
from collections import Counter
from pathlib import Path

import numpy as np

from pyimagesearch.cli import warning
from pyimagesearch.datasets.image_decoding import StoredImage
from pyimagesearch.datasets.side_formats import SideFormat, format_range

TO_GREY = "grey"  # a kind of note


class PairNotes:
    """What happened to images while they were read; each kind is reported once."""

    def __init__(self):
        self.counts: Counter[str] = Counter()  # pairs or images, by kind
        self._first: dict[str, tuple[Path, str]] = {}  # a file and its message, by kind
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def add(self, kind: str, path: Path, message: str) -> None:
        """Count a pair or an image; thread-safe.

        Args:
            kind: str, what happened.
            path: Path, the file it happened to. The first path by name is reported.
            message: str, what to print after the path.
        """
        with self._lock:
            self.counts[kind] += 1
            note = path, message
            self._first[kind] = min(note, self._first.get(kind, note))

    def mark_said(self, kind: str) -> None:
        """Print no warning for a kind that has been reported otherwise."""
        self._said.add(kind)

    def list_messages(self) -> list[str]:
        """List what is reported after the path of a file, one message for each kind."""
        with self._lock:
            return [message for _, message in self._first.values()]

    def warn(self, examined: int | None = None, noun: str = "pairs") -> None:
        """Print a warning for every kind that has none yet.

        Args:
            examined: int, how many were read; None to count nothing.
            noun: str, what is counted.
        """
        with self._lock:
            kinds = [kind for kind in self._first if kind not in self._said]
            self._said.update(kinds)
        for kind in kinds:
            path, message = self._first[kind]
            number = f" ({self.counts[kind]} of {examined} {noun})" if examined else ""
            warning(f"{path} {message}{number}")


def note_losses(
    notes: PairNotes,
    stored: StoredImage,
    image: np.ndarray,
    side_format: SideFormat,
    path: Path,
) -> None:
    """Note what an image loses when it is converted to a format.

    Args:
        notes: PairNotes.
        stored: StoredImage, the image in its file.
        image: array (H, W, C), the image as the format stores it.
        side_format: SideFormat.
        path: Path, the file.
    """
    clipped = side_format.count_clipped(image)
    if clipped:
        limits = format_range(side_format.limits)
        message = f"has {clipped} values outside of the range {limits}, clipped to it"
        notes.add(f"clipped to {limits}", path, message)
    if (stored.channels, side_format.channels) == (3, 1):
        notes.add(TO_GREY, path, "has RGB colors, converted to grey")
