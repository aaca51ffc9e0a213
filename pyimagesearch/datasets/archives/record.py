"""`dataset.json`: where a dataset in the cache is from."""

import json
from pathlib import Path

from pyimagesearch.console import info
from pyimagesearch.datasets.archives.archive import counted, described
from pyimagesearch.datasets.catalogue import CataloguedDataset
from pyimagesearch.errors import UserError

RECORD = "dataset.json"


def write_record(
    folder: Path, url: str, archive_bytes: int, sha256: str, counts: dict[str, int]
) -> None:
    """Says in a dataset's folder which archive it was unpacked from."""
    record = {"url": url, "bytes": archive_bytes, "sha256": sha256, "counts": counts}
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n")


def check_record(
    folder: Path, dataset: CataloguedDataset, url: str | None, sha256: str | None
) -> None:
    """Holds a dataset's folder, however old, against what is asked for now.

    Another origin is worth a line on the screen, another checksum is an error.

    Args:
        folder: the dataset's folder in the cache.
        dataset: what should be in it.
        url: where the user wants the archive from, None for anywhere.
        sha256: what the archive's has to be, None for anything.

    Raises:
        UserError: where the folder is not from an archive with that checksum, or is
            from an unknown one and incomplete.
    """
    try:
        record = json.loads((folder / RECORD).read_text())
        origin, digest = record["url"], record["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        _check_complete(folder, dataset)
        origin = digest = "not on record"
    if sha256 and sha256.lower() != digest:
        raise UserError(
            f"{folder} is from an archive whose sha256 is {digest}, and not the "
            f"{sha256.lower()} of --dataset-sha256: delete the folder to fetch it anew"
        )
    if url and url != origin:
        info(
            f"using {folder}, whose origin is {origin}, and not {url}: delete "
            "the folder to fetch it anew"
        )


def _check_complete(folder: Path, dataset: CataloguedDataset) -> None:
    """Keras's get_file, which the tutorial calls, may have unpacked it in part."""
    counts = counted(folder)
    if counts != dataset.counts:
        raise UserError(
            f"{folder} holds {described(counts)} where {described(dataset.counts)} "
            "were expected, and does not say where they are from: move it away, or "
            f"use what it holds with --data {folder}"
        )
