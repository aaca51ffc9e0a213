"""Named datasets from their server, a mirror or a local archive."""

import hashlib
import json
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pyimagesearch.cli import info
from pyimagesearch.datasets.archives import (
    count_images,
    describe_counts,
    is_disk_full,
    unpack_archive,
)
from pyimagesearch.datasets.cache import build_once, get_datasets_folder
from pyimagesearch.datasets.catalog import CatalogEntry, get_dataset
from pyimagesearch.datasets.transfer import count_held_bytes, discard_part, fetch_file
from pyimagesearch.errors import UserError

RECORD = "dataset.json"


def write_dataset_record(
    folder: Path, url: str, archive_bytes: int, sha256: str, counts: dict[str, int]
) -> None:
    """Says in a dataset's folder which archive it was unpacked from."""
    record = {"url": url, "bytes": archive_bytes, "sha256": sha256, "counts": counts}
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n")


def check_dataset_record(
    folder: Path, dataset: CatalogEntry, url: str | None, sha256: str | None
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


def _check_complete(folder: Path, dataset: CatalogEntry) -> None:
    """Keras's get_file, which the tutorial calls, may have unpacked it in part."""
    counts = count_images(folder)
    if counts != dataset.counts:
        raise UserError(
            f"{folder} holds {describe_counts(counts)} where "
            f"{describe_counts(dataset.counts)} "
            "were expected, and does not say where they are from: move it away, or "
            f"use what it holds with --data {folder}"
        )


ALTERNATIVES = (
    "--dataset streets is rendered here without a network, --dataset-url takes a "
    "mirror or a local archive, --data a folder of your own"
)


def download_dataset(
    name: str, url: str | None = None, sha256: str | None = None
) -> Path:
    """Gives a named dataset's folder in the Keras dataset cache, fetched on first use.

    Args:
        name: a dataset of the catalogue that has an archive.
        url: another place to get the archive from: http://, https://, file:// or a
            path. A local archive is read where it is.
        sha256: what the archive's has to be, in hexadecimal.

    Returns:
        The folder, with `train/`, with `val/` or `test/`, and with `dataset.json`.

    Raises:
        UserError: where the dataset is not to be had, with the ways round.
    """
    dataset = get_dataset(name)
    if dataset.rendered:
        raise UserError(f"--dataset {name} is rendered here: leave out --dataset-url")
    source = _resolve_source(url or dataset.archive_url)
    folder = get_datasets_folder() / name
    part = folder.with_name(f".{name}.part")

    def build(partial: Path) -> None:
        if isinstance(source, Path):
            _unpack_checked(source, partial, dataset, str(source), sha256)
        else:
            _download(source, part, partial, dataset, sha256)

    try:
        build_once(folder, build)
    except UserError as error:
        raise UserError(
            f"{error}{_describe_kept(part, source)}; {ALTERNATIVES}"
        ) from None
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise UserError(
            f"{folder} cannot be made: {error.strerror or error}{where}"
            f"{_describe_kept(part, source)}; {ALTERNATIVES}"
        ) from None
    check_dataset_record(folder, dataset, str(source) if url else None, sha256)
    return folder


def _resolve_source(source: str) -> str | Path:
    """An http address as it is, anything else as the path that it names."""
    scheme, separator, _ = source.partition("://")
    if not separator:
        return Path(source).expanduser().absolute()
    if scheme.lower() == "file":
        return Path(url2pathname(urlsplit(source).path)).absolute()
    if scheme.lower() in ("http", "https"):
        return source
    raise UserError(
        f"--dataset-url {source} is none of http://, https://, file:// and a path"
    )


def _download(
    url: str, part: Path, folder: Path, dataset: CatalogEntry, sha256: str | None
) -> None:
    official = url == dataset.archive_url
    fetch_file(url, part, dataset.archive_bytes if official else None)
    try:
        _unpack_checked(part, folder, dataset, url, sha256)
    except (UserError, OSError) as error:
        if not is_disk_full(error):
            discard_part(part)  # what is wrong with it would be so the next time
        raise
    discard_part(part)


def _unpack_checked(
    archive: Path,
    folder: Path,
    dataset: CatalogEntry,
    source: str,
    sha256: str | None,
) -> None:
    if not archive.is_file():
        raise UserError(f"--dataset-url {source} is not a file")
    digest = _hash_file(archive)
    if sha256 and sha256.lower() != digest:
        raise UserError(
            f"{source} has the sha256 {digest}, and not the {sha256.lower()} of "
            "--dataset-sha256"
        )
    info(f"unpacking {source}")
    counts = unpack_archive(archive, folder, source)
    if source == dataset.archive_url and counts != dataset.counts:
        raise UserError(
            f"{source} holds {describe_counts(counts)} where "
            f"{describe_counts(dataset.counts)} "
            "were expected"
        )
    write_dataset_record(folder, source, archive.stat().st_size, digest, counts)


def _hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _describe_kept(part: Path, source: str | Path) -> str:
    held = count_held_bytes(part, str(source))
    if not held:
        return ""
    return f"; the {held / 1e6:.1f} MB that came are kept, and a next run goes on there"
