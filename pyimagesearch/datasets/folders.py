"""A folder of pairs: which layout it has, and which files make a pair."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from pyimagesearch import config
from pyimagesearch.datasets.image_files import EXTENSIONS, list_image_files
from pyimagesearch.errors import UserError

LAYOUTS = "train/ and val/, or trainA/, trainB/, valA/ and valB/, or A/train/ ..."
NAMED = 3  # how many of the files at fault an error names


class Pair(NamedTuple):
    """A pair on disk.

    Attributes:
        name: the path below the split's folder, without its extension.
        left: the side-by-side image, or the image of side A.
        right: the image of side B; None for a side-by-side image.
    """

    name: str
    left: Path
    right: Path | None = None


def list_pairs(
    folder: Path | str, split: str, val_fraction: float = config.VAL_FRACTION
) -> list[Pair]:
    """Lists the pairs of one split, in the order of their names.

    A folder without `val` is validated on its `test`, and where it has neither, on a
    share of `train` that is held out by a hash of the name: which pairs these are
    does not depend on what else is in the folder.

    Args:
        folder: holds side-by-side images in `train/` and `val/`, or side A and side B
            in `trainA/`, `trainB/`, `valA/`, `valB/` or in `A/train/`, `B/train/`,
            `A/val/`, `B/val/`, matched by their names without the extension.
        split: "train", "val" or "test".
        val_fraction: the share to hold out, in (0, 1).

    Returns:
        One pair or more.

    Raises:
        UserError: where there is no such folder or no image in it, or a file of one
            side has no partner, or two.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder: --data takes one with {LAYOUTS}")
    if split == "test":
        if _find_sides(folder, "test") is None:
            raise UserError(
                f"{folder} has no test/ folder: --split val takes the pairs that it is "
                f"validated on"
            )
        return _list_split(folder, "test")
    held_out = next((s for s in ("val", "test") if _find_sides(folder, s)), None)
    if held_out:
        return _list_split(folder, "train" if split == "train" else held_out)
    train, val = _hold_out(_list_split(folder, "train"), val_fraction)
    return train if split == "train" else val


def _find_sides(folder: Path, split: str) -> tuple[Path, ...] | None:
    """The split's one folder of side-by-side images, or its two of sides A and B."""
    for sides in (
        (folder / split,),
        (folder / f"{split}A", folder / f"{split}B"),
        (folder / "A" / split, folder / "B" / split),
    ):
        if any(side.is_dir() for side in sides):
            return sides
    return None


def _list_split(folder: Path, split: str) -> list[Pair]:
    sides = _find_sides(folder, split)
    if sides is None:
        raise UserError(
            f"{folder} has no {split}/ folder: pairs are read from {LAYOUTS}"
        )
    files = [_list_by_name(side) for side in sides]
    if len(sides) == 1:
        return [Pair(name, path) for name, path in files[0].items()]
    left, right = files
    alone = sorted(left.keys() ^ right.keys())
    if alone:
        raise UserError(
            f"{_join_names(alone)} {'is' if len(alone) == 1 else 'are'} in only one of "
            f"{sides[0]} and {sides[1]}: every image needs its partner, of the same "
            f"name, on the other side"
        )
    return [Pair(name, left[name], right[name]) for name in left]


def _list_by_name(side: Path) -> dict[str, Path]:
    if not side.is_dir():
        raise UserError(f"{side} is missing: its images are the other halves of pairs")
    files: dict[str, Path] = {}
    for path in list_image_files(side):
        name = path.relative_to(side).with_suffix("").as_posix()
        if name in files:
            raise UserError(
                f"{files[name]} and {path} have one name: a pair's name is without its "
                f"extension, so rename one of them"
            )
        files[name] = path
    if not files:
        raise UserError(
            f"{side} has no image in it: {', '.join(sorted(EXTENSIONS))} are read"
        )
    return files


def _hold_out(pairs: list[Pair], val_fraction: float) -> tuple[list[Pair], list[Pair]]:
    """The pairs to train on, and those held out for validation."""
    if len(pairs) < 2:
        raise UserError(
            f"{pairs[0].left} is the only image: it takes two, to train on one and to "
            f"validate on the other"
        )
    ranks = {pair: _hash_name(pair.name) for pair in pairs}
    first, *_, last = sorted(ranks.values())  # neither split may be empty
    threshold = min(max(val_fraction, first), last - 1e-12)
    train = [pair for pair in pairs if ranks[pair] > threshold]
    val = [pair for pair in pairs if ranks[pair] <= threshold]
    return train, val


def _hash_name(name: str) -> float:
    """A name's place in [0, 1), the same on every machine."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def _join_names(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
