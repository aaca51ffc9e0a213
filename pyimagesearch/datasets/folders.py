"""List the pairs of images in a folder, whichever layout it has."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from pyimagesearch import config
from pyimagesearch.datasets.image_files import EXTENSIONS, list_image_files
from pyimagesearch.errors import UserError

LAYOUTS = (
    "train/ and val/ with side-by-side images; trainA/, trainB/, valA/ and valB/; or "
    "A/train/, B/train/, A/val/ and B/val/"
)
NAMED = 3  # how many files a message names


class Pair(NamedTuple):
    """The file or the two files of one pair."""

    name: str  # the path below the split's folder, without the extension
    left: Path  # the side-by-side image, or the image of side A
    right: Path | None = None  # the image of side B; None for a side-by-side image


def list_pairs(
    folder: Path | str, split: str, val_fraction: float = config.VAL_FRACTION
) -> list[Pair]:
    """List the pairs of one split, sorted by name.

    If the folder has no `val`, the split "val" is its `test`. If it has neither, the
    split "val" is a share of `train`, which is then left out of the split "train". The
    share is chosen by a hash of each name, so it does not change for the present
    images if you add others.

    Args:
        folder: Path or str, a folder with side-by-side images in `train/` and `val/`,
            or with sides A and B in `trainA/`, `trainB/`, `valA/` and `valB/`, or in
            `A/train/`, `B/train/`, `A/val/` and `B/val/`. The two files of a pair have
            the same name, except for the extension.
        split: "train", "val" or "test".
        val_fraction: float in (0, 1), the share of `train` to hold out.

    Returns:
        list of Pair, not empty.

    Raises:
        UserError: if the folder does not exist, has no images for the split, or has an
            image without its partner or two images of the same name.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder: --data requires one with {LAYOUTS}")
    if split == "test":
        if _find_sides(folder, "test"):
            return _list_split(folder, "test")
        raise UserError(
            f"{folder} has no test/ folder: use --split val for its validation pairs"
        )
    held_out = next((s for s in ("val", "test") if _find_sides(folder, s)), None)
    if held_out:
        return _list_split(folder, "train" if split == "train" else held_out)
    train, val = _hold_out(_list_split(folder, "train"), val_fraction)
    return train if split == "train" else val


def _find_sides(folder: Path, split: str) -> tuple[Path, ...] | None:
    """Return the folder of side-by-side images, or the two folders of sides A and B."""
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
            f"{folder} has no {split}/ folder ({_describe_contents(folder)}): put the "
            f"pairs in {LAYOUTS}"
        )
    files = [_list_by_name(side) for side in sides]
    if len(sides) == 1:
        return [Pair(name, path) for name, path in files[0].items()]
    left, right = files
    alone = sorted(left.keys() ^ right.keys())
    if alone:
        raise UserError(
            f"{_join_names(alone)} {'is' if len(alone) == 1 else 'are'} in only one of "
            f"{sides[0]} and {sides[1]}: every image needs a partner of the same name "
            "in the other folder"
        )
    return [Pair(name, left[name], right[name]) for name in left]


def _list_by_name(side: Path) -> dict[str, Path]:
    if not side.is_dir():
        raise UserError(f"{side} is missing: it must hold the other sides of the pairs")
    files: dict[str, Path] = {}
    for path in list_image_files(side):
        name = path.relative_to(side).with_suffix("").as_posix()
        if name in files:
            raise UserError(
                f"{files[name]} and {path} have the same name except for the "
                "extension: rename or remove one of them"
            )
        files[name] = path
    if not files:
        raise UserError(
            f"{side} has no image in it ({_describe_contents(side)}): use "
            f"{', '.join(sorted(EXTENSIONS))} files"
        )
    return files


def _hold_out(pairs: list[Pair], val_fraction: float) -> tuple[list[Pair], list[Pair]]:
    """Split pairs into those to train on and those to validate on."""
    if len(pairs) < 2:
        raise UserError(
            f"{pairs[0].left} is the only image: at least two are required, one to "
            "train on and one to validate on"
        )
    ranks = {pair: _hash_name(pair.name) for pair in pairs}
    first, *_, last = sorted(ranks.values())  # neither split may be empty
    threshold = min(max(val_fraction, first), last - 1e-12)
    train = [pair for pair in pairs if ranks[pair] > threshold]
    return train, [pair for pair in pairs if ranks[pair] <= threshold]


def _hash_name(name: str) -> float:
    """Hash a name to a number in [0, 1), the same on every machine."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def _describe_contents(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir())
    return f"it contains {_join_names(names)}" if names else "it is empty"


def _join_names(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
