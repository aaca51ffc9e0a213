"""The colours of label maps, and palettes that you define in a CSV file."""

import csv
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pyimagesearch.atomic import write_atomic
from pyimagesearch.errors import UserError
from pyimagesearch.regular_files import find_irregularity

# Cordts et al. 2016, "The Cityscapes Dataset for Semantic Urban Scene Understanding":
# the 19 classes that are evaluated, in the order of their training ids.
CITYSCAPES = {
    "road": (128, 64, 128),
    "sidewalk": (244, 35, 232),
    "building": (70, 70, 70),
    "wall": (102, 102, 156),
    "fence": (190, 153, 153),
    "pole": (153, 153, 153),
    "traffic light": (250, 170, 30),
    "traffic sign": (220, 220, 0),
    "vegetation": (107, 142, 35),
    "terrain": (152, 251, 152),
    "sky": (70, 130, 180),
    "person": (220, 20, 60),
    "rider": (255, 0, 0),
    "car": (0, 0, 142),
    "truck": (0, 0, 70),
    "bus": (0, 60, 100),
    "train": (0, 80, 100),
    "motorcycle": (0, 0, 230),
    "bicycle": (119, 11, 32),
}
UNLABELLED = (0, 0, 0)

# Tylecek and Sara 2013, "Spatial Pattern Templates for Recognition of Objects with
# Regular Structure": the 12 classes of CMP Facades. The label maps of the pix2pix
# archive show them in every fifth of the 64 colours of MATLAB's colormap "jet".
FACADES = {
    "background": (0, 0, 223),
    "facade": (0, 48, 255),
    "window": (0, 128, 255),
    "door": (0, 207, 255),
    "cornice": (32, 255, 223),
    "sill": (112, 255, 143),
    "balcony": (191, 255, 64),
    "blind": (255, 239, 0),
    "deco": (255, 159, 0),
    "molding": (255, 80, 0),
    "pillar": (255, 0, 0),
    "shop": (175, 0, 0),
}

NONE = "unlabelled"  # the name, in a file, of colours that are not a class
VOID = 255  # the class index of unlabelled pixels, as in Cityscapes and Pascal VOC
MAX_BYTES = 1 << 20  # of a file
_GRID = np.linspace(0, 255, 9).round()  # the levels of generated colours


class Palette(NamedTuple):
    """The RGB colours of label maps."""

    classes: dict[str, tuple[int, int, int]]
    unlabelled: tuple[tuple[int, int, int], ...] = ()  # of pixels that scores ignore


PALETTES = {
    "cityscapes": Palette(CITYSCAPES, (UNLABELLED,)),
    "facades": Palette(FACADES),
    "streets": Palette(CITYSCAPES, (UNLABELLED,)),
}


def choose_palette(named: str | None, dataset: str | None) -> Palette | None:
    """Choose the palette of `--palette`, or else the palette of the dataset.

    Args:
        named: str, a key of `PALETTES` or the path of a CSV file, see `read_palette`;
            or None.
        dataset: str, the name of the dataset; None for a custom dataset.

    Returns:
        Palette, or None if `named` is None and the dataset has no palette.

    Raises:
        UserError: if the file is not a palette.
    """
    if named is None or named in PALETTES:
        return PALETTES.get(named or dataset)
    return read_palette(Path(named))


def read_palette(path: Path) -> Palette:
    """Read a palette from a CSV file.

    Each line is `name,r,g,b` and defines one class. Lines named "unlabelled" define
    colours that scores ignore.

    Args:
        path: Path of the file, in UTF-8.

    Raises:
        UserError: if the file cannot be read, a line has another form, two lines have
            the same name or colour, or there are fewer than two classes.
    """
    classes, unlabelled = {}, []
    for number, fields in enumerate(_read_rows(path), start=1):
        if not fields:
            continue
        name, *levels = (field.strip() for field in fields)
        if not name or len(levels) != 3 or not all(map(_is_level, levels)):
            raise UserError(
                f"{path}, line {number}: {','.join(fields)} is not name,r,g,b with "
                f"integers from 0 to 255"
            )
        colour = tuple(map(int, levels))
        if name in classes or colour in [*classes.values(), *unlabelled]:
            raise UserError(
                f"{path}, line {number}: {','.join(fields)} repeats the name or the "
                "colour of an earlier line: every class needs its own"
            )
        if name == NONE:
            unlabelled.append(colour)
        else:
            classes[name] = colour
    if len(classes) < 2:
        raise UserError(f"{path} defines fewer than two classes: add one line for each")
    return Palette(classes, tuple(unlabelled))


def _read_rows(path: Path) -> list[list[str]]:
    """Read the fields of each line of a CSV file."""
    advice = f"use a CSV file of lines name,r,g,b, or one of {', '.join(PALETTES)}"
    irregularity = find_irregularity(path)
    if irregularity:
        raise UserError(f"--palette {path} {irregularity}: {advice}")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"--palette {path} has more than {MAX_BYTES:,} bytes")
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets add a BOM
        return list(csv.reader(text.splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"--palette {path} cannot be read: {advice}") from error


def _is_level(text: str) -> bool:
    return re.fullmatch(r"[0-9]+", text) is not None and int(text) < 256


def generate_palette(classes: int) -> Palette:
    """Generate well separated colours for class indices.

    Each colour is, on a grid, the one farthest in RGB from black, which is unlabelled,
    and from all colours before it. So the colours of the first classes do not depend on
    the number of classes.

    Args:
        classes: int, the number of classes, at most `VOID`.

    Returns:
        Palette, with the names "class 0", "class 1" and so on.
    """
    grid = np.stack(np.meshgrid(_GRID, _GRID, _GRID, indexing="ij"), -1).reshape(-1, 3)
    distance = (grid**2).sum(1)
    colours = {}
    for index in range(classes):
        colour = grid[distance.argmax()]
        distance = np.minimum(distance, ((grid - colour) ** 2).sum(1))
        colours[f"class {index}"] = tuple(map(int, colour))
    return Palette(colours, (UNLABELLED,))


def write_palette(path: Path, palette: Palette) -> None:
    """Write a palette to a CSV file that `read_palette` reads."""
    rows = [(name, *colour) for name, colour in palette.classes.items()]
    rows += [(NONE, *colour) for colour in palette.unlabelled]
    with (
        write_atomic(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        csv.writer(file).writerows(rows)


def color_indices(
    indices: np.ndarray, palette: Palette, path: Path | str
) -> np.ndarray:
    """Color class indices: index 0 is the first class of the palette.

    Args:
        indices: integer array (H, W); `VOID` is unlabelled, if the palette has a
            colour for that.
        palette: Palette.
        path: Path or str, the file of the indices, for the message.

    Returns:
        uint8 array (H, W, 3), RGB.

    Raises:
        UserError: if an index has no colour, or is not an integer.
    """
    if indices.dtype.kind not in "ui":
        raise UserError(
            f"{path} has {indices.dtype} values, and class indices are integers: save "
            f"it as integers"
        )
    colours = np.array([*palette.classes.values()], np.uint8)
    table = np.zeros((max(VOID + 1, len(colours)), 3), np.uint8)
    table[: len(colours)] = colours
    has_class = (indices >= 0) & (indices < len(colours))
    if palette.unlabelled and len(colours) <= VOID:
        table[VOID] = palette.unlabelled[0]
        has_class |= indices == VOID
    if not has_class.all():
        raise UserError(
            f"{path} has the class index {indices[~has_class].flat[0]}, and the "
            f"palette has {len(colours)} classes, from 0 to {len(colours) - 1}: add "
            f"the class to the file of --palette"
        )
    return table[indices]
