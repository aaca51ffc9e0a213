"""Named datasets from their server, a mirror or a local archive."""

import hashlib
import json
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pyimagesearch.cli import info, parse_path, warning
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
from pyimagesearch.schemas import (
    Integer,
    Record,
    SchemaError,
    Text,
    read_json,
)

RECORD = "dataset.json"
MAX_RECORD = 100_000  # bytes; a record has some hundreds, and at most a long URL
SCHEMA = Record(
    {"url": Text(), "sha256": Text("[0-9a-f]{1,64}", "a SHA-256 in hexadecimal")},
    {"bytes": Integer(), "counts": Record(rest=Integer())},
)
ALTERNATIVES = (
    "alternatives: --dataset streets, which is rendered on this machine; --dataset-url "
    "with a mirror or a local archive; --data with a folder of your own pairs"
)


def download_dataset(
    name: str, url: str | None = None, sha256: str | None = None
) -> Path:
    """Return the folder of a named dataset, and download it if it is not cached.

    Args:
        name: str, a dataset of the catalog that has an archive.
        url: str, where to get the archive instead of the official server: a URL that
            starts with http://, https:// or file://, or a path. A local archive is
            unpacked from where it is.
        sha256: str, the required SHA-256 of the archive, in hexadecimal; None to
            accept any.

    Returns:
        Path, a folder in the Keras dataset cache with `train/`, with `val/` or
        `test/` or both, and with `dataset.json`.

    Raises:
        UserError: if the dataset cannot be downloaded or unpacked, or if the cached
            one has another origin; see `check_dataset_record`.
    """
    dataset = get_dataset(name)
    if dataset.rendered:
        raise UserError(
            f"--dataset {name} is rendered on this machine: leave out --dataset-url "
            "and --dataset-sha256"
        )
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
    except (UserError, OSError) as error:
        reason = str(error)
        if isinstance(error, OSError):
            where = f": {error.filename}" if error.filename else ""
            reason = f"{folder} cannot be created: {error.strerror or error}{where}"
        kept = _describe_kept(part, source)
        raise UserError(f"{reason}{kept}; {ALTERNATIVES}") from None
    check_dataset_record(folder, dataset, str(source) if url else None, sha256)
    return folder


def write_dataset_record(
    folder: Path, url: str, archive_bytes: int, sha256: str, counts: dict[str, int]
) -> None:
    """Write `dataset.json`, which says what archive a dataset was unpacked from.

    Args:
        folder: Path, the dataset's folder.
        url: str, the URL or the path of the archive.
        archive_bytes: int, its size.
        sha256: str, its SHA-256, in lower-case hexadecimal.
        counts: dict, the number of images in each split.
    """
    record = {"url": url, "bytes": archive_bytes, "sha256": sha256, "counts": counts}
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n")


def check_dataset_record(
    folder: Path, dataset: CatalogEntry, url: str | None, sha256: str | None
) -> None:
    """Check that a cached dataset is the one that is asked for.

    A folder without a valid `dataset.json` must have all images of the dataset.

    Args:
        folder: Path, the dataset's folder in the cache.
        dataset: CatalogEntry, the dataset.
        url: str, the required URL or path of the archive; None to accept any. Not
            checked if `sha256` is given: equal checksums mean equal archives.
        sha256: str, the required SHA-256 of the archive; None to accept any.

    Raises:
        UserError: if the archive had another URL or checksum, or if the folder has no
            record and is incomplete.
    """
    try:
        record = read_json(folder / RECORD, MAX_RECORD)
        SCHEMA.check(record)
        origin, digest = record["url"], record["sha256"]
    except (OSError, SchemaError):
        _check_complete(folder, dataset)
        origin, digest = None, "unknown"
    if sha256 and sha256.lower() != digest:
        raise UserError(
            f"the SHA-256 of the archive of {folder} is {digest}, not the "
            f"{sha256.lower()} of --dataset-sha256: remove the folder to fetch the "
            "dataset again"
        )
    if not url or sha256 or url == origin:
        return
    if origin is not None:
        raise UserError(
            f"{folder} was made from {origin}, not from --dataset-url {url}: remove "
            "the folder to fetch the dataset again, or leave out --dataset-url to use "
            "it as it is"
        )
    warning(
        f"using {folder}, whose origin is unknown: remove the folder to fetch the "
        f"dataset from --dataset-url {url}"
    )


def _check_complete(folder: Path, dataset: CatalogEntry) -> None:
    """Refuse what keras.utils.get_file, which the tutorial calls, unpacked in part."""
    counts = count_images(folder)
    if counts != dataset.counts:
        raise UserError(
            f"{folder} contains {describe_counts(counts)} instead of "
            f"{describe_counts(dataset.counts)}, and has no valid {RECORD}: move it "
            f"away to fetch the dataset again, or use it as it is with --data {folder}"
        )


def resolve_url(url: str) -> str:
    """Make a path absolute, so that it is valid from any folder; keep a URL."""
    return url if "://" in url else parse_path(url)


def _resolve_source(url: str) -> str | Path:
    """Return an http address as it is, and anything else as a path."""
    scheme, separator, _ = url.partition("://")
    if not separator:
        return Path(resolve_url(url))
    if scheme.lower() == "file":
        return Path(url2pathname(urlsplit(url).path)).absolute()
    if scheme.lower() in ("http", "https"):
        return url
    raise UserError(
        f"--dataset-url {url} is not valid: it must be a path, or start with http://, "
        "https:// or file://"
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
            discard_part(part)  # the archive itself is wrong
        raise
    discard_part(part)


def _unpack_checked(
    archive: Path, folder: Path, dataset: CatalogEntry, source: str, sha256: str | None
) -> None:
    if not archive.is_file():
        raise UserError(f"--dataset-url {source} is not a file")
    digest = _hash_file(archive)
    if sha256 and sha256.lower() != digest:
        raise UserError(
            f"the SHA-256 of {source} is {digest}, not the {sha256.lower()} of "
            "--dataset-sha256"
        )
    info(f"unpacking {source}")
    counts = unpack_archive(archive, folder, source)
    if source == dataset.archive_url and counts != dataset.counts:
        raise UserError(
            f"{source} contains {describe_counts(counts)} instead of "
            f"{describe_counts(dataset.counts)}"
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
    kept = f"; {held / 1e6:.1f} MB are kept, and the next run resumes the download"
    return kept if held else ""
