"""Unpack dataset archives from untrusted sources."""

import errno
import lzma
import shutil
import tarfile
import zlib
from gzip import BadGzipFile
from pathlib import Path, PureWindowsPath

from pyimagesearch.datasets.catalog import SPLITS
from pyimagesearch.datasets.image_files import list_image_files
from pyimagesearch.errors import UserError

SPARE_BYTES = 100_000_000  # left to everything else on the disk


def get_free_bytes(folder: Path) -> int:
    """What may be written on the disk that `folder` is on."""
    return max(shutil.disk_usage(folder).free - SPARE_BYTES, 0)


def check_free_space(folder: Path, needed: int, purpose: str) -> None:
    """Checks that there is room for `needed` bytes on the disk that `folder` is on.

    Args:
        folder: a folder, which exists.
        needed: bytes.
        purpose: what needs them, for the error.

    Raises:
        OSError: ENOSPC, as a write would raise it later.
    """
    free = get_free_bytes(folder)
    if free < needed:
        raise OSError(
            errno.ENOSPC,
            f"{purpose} needs {needed / 1e9:.2f} GB where {folder} has "
            f"{free / 1e9:.2f} GB to give: make room there, or set KERAS_HOME to a "
            "folder on a larger disk",
        )


def is_disk_full(error: Exception) -> bool:
    """Whether the error says that the disk, or the user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


MAX_MEMBERS = 500_000  # the largest set, edges2handbags, has 138,767 images
PADDING_BYTES = 1 << 20  # more than any tar pads its archives with

# What tarfile and the decompressors raise on bytes that are not what they should be.
_BROKEN = (
    tarfile.TarError,
    BadGzipFile,
    EOFError,
    lzma.LZMAError,
    zlib.error,
    OverflowError,  # a time that no file can have
    ValueError,  # a name that no file can have
)


def unpack_archive(archive: Path, folder: Path, source: str) -> dict[str, int]:
    """Unpacks the `train/`, `val/` and `test/` of a dataset's archive.

    They stand at the archive's top, or in a folder there that has the set's name.

    Args:
        archive: a tar file, compressed or not.
        folder: an empty folder, which gets them. When this raises, what is in it is
            worth nothing.
        source: where the archive is from, for the errors.

    Returns:
        The number of images in each of them that has any.

    Raises:
        UserError: where the archive is broken, hostile or no dataset.
        OSError: where the folder cannot be written, or has too little room.
    """
    if not hasattr(tarfile, "data_filter"):  # PEP 706
        raise UserError(
            "This Python cannot unpack archives safely: take 3.10.12, 3.11.4, or newer"
        )
    check_free_space(folder, archive.stat().st_size, f"unpacking {source}")
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    try:
        with tarfile.open(archive) as tar:
            _extract(tar, unpacked, source)
    except tarfile.FilterError as error:
        raise UserError(f"{source} is refused: {error}") from None
    except UserError:
        raise  # a ValueError too
    except _BROKEN:
        raise UserError(f"{source} is not a tar archive, or a broken one") from None
    counts = _move_splits(unpacked, folder)
    shutil.rmtree(unpacked)
    if "train" not in counts or len(counts) < 2:
        raise UserError(
            f"{source} is no dataset: it holds {describe_counts(counts)}, and needs "
            "images in train/ and in val/ or test/"
        )
    return counts


def describe_counts(counts: dict[str, int]) -> str:
    """For a sentence: "400 train and 106 val images"."""
    numbers = " and ".join(f"{count} {split}" for split, count in counts.items())
    return f"{numbers or 'no'} images"


def count_images(folder: Path) -> dict[str, int]:
    """The number of images in each of a dataset's splits that has any."""
    counts = {split: len(list_image_files(folder / split)) for split in SPLITS}
    return {split: count for split, count in counts.items() if count}


def _extract(tar: tarfile.TarFile, folder: Path, source: str) -> None:
    room = get_free_bytes(folder)
    for number, member in enumerate(tar, start=1):
        # The filter alone strips a leading slash, and lets a link point inside.
        path = PureWindowsPath(member.name)  # takes both kinds of slash
        if path.anchor or ".." in path.parts:
            raise UserError(
                f"{source} is refused: {member.name!r} in it points out of its folder"
            )
        if not (member.isreg() or member.isdir()):
            raise UserError(
                f"{source} is refused: {member.name!r} in it is a link or a device"
            )
        room -= member.size
        if room < 0:
            raise UserError(f"{source} is refused: unpacked, it would fill the disk")
        if number > MAX_MEMBERS:
            raise UserError(
                f"{source} is refused: it has more than {MAX_MEMBERS:,} members"
            )
        tar.extract(member, folder, filter="data")
    # The checksum of what was decompressed stands after the padding.
    tar.fileobj.read(PADDING_BYTES)


def _move_splits(unpacked: Path, folder: Path) -> dict[str, int]:
    tops = [unpacked, *sorted(path for path in unpacked.iterdir() if path.is_dir())]
    for top in tops:
        splits = [split for split in SPLITS if (top / split).is_dir()]
        if splits:
            for split in splits:
                (top / split).rename(folder / split)
            break
    return count_images(folder)
