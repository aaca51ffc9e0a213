"""The named datasets, from their server, a mirror or a local archive."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pyimagesearch.console import info
from pyimagesearch.datasets.archives.archive import described, unpack
from pyimagesearch.datasets.archives.disk import is_full
from pyimagesearch.datasets.archives.fetch import fetch
from pyimagesearch.datasets.archives.part import discard, held_bytes
from pyimagesearch.datasets.archives.record import check_record, write_record
from pyimagesearch.datasets.cache import datasets_folder, made_once
from pyimagesearch.datasets.catalogue import CataloguedDataset, dataset_named
from pyimagesearch.errors import UserError

WAYS_ROUND = (
    "--dataset streets is rendered here without a network, --dataset-url takes a "
    "mirror or a local archive, --data a folder of your own"
)


def downloaded_dataset(
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
    dataset = dataset_named(name)
    if dataset.rendered:
        raise UserError(f"--dataset {name} is rendered here: leave out --dataset-url")
    source = _resolved(url or dataset.archive_url)
    folder = datasets_folder() / name
    part = folder.with_name(f".{name}.part")

    def build(partial: Path) -> None:
        if isinstance(source, Path):
            _unpack_checked(source, partial, dataset, str(source), sha256)
        else:
            _download(source, part, partial, dataset, sha256)

    try:
        made_once(folder, build)
    except UserError as error:
        raise UserError(f"{error}{_kept(part, source)}; {WAYS_ROUND}") from None
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise UserError(
            f"{folder} cannot be made: {error.strerror or error}{where}"
            f"{_kept(part, source)}; {WAYS_ROUND}"
        ) from None
    check_record(folder, dataset, str(source) if url else None, sha256)
    return folder


def _resolved(source: str) -> str | Path:
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
    url: str, part: Path, folder: Path, dataset: CataloguedDataset, sha256: str | None
) -> None:
    official = url == dataset.archive_url
    fetch(url, part, dataset.archive_bytes if official else None)
    try:
        _unpack_checked(part, folder, dataset, url, sha256)
    except (UserError, OSError) as error:
        if not is_full(error):
            discard(part)  # what is wrong with it would be so the next time
        raise
    discard(part)


def _unpack_checked(
    archive: Path,
    folder: Path,
    dataset: CataloguedDataset,
    source: str,
    sha256: str | None,
) -> None:
    if not archive.is_file():
        raise UserError(f"--dataset-url {source} is not a file")
    digest = _sha256(archive)
    if sha256 and sha256.lower() != digest:
        raise UserError(
            f"{source} has the sha256 {digest}, and not the {sha256.lower()} of "
            "--dataset-sha256"
        )
    info(f"unpacking {source}")
    counts = unpack(archive, folder, source)
    if source == dataset.archive_url and counts != dataset.counts:
        raise UserError(
            f"{source} holds {described(counts)} where {described(dataset.counts)} "
            "were expected"
        )
    write_record(folder, source, archive.stat().st_size, digest, counts)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _kept(part: Path, source: str | Path) -> str:
    held = held_bytes(part, str(source))
    if not held:
        return ""
    return f"; the {held / 1e6:.1f} MB that came are kept, and a next run goes on there"
