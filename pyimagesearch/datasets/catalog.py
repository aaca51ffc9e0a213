"""The named datasets: what each holds, and which half of a pair is what.

The archives are those of the pix2pix authors' server. It publishes no checksum, so
sizes and counts are what a download can be held against.
"""

from dataclasses import dataclass
from typing import Literal

from pyimagesearch import config
from pyimagesearch.errors import UserError

SERVER = config.DATASET_URL.rpartition("/")[0]
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class CatalogEntry:
    """A dataset of side-by-side pairs, A the left half and B the right one.

    Attributes:
        name: what `--dataset` calls it.
        train: pairs in `train/`.
        val: pairs in `val/`, 0 where there is no such folder.
        test: pairs in `test/`, 0 where there is no such folder.
        direction: the natural one; "BtoA" makes the left half from the right.
        label_side: the half that is a flat label map, None where neither is.
        archive_bytes: the archive's size, None where only a rounded one is known.
        rendered: drawn on this machine, so that there is no archive.
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
        """Where the official archive is, None for a rendered set."""
        return None if self.rendered else f"{SERVER}/{self.name}.tar.gz"

    @property
    def counts(self) -> dict[str, int]:
        """Pairs in each split that there is."""
        counts = {split: getattr(self, split) for split in SPLITS}
        return {split: count for split, count in counts.items() if count}


CATALOG = {
    dataset.name: dataset
    for dataset in (
        CatalogEntry(  # photo | labels
            "cityscapes", 2975, 500, 0, "BtoA", "B", archive_bytes=103_441_232
        ),
        CatalogEntry(  # photo | labels
            "facades", 400, 100, 106, "BtoA", "B", archive_bytes=30_168_306
        ),
        CatalogEntry(  # aerial photo | map
            "maps", 1096, 1098, 0, "BtoA", archive_bytes=250_242_400
        ),
        CatalogEntry("edges2shoes", 49_825, 200, 0, "AtoB"),  # edges | photo
        CatalogEntry("edges2handbags", 138_567, 200, 0, "AtoB"),  # edges | photo
        CatalogEntry("night2day", 17_823, 10, 2287, "AtoB"),  # night | day
        CatalogEntry("streets", 400, 100, 0, "BtoA", "B", rendered=True),
    )
}


def get_dataset(name: str) -> CatalogEntry:
    """The catalogue's entry for `--dataset name`.

    Raises:
        UserError: where there is none; it lists the names that there are.
    """
    if name not in CATALOG:
        raise UserError(
            f"--dataset {name} is not one of {', '.join(CATALOG)}; for pairs of "
            "your own, name their folder with --data"
        )
    return CATALOG[name]
