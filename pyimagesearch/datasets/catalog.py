"""The named datasets: their pairs, their sides and where their archives are.

The archives are on the server of the pix2pix authors. It publishes no checksums, so a
download can only be checked by its size and its number of images.
"""

from dataclasses import dataclass
from typing import Literal

from pyimagesearch import config
from pyimagesearch.errors import UserError

SERVER = config.DATASET_URL.rpartition("/")[0]
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class CatalogEntry:
    """A dataset of side-by-side pairs: side A is the left half, B the right half.

    Attributes:
        name: str, the value of `--dataset`.
        train, val, test: int, the number of pairs in each folder, 0 if there is none.
        direction: str, the usual direction: "BtoA" generates side A from side B.
        label_side: "A" or "B" if that side is a map of flat colours, else None.
        archive_bytes: int, the size of the archive; None if it is not exactly known.
        rendered: bool, whether it is rendered on this machine and has no archive.
    """

    name: str
    train: int
    val: int
    test: int
    direction: Literal["AtoB", "BtoA"]
    label_side: Literal["A", "B"] | None = None
    archive_bytes: int | None = None
    rendered: bool = False

    @property
    def archive_url(self) -> str | None:
        """URL of the official archive, None for a rendered dataset."""
        return None if self.rendered else f"{SERVER}/{self.name}.tar.gz"

    @property
    def counts(self) -> dict[str, int]:
        """Number of pairs in each split that is not empty."""
        counts = {split: getattr(self, split) for split in SPLITS}
        return {split: count for split, count in counts.items() if count}


CATALOG = {
    dataset.name: dataset
    for dataset in (
        # photo | labels
        CatalogEntry("cityscapes", 2975, 500, 0, "BtoA", "B", 103_441_232),
        CatalogEntry("facades", 400, 100, 106, "BtoA", "B", 30_168_306),
        CatalogEntry("maps", 1096, 1098, 0, "BtoA", None, 250_242_400),  # photo | map
        CatalogEntry("edges2shoes", 49_825, 200, 0, "AtoB"),  # edges | photo
        CatalogEntry("edges2handbags", 138_567, 200, 0, "AtoB"),  # edges | photo
        CatalogEntry("night2day", 17_823, 10, 2287, "AtoB"),  # night | day
        CatalogEntry("streets", 400, 100, 0, "BtoA", "B", rendered=True),
    )
}


def get_dataset(name: str) -> CatalogEntry:
    """Look up a dataset by name.

    Args:
        name: str, the value of `--dataset`.

    Returns:
        CatalogEntry.

    Raises:
        UserError: if the name is unknown; the message lists the known names.
    """
    if name not in CATALOG:
        raise UserError(
            f"--dataset {name} is not one of {', '.join(CATALOG)}; to use your "
            "own pairs, pass their folder with --data"
        )
    return CATALOG[name]
