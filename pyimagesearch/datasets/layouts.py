"""Recognize how a folder of pairs is arranged, by the names of its folders."""

import re
from pathlib import Path
from typing import NamedTuple

from pyimagesearch.datasets.image_files import list_folders
from pyimagesearch.datasets.splits import SPLIT_NAMES
from pyimagesearch.errors import UserError


class SideNames(NamedTuple):
    """How the folders of side A and side B may be named, each with its partner."""

    a: dict[str, str]
    b: dict[str, str]
    direction: str
    label_side: str | None


SIDE_NAMES = (
    SideNames({"a": "B"}, {"b": "A"}, "BtoA", None),
    SideNames(
        {"input": "target", "inputs": "targets", "source": "target"},
        {"target": "input", "targets": "inputs"},
        "AtoB",
        None,
    ),
    SideNames(
        {"image": "label", "images": "labels", "photo": "label", "photos": "labels"},
        {"label": "image", "labels": "images"},
        "BtoA",
        "B",
    ),
)
# By name in lower case: the index in SIDE_NAMES, the side, and the partner's name.
SIDES = {
    name: (index, side, partner)
    for index, names in enumerate(SIDE_NAMES)
    for side, partners in (("A", names.a), ("B", names.b))
    for name, partner in partners.items()
}
# Longer names first: "valid" is not "val" and the side "id".
_SPLIT = "|".join(sorted(SPLIT_NAMES, key=len, reverse=True))
_SPLIT_AND_SIDE = re.compile(rf"((?:{_SPLIT})[-_]?)({'|'.join(SIDES)})", re.IGNORECASE)


class Place(NamedTuple):
    """A folder of one split, for both sides or for one."""

    split: str  # "train", "val" or "test"
    side: str | None  # "A", "B", or None for side-by-side images
    folder: str  # relative to the folder of the pairs, with slashes
    partner: str | None = None  # where the other side belongs


class Layout(NamedTuple):
    """One way of arranging pairs, and its folders."""

    form: str  # "side by side", "train/A", "trainA", "A/train" or "A"
    names: int | None  # the index in SIDE_NAMES, None for side-by-side images
    places: tuple[Place, ...]

    def find_place(self, split: str, side: str | None) -> Place | None:
        """Return the folder of a split and side, or None if there is none."""
        return next((p for p in self.places if p[:2] == (split, side)), None)


def find_layouts(folder: Path) -> list[Layout]:
    """Find the layouts of which a folder has at least one folder.

    Args:
        folder: Path, the folder of the pairs.

    Returns:
        list of Layout, whose folders may be empty or lack their partner.
    """
    found: dict[tuple, list[Place]] = {}
    for name in list_folders(folder):
        for form, names, place in _find_places(folder, name):
            found.setdefault((form, names), []).append(place)
    layouts = [Layout(*key, tuple(places)) for key, places in found.items()]
    # A single folder called `images` is not yet a layout.
    return [
        layout
        for layout in layouts
        if layout.form != "A" or {place.side for place in layout.places} == {"A", "B"}
    ]


def check_places(folder: Path, layout: Layout) -> None:
    """Check that a layout has one folder for each split and side.

    Raises:
        UserError: if two folders mean the same, such as `val` and `valid`.
    """
    seen: dict[tuple, str] = {}
    for place in layout.places:
        other = seen.setdefault(place[:2], place.folder)
        if other != place.folder:
            raise UserError(
                f"{folder} has both {other}/ and {place.folder}/, which mean the same: "
                "merge them, or rename one"
            )


def _find_places(folder: Path, name: str) -> list[tuple[str, int | None, Place]]:
    """Find what a folder directly in the folder of the pairs may be."""
    if name.lower() in SPLIT_NAMES:
        return _find_sides(folder, name)
    joined = _SPLIT_AND_SIDE.fullmatch(name)
    if joined:
        start, side_name = joined.groups()
        split = SPLIT_NAMES[start.rstrip("-_").lower()]
        return [("trainA", *_make_place(split, side_name, start + "{}"))]
    if name.lower() in SIDES:
        splits = [n for n in list_folders(folder / name) if n.lower() in SPLIT_NAMES]
        if not splits:
            return [("A", *_make_place("train", name, "{}"))]
        return [
            ("A/train", *_make_place(SPLIT_NAMES[split.lower()], name, f"{{}}/{split}"))
            for split in splits
        ]
    return []


def _find_sides(folder: Path, name: str) -> list[tuple[str, int | None, Place]]:
    """Find the sides in the folder of a split; without both, it is side by side."""
    split = SPLIT_NAMES[name.lower()]
    places = [
        ("train/A", *_make_place(split, side_name, name + "/{}"))
        for side_name in list_folders(folder / name)
        if side_name.lower() in SIDES
    ]
    sides = {(names, place.side) for _, names, place in places}
    both = {n for n in range(len(SIDE_NAMES)) if {(n, "A"), (n, "B")} <= sides}
    places = [found for found in places if found[1] in both]
    return places or [("side by side", None, Place(split, None, name))]


def _make_place(split: str, side_name: str, template: str) -> tuple[int, Place]:
    names, side, partner = SIDES[side_name.lower()]
    folder, partner = template.format(side_name), template.format(partner)
    return names, Place(split, side, folder, partner)
