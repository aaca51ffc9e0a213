"""From what a user names to a folder of pairs."""

import argparse
from pathlib import Path
from typing import NamedTuple

from pyimagesearch import config
from pyimagesearch.cli import Parser, parse_fraction, parse_path
from pyimagesearch.datasets.catalog import get_dataset
from pyimagesearch.datasets.download import download_dataset
from pyimagesearch.datasets.streets import streets_folder
from pyimagesearch.errors import UserError

DATASET_FLAGS = (
    "dataset",
    "dataset_url",
    "dataset_sha256",
    "data",
    "direction",
    "label_side",
    "val_fraction",
)


class Source(NamedTuple):
    """A folder of pairs, and what is on their two sides.

    Attributes:
        folder: see `folders.list_pairs`.
        direction: "BtoA", from the right half to the left, or "AtoB".
        label_side: "A" or "B" where that side is a map of flat colours, else None.
    """

    folder: Path
    direction: str
    label_side: str | None

    @property
    def makes_labels(self) -> bool:
        """Whether the targets are label maps."""
        return self.label_side == self.direction[-1]

    @property
    def reads_labels(self) -> bool:
        """Whether the inputs are label maps."""
        return self.label_side == self.direction[0]


def open_source(
    dataset: str,
    data: str | None = None,
    url: str | None = None,
    sha256: str | None = None,
    direction: str | None = None,
    label_side: str | None = None,
) -> Source:
    """Finds a dataset, and renders or downloads it where that is still to be done.

    Args:
        dataset: a name in the catalogue.
        data: an own folder, which goes before `dataset`.
        url: the dataset's archive elsewhere than on the official server: a URL, or
            a local file.
        sha256: that the archive must have, in hexadecimal.
        direction: "AtoB" or "BtoA", instead of the dataset's own.
        label_side: "A", "B" or "none", instead of the dataset's own.

    Raises:
        UserError: where the name is unknown or the dataset cannot be had.
    """
    if data is not None:
        if url or sha256:
            raise UserError("--dataset-url and --dataset-sha256 are not for --data")
        folder, own_direction, own_label_side = Path(data).resolve(), "BtoA", None
    else:
        entry = get_dataset(dataset)
        own_direction, own_label_side = entry.direction, entry.label_side
        if entry.rendered and not (url or sha256):
            folder = streets_folder()
        else:
            folder = download_dataset(dataset, url, sha256)
    if label_side is None:
        label_side = own_label_side
    elif label_side == "none":
        label_side = None
    return Source(folder, direction or own_direction, label_side)


def add_dataset_flags(parser: Parser) -> None:
    """Adds `DATASET_FLAGS`, which name the pairs: see `datasets.sources`."""
    group = parser.add_argument_group("the pairs (A: left half, B: right half)")
    either = group.add_mutually_exclusive_group()
    either.add_argument(
        "--dataset",
        metavar="NAME",
        default=config.DATASET,
        help="cityscapes, facades, maps, edges2shoes, edges2handbags, night2day: "
        "downloaded once; streets: rendered here, without a network",
    )
    either.add_argument(
        "--data",
        type=parse_path,
        metavar="DIR",
        help="own pairs: side by side in DIR/train and DIR/val, or one side each in "
        "DIR/trainA, trainB, valA and valB",
    )
    group.add_argument(
        "--dataset-url",
        metavar="URL",
        help="the named dataset's archive on another server, or as a local file",
    )
    group.add_argument(
        "--dataset-sha256", metavar="HEX", help="what the archive's SHA-256 must be"
    )
    group.add_argument(
        "--direction",
        choices=("AtoB", "BtoA"),
        help="from which side to which; the dataset's own, for own pairs BtoA",
    )
    group.add_argument(
        "--label-side",
        choices=("A", "B", "none"),
        help="the side that is a map of flat colours, resized by nearest neighbour; "
        "the dataset's own, for own pairs none",
    )
    group.add_argument(
        "--val-fraction",
        type=parse_fraction,
        metavar="SHARE",
        default=config.VAL_FRACTION,
        help="of the own pairs, held out where DIR has no val and no test",
    )


def open_source_from_settings(settings: argparse.Namespace) -> Source:
    """The source that the flags of `add_dataset_flags` name."""
    return open_source(
        settings.dataset,
        settings.data,
        settings.dataset_url,
        settings.dataset_sha256,
        settings.direction,
        settings.label_side,
    )
