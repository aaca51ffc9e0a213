"""Label maps to paint: from images to class indices, and to the text of the page."""

import base64
import binascii
from typing import NamedTuple

import numpy as np

from pyimagesearch.datasets.palettes import NONE, Palette
from pyimagesearch.datasets.side_formats import PairFormat
from pyimagesearch.errors import UserError
from pyimagesearch.metrics.segmentation import classify_targets

MAX_BRUSHES = 256  # an index is one byte


class Brush(NamedTuple):
    """A color to paint with."""

    name: str  # of the class
    color: tuple[int, int, int]  # RGB


class Canvas:
    """The size and the brushes of label maps to paint.

    A label map is a uint8 array (height, width) of indices into `brushes`: such a
    painting has no colors between those of the classes, whatever a browser does at the
    edges of a stroke.

    Args:
        palette: Palette, the classes.
        height, width: int, in pixels.

    Attributes:
        brushes: list of Brush, the classes and then the unlabelled colors.
    """

    def __init__(self, palette: Palette, height: int, width: int):
        self.height = height
        self.width = width
        self._palette = palette
        number = len(palette.unlabelled)
        suffixes = [""] if number == 1 else [f" {n + 1}" for n in range(number)]
        self.brushes = list(map(Brush, palette.classes, palette.classes.values()))
        self.brushes += [
            Brush(NONE + suffix, color)
            for suffix, color in zip(suffixes, palette.unlabelled, strict=True)
        ]

    @property
    def blank(self) -> int:
        """The index that a blank map is filled with: unlabelled, if there is one."""
        return len(self._palette.classes) % len(self.brushes)

    def snap(self, image: np.ndarray) -> np.ndarray:
        """Return the indices of the nearest colors.

        Args:
            image: uint8 array (height, width, 3), RGB, such as a label map from a JPEG
                file.
        """
        return np.asarray(classify_targets(self._palette, image)).astype(np.uint8)

    def color(self, labels: np.ndarray) -> np.ndarray:
        """Return a label map as a uint8 array (height, width, 3), RGB."""
        return np.array([brush.color for brush in self.brushes], np.uint8)[labels]

    def make_blank(self) -> np.ndarray:
        """Return a blank label map."""
        return np.full((self.height, self.width), self.blank, np.uint8)

    def encode(self, labels: np.ndarray) -> str:
        """Return a label map as text: its bytes, row by row, in base64."""
        return base64.b64encode(labels.tobytes()).decode()

    def decode(self, text: object) -> np.ndarray:
        """Decode what `encode` returns.

        Args:
            text: object, what a browser has sent.

        Raises:
            UserError: if it is no label map of this canvas.
        """
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, TypeError, ValueError):
            data = b""
        labels = np.frombuffer(data, np.uint8)
        size = self.height * self.width
        if labels.size != size or labels.max(initial=0) >= len(self.brushes):
            raise UserError(
                f"what the page has sent is no label map of {self.height}x{self.width} "
                f"pixels: reload the page"
            )
        return labels.reshape(self.height, self.width)


def explain_no_painting(
    palette: Palette | None, formats: PairFormat, reads_labels: bool
) -> str:
    """Explain why label maps cannot be painted; "" if they can.

    Args:
        palette: Palette or None, the classes of the inputs.
        formats: PairFormat of the generator.
        reads_labels: bool, whether the inputs are known to be label maps.

    Returns:
        str, a sentence for the user.
    """
    side = formats.input
    if side.parts:
        return (
            "The inputs of this generator are stacked from several files, which cannot "
            "be painted."
        )
    if side.channels != 3 or side.value_range or not side.dtype.startswith("uint"):
        return (
            f"The inputs of this generator are of {side.describe()}: there are no "
            f"colors to paint with."
        )
    if palette is None:
        are = "are" if reads_labels else "may be"
        return (
            f"The inputs of this generator {are} label maps, and the colors of their "
            f"classes are not known: to paint, start the demo with --palette FILE, a "
            f"CSV file of lines name,r,g,b."
        )
    if len(palette.classes) + len(palette.unlabelled) > MAX_BRUSHES:
        return (
            f"The palette has {len(palette.classes)} classes, and at most "
            f"{MAX_BRUSHES} colors can be painted with."
        )
    return ""
