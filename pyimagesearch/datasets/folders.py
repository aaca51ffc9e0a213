"""List the pairs of images in a folder, whichever layout it has."""

import os
import unicodedata
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from pyimagesearch import config
from pyimagesearch.cli import count, join_some
from pyimagesearch.datasets.image_files import (
    EXTENSIONS,
    describe_skipped,
    scan_folder,
)
from pyimagesearch.datasets.layouts import (
    SIDE_NAMES,
    SIDES,
    Layout,
    check_places,
    find_layouts,
)
from pyimagesearch.datasets.manifest import PairManifest
from pyimagesearch.datasets.splits import SPLIT_NAMES, Pair, PairList, warn_once
from pyimagesearch.errors import UserError
from pyimagesearch.regular_files import find_irregularity

LAYOUTS = (
    "train/ and val/ with side-by-side images; train/A/ and train/B/; trainA/ and "
    "trainB/; A/train/ and B/train/; or A/ and B/ (input and target, or image and "
    "label, are sides too)"
)
NAMED = 3  # how many files a message names
NAMED_FOLDERS = 8  # how many folders a message names
MEDICAL = {".dcm", ".nii", ".nii.gz"}


class _Image(NamedTuple):
    """An image and where it lies in the folder of the pairs."""

    parts: tuple[str, ...]
    path: Path

    def name_below(self, depth: int) -> str:
        """Return the path below so many folders, without the extension."""
        return os.path.splitext("/".join(self.parts[depth:]))[0]

    @property
    def group(self) -> str:
        """The folder under which a message counts this image."""
        top = self.parts[0].lower()
        depth = 2 if top in SPLIT_NAMES or top in SIDES else 1
        return "/".join(self.parts[:-1][:depth])


class PairFolder(PairList):
    """The pairs in a folder, which is read once.

    Args:
        path: Path, the folder; docs/data.md shows the layouts. The two files of a pair
            have the same name, except for the extension.
        val_fraction: float in (0, 1); see `PairList`.

    Raises:
        UserError: if the folder has no layout or several, or no image that can be read.
    """

    SPLIT_PLACE = "{}/ folder"

    def __init__(self, path: Path, val_fraction: float = config.VAL_FRACTION):
        super().__init__(path, val_fraction)
        images, self.skipped = scan_folder(path)
        if self.skipped and not images:
            raise UserError(
                f"{path} has no image that can be read, but "
                f"{describe_skipped(self.skipped)}: {_advise(self.skipped)}"
            )
        depth = len(path.parts)
        self._images = [_Image(image.parts[depth:], image) for image in images]
        self._by_folder = _group_by_folder(self._images)
        layouts = find_layouts(path)
        self._layout = self._choose_layout(layouts)
        self._pairs: dict[str, list[Pair]] = {}
        self.splits = {place.split for place in self._layout.places}
        names = self._layout.names
        self.direction, self.label_side = "BtoA", None
        if names is not None:
            *_, self.direction, self.label_side = SIDE_NAMES[names]
        self.layout = self._describe_layout()
        self.unused = self._list_unused(layouts)

    def _choose_layout(self, layouts: list[Layout]) -> Layout:
        with_images = [
            layout
            for layout in layouts
            if any(place.folder in self._by_folder for place in layout.places)
        ]
        layouts = with_images or layouts
        if len(layouts) != 1:
            problem = "has two layouts at once" if layouts else "has no train/ folder"
            raise UserError(
                f"{self.path} {problem} ({self._describe_images()}): put the pairs in "
                f"one of {LAYOUTS}"
            )
        check_places(self.path, layouts[0])
        self._check_sides(layouts[0])
        return layouts[0]

    def _check_sides(self, layout: Layout) -> None:
        """Check that no image lies beside the sides, and that sides are not missed."""
        if layout.form == "train/A":
            for name in {place.folder.split("/")[0] for place in layout.places}:
                if any(
                    len(image.parts) == 2 for image in self._by_folder.get(name, ())
                ):
                    raise UserError(
                        f"{self.path / name} has images beside the folders of its two "
                        f"sides ({self._describe_images()}): move them into these "
                        "folders, or elsewhere"
                    )
        if layout.form == "side by side":
            for place in layout.places:
                self._warn_of_sides(place.folder)

    def _warn_of_sides(self, folder: str) -> None:
        """Warn if subfolders of side-by-side images look like the two sides."""
        names: dict[str, set[str]] = {}
        for image in self._by_folder.get(folder, ()):
            _, subfolder, *_ = image.parts if len(image.parts) > 2 else ("", "")
            names.setdefault(subfolder, set()).add(image.name_below(2))
        are_sides = all(name.lower() in SIDES for name in names)
        if len(names) == 2 and "" not in names:
            first, second = names.values()
            are_sides = are_sides or first == second
        if names and are_sides:
            warn_once(
                f"every image in {' and '.join(f'{folder}/{n}' for n in sorted(names))}"
                f" of {self.path} is taken for both sides, side by side: if it is one "
                f"side, arrange the images as {folder}/A and {folder}/B"
            )

    def _describe_layout(self) -> str:
        places = self._layout.places
        split = next(s for s in ("train", "val", "test") if s in self.splits)
        places = [place for place in places if place.split == split]
        if self._layout.form == "side by side":
            return f"side-by-side images in {places[0].folder}"
        places.sort(key=lambda place: place.side)
        return " and ".join(place.folder for place in places)

    def _list_unused(self, layouts: list[Layout]) -> list[str]:
        used = {place.folder for place in self._layout.places}
        counts = Counter(
            image.group
            for image in self._images
            if used.isdisjoint((image.parts[0], "/".join(image.parts[:2])))
        )
        # An empty val/ beside train/A and train/B holds out nothing.
        places = {place.folder for layout in layouts for place in layout.places}
        empty = sorted(places - used - self._by_folder.keys())
        return _describe_counts(counts) + [f"{folder}: no images" for folder in empty]

    def _describe_images(self) -> str:
        """Describe how many images are in which folder."""
        counts = Counter(image.group for image in self._images)
        if not counts:
            return _describe_contents(self.path)
        return join_some(_describe_counts(counts), NAMED_FOLDERS)

    def _list_split(self, split: str) -> list[Pair]:
        if split not in self._pairs:
            self._pairs[split] = self._match_sides(split)
        return self._pairs[split]

    def _match_sides(self, split: str) -> list[Pair]:
        if split not in self.splits:
            raise UserError(
                f"{self.path} has no {split}/ folder ({self._describe_images()}): put "
                f"the pairs in one of {LAYOUTS}"
            )
        both = self._layout.find_place(split, None)
        if both:
            files = self._map_names(both.folder).values()
            return [Pair(name, path) for name, path in files]
        place_a, place_b = (self._layout.find_place(split, side) for side in "AB")
        if not (place_a and place_b):
            missing = self.path / (place_a or place_b).partner
            raise UserError(
                f"{missing} is missing: it must hold the other sides of the pairs"
            )
        left, right = (self._map_names(p.folder) for p in (place_a, place_b))
        alone = sorted(left.keys() ^ right.keys())
        if alone:
            raise UserError(
                f"{join_some(alone, NAMED)} {'is' if len(alone) == 1 else 'are'} in "
                f"only one of {self.path / place_a.folder} and "
                f"{self.path / place_b.folder}: every image needs a partner of the "
                "same name in the other folder"
            )
        return [Pair(name, path, right[key][1]) for key, (name, path) in left.items()]

    def _map_names(self, folder: str) -> dict[str, tuple[str, Path]]:
        """Map the names of a folder's images to themselves and to the files.

        The keys are in Unicode's normal form C: systems write the same accented letter
        in different forms.
        """
        files: dict[str, tuple[str, Path]] = {}
        depth = folder.count("/") + 1
        for image in self._by_folder.get(folder, ()):
            name = image.name_below(depth)
            key = unicodedata.normalize("NFC", name)
            if key in files:
                raise UserError(
                    f"{files[key][1]} and {image.path} have the same name: every "
                    "image of one side must have its own name, and the two sides of "
                    "the pairs go into train/A and train/B"
                )
            files[key] = name, image.path
        if not files:
            raise self._make_empty_error(self.path / folder)
        return files

    def _make_empty_error(self, side: Path) -> UserError:
        skipped = scan_folder(side).skipped
        advice = (
            _advise(skipped)
            if skipped
            else "use {} files".format(", ".join(sorted(EXTENSIONS)))
        )
        return UserError(
            f"{side} has no image in it ({_describe_contents(side)}): {advice}"
        )


