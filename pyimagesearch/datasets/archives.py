"""Unpack dataset archives safely, whatever their source."""

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

SPARE_BYTES = 100_000_000  # of free disk space that is left to other programs
MAX_MEMBERS = 500_000  # the largest dataset, edges2handbags, has 138,767 images
PADDING_BYTES = 1 << 20  # more than any program pads a tar archive with

# What tarfile and the decompressors raise for invalid data.
_BROKEN = (
    *(tarfile.TarError, BadGzipFile, EOFError, lzma.LZMAError, zlib.error),
    *(OverflowError, ValueError),  # a time or a name that no file can have
)


def get_free_bytes(folder: Path) -> int:
    """Return how many bytes may be written to the disk of `folder`."""
    return max(shutil.disk_usage(folder).free - SPARE_BYTES, 0)


def check_free_space(folder: Path, needed: int, purpose: str) -> None:
    """Raise OSError with `errno.ENOSPC`, as a write does, if a disk is too full.

    `needed` is in bytes; `purpose` is what needs the space, for the message.
    """
    free = get_free_bytes(folder)
    if free < needed:
        raise OSError(
            errno.ENOSPC,
            f"{purpose} needs {needed / 1e9:.2f} GB, but {folder} has only "
            f"{free / 1e9:.2f} GB available: free some space there, or set KERAS_HOME "
            "to a folder on a larger disk",
        )


def is_disk_full(error: Exception) -> bool:
    """Return whether an error says that the disk, or the user's quota, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def unpack_archive(archive: Path, folder: Path, source: str) -> dict[str, int]:
    """Unpack the folders `train/`, `val/` and `test/` of a dataset's archive.

    The folders are at the top level of the archive, or in one folder there.

    Args:
        archive: Path, a tar file, compressed or not.
        folder: Path, an empty folder; incomplete if this function raises.
        source: str, the origin of the archive, for messages.

    Returns:
        dict, the number of images in each split that is not empty.

    Raises:
        UserError: if the archive is broken, unsafe or not a dataset.
        OSError: if the folder cannot be written or the disk has too little space.
    """
    if not hasattr(tarfile, "data_filter"):  # PEP 706
        raise UserError(
            "this Python version cannot unpack archives safely: use 3.10.12, 3.11.4 or "
            "newer"
        )
    check_free_space(folder, archive.stat().st_size, f"unpacking {source}")
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    try:
        with tarfile.open(archive) as tar:
            _extract(tar, unpacked, source)
    except tarfile.FilterError as error:
        raise UserError(f"{source} is not safe to unpack: {error}") from None
    except UserError:  # a ValueError too
        raise
    except _BROKEN:
        raise UserError(f"{source} is not a tar archive, or is damaged") from None
    counts = _move_splits(unpacked, folder)
    shutil.rmtree(unpacked)
    if "train" not in counts or len(counts) < 2:
        raise UserError(
            f"{source} is not a dataset: it contains {describe_counts(counts)}, but "
            "images in train/ and in val/ or test/ are required"
        )
    return counts


def describe_counts(counts: dict[str, int]) -> str:
    """Describe counts for a message, such as "400 train and 106 val images"."""
    numbers = " and ".join(f"{count} {split}" for split, count in counts.items())
    return f"{numbers or 'no'} images"


def count_images(folder: Path) -> dict[str, int]:
    """Count the images in each split of a dataset's folder that is not empty."""
    counts = {split: len(list_image_files(folder / split)) for split in SPLITS}
    return {split: count for split, count in counts.items() if count}


def _extract(tar: tarfile.TarFile, folder: Path, source: str) -> None:
    """Extract files and folders one by one, and refuse everything else."""
    free = get_free_bytes(folder)
    for number, member in enumerate(tar, start=1):
        # The filter alone strips a leading slash and accepts links inside the folder.
        path = PureWindowsPath(member.name)  # splits at both kinds of slash
        free -= member.size
        if path.anchor or ".." in path.parts:
            problem = f"{member.name!r} in it points outside its folder"
        elif not (member.isreg() or member.isdir()):
            problem = f"{member.name!r} in it is a link or a device"
        elif free < 0:
            problem = "unpacked, it would fill the disk"
        elif number > MAX_MEMBERS:
            problem = f"it has more than {MAX_MEMBERS:,} members"
        else:
            tar.extract(member, folder, filter="data")
            continue
        raise UserError(f"{source} is not safe to unpack: {problem}")
    # The checksum of the decompressed data follows the padding.
    tar.fileobj.read(PADDING_BYTES)


def _move_splits(unpacked: Path, folder: Path) -> dict[str, int]:
    """Move the splits into `folder`, and count their images."""
    for top in [unpacked, *sorted(unpacked.iterdir())]:
        splits = [split for split in SPLITS if (top / split).is_dir()]
        for split in splits:
            (top / split).rename(folder / split)
        if splits:
            break
    return count_images(folder)
