"""From what a user names to a folder of pairs."""

from pathlib import Path
from typing import NamedTuple

from pyimagesearch.datasets.archives.download import downloaded_dataset
from pyimagesearch.datasets.catalogue import dataset_named
from pyimagesearch.datasets.streets import streets_folder
from pyimagesearch.errors import UserError


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


def opened_source(
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
        entry = dataset_named(dataset)
        own_direction, own_label_side = entry.direction, entry.label_side
        if entry.rendered and not (url or sha256):
            folder = streets_folder()
        else:
            folder = downloaded_dataset(dataset, url, sha256)
    if label_side is None:
        label_side = own_label_side
    elif label_side == "none":
        label_side = None
    return Source(folder, direction or own_direction, label_side)