def open_pair_list(
    path: Path | str, val_fraction: float = config.VAL_FRACTION
) -> PairFolder | PairManifest:
    """Open a folder of pairs, or a manifest.

    Args:
        path: Path or str, a folder in one of the layouts of docs/data.md, or a CSV file
            that lists pairs; see `PairManifest`.
        val_fraction: float in (0, 1), the share of the training pairs to validate on
            if there are neither validation nor test pairs.

    Raises:
        UserError: if the path does not exist or is neither.
    """
    path = Path(path)
    if path.is_dir():
        return PairFolder(path, val_fraction)
    if path.is_file() and path.suffix.lower() == ".csv":
        return PairManifest(path, val_fraction)
    irregularity = find_irregularity(path)
    if irregularity:
        raise UserError(f"--data {path} {irregularity}, and no folder")
    raise UserError(
        f"{path} is not a folder: --data requires one with {LAYOUTS}; or a manifest, "
        "a .csv file with the columns input and target"
    )


def list_pairs(
    folder: Path | str, split: str, val_fraction: float = config.VAL_FRACTION
) -> list[Pair]:
    """List the pairs of one split of a folder or a manifest.

    To list several splits, `open_pair_list` reads the folder once.

    Args:
        folder: Path or str; see `open_pair_list`.
        split: "train", "val" or "test"; see `PairList.list_pairs`.
        val_fraction: float in (0, 1); see `open_pair_list`.

    Returns:
        list of Pair, not empty.

    Raises:
        UserError: if the folder does not exist, has no images for the split, or has an
            image without its partner or two images of the same name.
    """
    return open_pair_list(folder, val_fraction).list_pairs(split)


def _group_by_folder(images: list[_Image]) -> dict[str, list[_Image]]:
    """Group images by the first folder, and by the first two, in which they lie."""
    groups: dict[str, list[_Image]] = {}
    for image in images:
        for depth in range(1, min(len(image.parts), 3)):
            groups.setdefault("/".join(image.parts[:depth]), []).append(image)
    return groups


def _describe_counts(counts: Counter) -> list[str]:
    return [
        f"{name or 'directly in it'}: {count(number, 'image')}"
        for name, number in sorted(counts.items())
    ]


def _advise(skipped: dict[str, int]) -> str:
    """Say how to convert files that cannot be read."""
    if MEDICAL & skipped.keys():
        return "convert DICOM (.dcm) and NIfTI (.nii) files to .npy, see docs/data.md"
    return f"convert other images to PNG; read are {', '.join(sorted(EXTENSIONS))}"


def _describe_contents(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir())
    return f"it contains {join_some(names, NAMED)}" if names else "it is empty"
