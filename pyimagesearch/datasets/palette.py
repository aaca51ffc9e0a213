"""Palettes: which class a colour of a label map is of."""

import csv
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from keras import ops

from pyimagesearch.datasets.colours import CITYSCAPES, FACADES, UNLABELLED
from pyimagesearch.errors import UserError

NONE = "unlabelled"  # the name of a colour that is no class


class Palette(NamedTuple):
    """The colours of label maps.

    Attributes:
        classes: RGB by name.
        unlabelled: RGB of the pixels that no score counts.
    """

    classes: dict[str, tuple[int, int, int]]
    unlabelled: tuple[tuple[int, int, int], ...] = ()

    def of_targets(self, images):
        """The nearest class of every pixel, or from `len(classes)` on none.

        Args:
            images: whole numbers (..., 3) in [0, 255].

        Returns:
            int32 (...).
        """
        return nearest_class(images, [*self.classes.values(), *self.unlabelled])

    def of_predictions(self, images):
        """The nearest class of every pixel, as int32 (...) of (..., 3)."""
        return nearest_class(images, list(self.classes.values()))


PALETTES = {
    "cityscapes": Palette(CITYSCAPES, (UNLABELLED,)),
    "facades": Palette(FACADES),
    "streets": Palette(CITYSCAPES, (UNLABELLED,)),
}


def chosen_palette(named: str | None, dataset: str | None) -> Palette | None:
    """The palette that `--palette` names, or else the dataset's own.

    Args:
        named: one of `PALETTES`, or a file; see `read_palette`.
        dataset: a name in the catalogue, if the pairs have one.

    Returns:
        None where neither has one.
    """
    if named is None or named in PALETTES:
        return PALETTES.get(named or dataset)
    return read_palette(Path(named))


def read_palette(path: Path) -> Palette:
    """Reads a palette: lines `name,r,g,b`, those named "unlabelled" for no class.

    Raises:
        UserError: where there is no such file, a line is not of that form, a name or a
            colour comes twice, or there are fewer than two classes.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # a spreadsheet's mark is no name
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"--palette {path} cannot be read: it takes a CSV file of name,r,g,b, or "
            f"{', '.join(PALETTES)}"
        ) from error
    classes, unlabelled = {}, []
    for number, fields in enumerate(csv.reader(text.splitlines()), start=1):
        if not fields:
            continue
        name, *levels = (field.strip() for field in fields)
        if not name or len(levels) != 3 or not all(map(_is_level, levels)):
            raise UserError(
                f"{path}, line {number}: {','.join(fields)} is not name,r,g,b with "
                f"whole numbers from 0 to 255"
            )
        colour = tuple(map(int, levels))
        if name in classes or colour in [*classes.values(), *unlabelled]:
            raise UserError(
                f"{path}, line {number}: {','.join(fields)} has a name or a colour "
                f"that an earlier line has: every class has its own"
            )
        if name == NONE:
            unlabelled.append(colour)
        else:
            classes[name] = colour
    if len(classes) < 2:
        raise UserError(f"{path} names fewer than two classes: a line for each")
    return Palette(classes, tuple(unlabelled))


def _is_level(text: str) -> bool:
    return re.fullmatch(r"[0-9]+", text) is not None and int(text) < 256


def nearest_class(image, colours):
    """The palette entry nearest to every pixel, by squared distance in RGB.

    Args:
        image: whole numbers (..., 3) in [0, 255], of any dtype, RGB.
        colours: ints (classes, 3), likewise.

    Returns:
        int32 (...), the index into `colours`; the first of equals.
    """
    # |c|^2 - 2 p.c: whole numbers below 2^24, which float32 holds exactly.
    colours = np.asarray(colours, np.float32)
    products = ops.matmul(ops.cast(image, "float32"), -2 * colours.T)
    return ops.argmin(products + (colours**2).sum(-1), axis=-1)
