"""The pairs of the study: training pairs, and pairs that no choice was made on."""

import hashlib
from pathlib import Path

from pyimagesearch.cli import info
from pyimagesearch.datasets.cache import build_once
from pyimagesearch.datasets.sources import open_source
from pyimagesearch.datasets.streets.street_dataset import encode_pair, render_pair

STREETS_SEED = 2026  # of street scenes that are in no dataset
STREETS = 100  # such scenes
TUNING_SHARE = 8  # one in so many training pairs is for tuning


def prepare_pairs(
    study: Path, dataset: str, url: str | None = None, is_tuning: bool = False
) -> Path:
    """Prepare the folder of a dataset's pairs, once.

    Its `train` has links to the training pairs. Its `val` has pairs on which no
    setting of a recipe was chosen: of facades the test pairs, of streets scenes of
    another seed.

    Args:
        study: Path, the folder of the study.
        dataset: str, "facades" or "streets".
        url: str or None, where the archive of the dataset is, if not on its server.
        is_tuning: bool, whether to take the pairs for choosing settings instead:
            `val` then has the training pairs of `is_for_tuning`, and `train` the rest.

    Returns:
        Path, the folder.

    Raises:
        UserError: if the dataset cannot be opened.
    """
    folder = study / "pairs" / f"{dataset}{'-tuning' if is_tuning else ''}"
    folder.parent.mkdir(parents=True, exist_ok=True)

    def build(partial: Path) -> None:
        pairs = open_source(dataset, url=url).pairs
        train = [pair.left for pair in pairs.list_pairs("train")]
        if is_tuning:
            unseen = [path for path in train if is_for_tuning(path)]
            train = [path for path in train if not is_for_tuning(path)]
        elif dataset == "streets":
            unseen = []
            _render_scenes(partial / "val")
        else:
            unseen = [pair.left for pair in pairs.list_pairs("test")]
        _link_all(train, partial / "train")
        _link_all(unseen, partial / "val")

    return build_once(folder, build)


def is_for_tuning(path: Path) -> bool:
    """Return whether settings are chosen on a training pair, by a hash of its name."""
    return hashlib.sha256(path.name.encode()).digest()[0] % TUNING_SHARE == 0


def _link_all(paths: list[Path], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for path in paths:
        (folder / path.name).symlink_to(path.absolute())


def _render_scenes(folder: Path) -> None:
    info(f"rendering {STREETS} street scenes...")
    folder.mkdir()
    for number in range(STREETS):
        pair = encode_pair(*render_pair(number, STREETS_SEED))
        (folder / f"{number:03}.jpg").write_bytes(pair)
