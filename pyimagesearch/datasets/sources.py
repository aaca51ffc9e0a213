"""The flags that select a dataset, and the folder of pairs that they select."""

import argparse
from pathlib import Path
from typing import NamedTuple

from pyimagesearch import config
from pyimagesearch.cli import INTEGER, Parser, info, parse_fraction, parse_path
from pyimagesearch.datasets.cache import get_datasets_folder
from pyimagesearch.datasets.catalog import get_dataset
from pyimagesearch.datasets.download import download_dataset, resolve_url
from pyimagesearch.datasets.folders import open_pair_list
from pyimagesearch.datasets.image_files import describe_skipped
from pyimagesearch.datasets.splits import PairList
from pyimagesearch.datasets.streets import VERSION as STREETS_VERSION
from pyimagesearch.datasets.streets import streets_folder
from pyimagesearch.errors import UserError


class Source(NamedTuple):
    """A folder of pairs or a manifest, and what its two sides are."""

    folder: Path  # the folder or the file of a manifest
    direction: str  # "BtoA", to generate side A from side B, or "AtoB"
    label_side: str | None  # "A" or "B" if that side is a map of flat colours
    pairs: PairList  # the files, which were searched once

    @property
    def makes_labels(self) -> bool:
        """Whether the target images are label maps."""
        return self.label_side == self.direction[-1]

    @property
    def reads_labels(self) -> bool:
        """Whether the input images are label maps."""
        return self.label_side == self.direction[0]

    def to_record(self) -> dict:
        """Return the source as a dict for JSON."""
        return {
            "folder": str(self.folder),
            "direction": self.direction,
            "label_side": self.label_side,
            "layout": self.pairs.layout,
            "held_out": self.pairs.held_out,
        }


def open_source(
    dataset: str,
    data: str | None = None,
    url: str | None = None,
    sha256: str | None = None,
    direction: str | None = None,
    label_side: str | None = None,
    val_fraction: float = config.VAL_FRACTION,
    max_pixels: int = config.MAX_PIXELS,
) -> Source:
    """Open a dataset: render or download it if necessary.

    Args:
        dataset: str, a name in the catalog.
        data: str, the folder or the manifest of a custom dataset, instead of `dataset`.
        url: str, URL or path of the dataset's archive, instead of the official one.
        sha256: str, the required SHA-256 of the archive, in hexadecimal.
        direction: "AtoB" or "BtoA", instead of the dataset's own, which for a custom
            dataset follows from the names of its folders.
        label_side: "A", "B" or "none", instead of the dataset's own, likewise.
        val_fraction: float in (0, 1), the share of the training pairs to validate on
            if there are neither validation nor test pairs.
        max_pixels: int, the largest number of pixels of an image file to decode.

    Raises:
        UserError: if the name is unknown, the flags contradict each other, or the
            dataset cannot be downloaded or has no pairs.
    """
    if data is not None:
        if url or sha256:
            raise UserError(
                "--dataset-url and --dataset-sha256 cannot be combined with --data"
            )
        pairs = open_pair_list(Path(data).resolve(), val_fraction)
        _say_what_is_left_out(pairs)
        own_direction, own_label_side = pairs.direction, pairs.label_side
    else:
        entry = get_dataset(dataset)
        own_direction, own_label_side = entry.direction, entry.label_side
        if entry.rendered and not (url or sha256):
            folder = streets_folder()
        else:
            folder = download_dataset(dataset, url, sha256)
        pairs = open_pair_list(folder, val_fraction)
    pairs.max_pixels = max_pixels
    side = None if label_side == "none" else label_side or own_label_side
    return Source(pairs.path, direction or own_direction, side, pairs)


def _say_what_is_left_out(pairs: PairList) -> None:
    if pairs.skipped:
        info(f"passed over in {pairs.path}: {describe_skipped(pairs.skipped)}")
    if pairs.unused:
        info(f"not used in {pairs.path}: {', '.join(pairs.unused)}")


def open_source_from_settings(settings: argparse.Namespace) -> Source:
    """Open the dataset that the flags of `add_dataset_flags` select."""
    return open_source(
        settings.dataset,
        settings.data,
        settings.dataset_url,
        settings.dataset_sha256,
        settings.direction,
        settings.label_side,
        settings.val_fraction,
        settings.max_pixels,
    )


def is_available(settings: argparse.Namespace) -> bool:
    """Return whether the dataset needs no download and no rendering."""
    if settings.data:
        return True
    is_rendered = get_dataset(settings.dataset).rendered and not (
        settings.dataset_url or settings.dataset_sha256
    )
    name = STREETS_VERSION if is_rendered else settings.dataset
    return (get_datasets_folder() / name).is_dir()


class _ChooseDataset(argparse.Action):
    """Stores the name of a dataset in the catalog."""

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, get_dataset(values).name)


DATASET_FLAGS = (
    *("dataset", "dataset_url", "dataset_sha256", "data"),
    *("direction", "label_side", "val_fraction", "max_pixels"),
)


def add_dataset_flags(parser: Parser) -> None:
    """Add the flags that select a dataset, `DATASET_FLAGS`, to a parser."""
    group = parser.add_argument_group(
        "dataset (A: left half or first folder, B: right half or second folder)"
    )
    either = group.add_mutually_exclusive_group()
    text = (
        "cityscapes, facades, maps, edges2shoes, edges2handbags or night2day, which "
        "are downloaded once, or streets, which is rendered on this machine"
    )
    either.add_argument(
        "--dataset",
        action=_ChooseDataset,
        metavar="NAME",
        default=config.DATASET,
        help=text,
    )
    text = (
        "a folder of your own pairs: side by side in train/ and val/, or one file per "
        "side in train/A/ and train/B/, trainA/ and trainB/, A/train/ and B/train/, or "
        "A/ and B/ (A and B may be called input and target, or image and label); or a "
        "manifest, a CSV file with the columns input, target and, if you like, split"
    )
    either.add_argument("--data", type=parse_path, metavar="PATH", help=text)
    add = group.add_argument
    text = "URL or path of the dataset's archive, instead of the official one"
    add("--dataset-url", type=resolve_url, metavar="URL", help=text)
    add("--dataset-sha256", metavar="HEX", help="required SHA-256 of the archive")
    text = (
        "which side is generated from which; default: the dataset's own; for --data "
        "AtoB if the sides are called input and target, else BtoA"
    )
    add("--direction", choices=config.DIRECTIONS, help=text)
    text = (
        "the side that is a map of flat colours, which is resized by nearest "
        "neighbour; default: the dataset's own; for --data B if the sides are called "
        "image and label, else none"
    )
    add("--label-side", choices=(*config.SIDES, "none"), help=text)
    text = "share of the pairs to validate on if the folder has no val and no test"
    share = {"type": parse_fraction, "metavar": "SHARE"}
    add("--val-fraction", **share, default=config.VAL_FRACTION, help=text)
    text = "refuse image files of more than N pixels before they are decoded"
    add("--max-pixels", **INTEGER, default=config.MAX_PIXELS, help=text)
