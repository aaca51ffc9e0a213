"""Read a manifest: a CSV file that lists the pairs."""

import csv
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from pyimagesearch import config
from pyimagesearch.cli import join_some
from pyimagesearch.datasets.image_files import EXTENSIONS
from pyimagesearch.datasets.splits import SPLIT_NAMES, Pair, PairList, warn_once
from pyimagesearch.errors import UserError

INPUT, TARGET, SPLIT = "input", "target", "split"
HEADER = f"{INPUT},{TARGET} or {INPUT},{TARGET},{SPLIT}"
MAX_COLUMNS = 1000
MAX_BYTES = 1 << 28
NAMED = 5  # how many columns a message names
SHOWN = 80  # how many characters of a field a message shows


class PairManifest(PairList):
    """The pairs that a CSV file lists.

    The first line names the columns: one or more whose names begin with `input`,
    `target`, and optionally `split`. The paths are relative to the folder of the
    manifest. The channels of several inputs are stacked in the order of the columns.
    The splits are train, val (or valid, validation) and test; without one, a pair is
    for training.

    Args:
        path: Path, the CSV file, in UTF-8.
        val_fraction: float in (0, 1); see `PairList`.

    Raises:
        UserError: if the file is no manifest, or lists a file that is missing or no
            image, or an input both for training and for validation or test.
    """

    SPLIT_PLACE = "{} rows"
    layout = "manifest"
    direction = "AtoB"
    label_side = None

    def __init__(self, path: Path, val_fraction: float = config.VAL_FRACTION):
        super().__init__(path, val_fraction)
        self.unused, self.skipped = [], {}
        self._pairs = _read_pairs(path)
        self.splits = set(self._pairs)

    def _list_split(self, split: str) -> list[Pair]:
        if split not in self.splits:
            raise UserError(
                f"{self.path} has no {split} rows: add some, with {split} or nothing "
                f"in the column {SPLIT}"
            )
        return self._pairs[split]


class _Columns(NamedTuple):
    """Where the columns of a manifest are."""

    count: int
    inputs: list[int]
    target: int
    split: int | None


def _read_pairs(path: Path) -> dict[str, list[Pair]]:
    """Read the pairs of each split that has some."""
    rows = _iterate_rows(path)
    line, header = next(rows, (1, []))
    if not header:
        raise UserError(f"{path} is empty: its first line must be {HEADER}")
    columns = _find_columns(header, f"{path} line {line}", path)
    pairs: dict[str, list[Pair]] = {}
    names: dict[tuple[str, str], int] = {}  # the line of each split and name
    inputs: dict[str, tuple[str, int]] = {}  # the split and the line of each file
    for line, row in rows:
        place = f"{path} line {line}"
        split, pair = _read_row(row, columns, path.parent, place)
        before, other_line = inputs.setdefault(
            os.path.abspath(pair.left), (split, line)
        )
        if before != split:
            raise UserError(
                f"{place} has the input {pair.left} for {split}, and line "
                f"{other_line} for {before}: remove one of them, so that scores are "
                "of pairs that were not trained on"
            )
        other_line = names.setdefault((split, pair.name), line)
        if other_line != line:
            raise UserError(
                f"{place} repeats the input of line {other_line}, whatever the "
                f"extension ({_shorten(pair.name)}): remove or rename one of them"
            )
        pairs.setdefault(split, []).append(pair)
    if not pairs:
        raise UserError(f"{path} lists no pairs: add lines below {','.join(header)}")
    return pairs


def _iterate_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the fields of each line that is not blank."""
    if path.stat().st_size > MAX_BYTES:
        raise UserError(
            f"{path} has more than {MAX_BYTES:,} bytes, too many for a manifest"
        )
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{path} line {line} is not UTF-8: save the file as CSV in UTF-8"
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UserError(f"{path} line {line} has a NUL character: remove it")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UserError(
                f"{path} line {reader.line_num} is not CSV: {error}"
            ) from error
        fields = [field.strip() for field in row]
        if any(fields):
            yield reader.line_num, fields


def _find_columns(header: list[str], place: str, path: Path) -> _Columns:
    names = [name.lower() for name in header]
    if len(names) > MAX_COLUMNS:
        raise UserError(
            f"{place} has {len(names)} columns: a manifest has at most {MAX_COLUMNS}"
        )
    inputs = [i for i, name in enumerate(names) if name.startswith(INPUT)]
    if not inputs or TARGET not in names:
        raise UserError(
            f"{place} names the columns {_join(header)}: it must be {HEADER}, with "
            "commas"
        )
    used = {*inputs, *(i for i, name in enumerate(names) if name in (TARGET, SPLIT))}
    twice = [header[i] for i in sorted(used) if names.index(names[i]) != i]
    if twice:
        raise UserError(
            f"{place} names a column twice ({_join(twice)}): rename or remove one"
        )
    unknown = [name for i, name in enumerate(header) if i not in used]
    if unknown:
        warn_once(f"{path} has columns that are not used: {_join(unknown)}")
    split = names.index(SPLIT) if SPLIT in names else None
    return _Columns(len(names), inputs, names.index(TARGET), split)


def _read_row(
    row: list[str], columns: _Columns, folder: Path, place: str
) -> tuple[str, Pair]:
    """Read the split and the pair of one line."""
    if len(row) != columns.count:
        raise UserError(
            f"{place} has {len(row)} fields instead of {columns.count}, as many as the "
            "first line: write a path that has a comma in double quotes"
        )
    split = row[columns.split] if columns.split is not None else ""
    if (split.lower() or "train") not in SPLIT_NAMES:
        raise UserError(
            f"{place} has the split {_shorten(split)}: use train, val or test"
        )
    left, *stacked = (_find_image(row[i], folder, place) for i in columns.inputs)
    target = _find_image(row[columns.target], folder, place)
    name = PurePath(row[columns.inputs[0]]).with_suffix("").as_posix()
    return SPLIT_NAMES[split.lower() or "train"], Pair(
        name, left, target, tuple(stacked)
    )


def _find_image(field: str, folder: Path, place: str) -> Path:
    """Check that a field names an image file, and return its path."""
    if not field:
        raise UserError(f"{place} lacks a path: name an input and a target")
    path, shown = folder / field, _shorten(field)
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a valid name"
        raise UserError(
            f"{place} names {shown}, which cannot be found ({reason}): paths are "
            f"relative to {folder}"
        ) from error
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "no file"
        raise UserError(f"{place} names {shown}, which is {what}: name an image file")
    if path.suffix.lower() not in EXTENSIONS:
        raise UserError(
            f"{place} names {shown}, which is no image that can be read: use "
            f"{', '.join(sorted(EXTENSIONS))} files"
        )
    return path


def _shorten(field: str) -> str:
    """Shorten a field for a message, and escape what would break its line."""
    shown = field if len(field) <= SHOWN else f"{field[:SHOWN]}..."
    return shown if shown.isprintable() else ascii(shown)


def _join(names: list[str]) -> str:
    return join_some(list(map(_shorten, names)), NAMED)
