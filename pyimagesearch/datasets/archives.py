"""Unpack dataset archives safely, whatever their source."""

import errno
import lzma
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from gzip import BadGzipFile
from pathlib import Path, PureWindowsPath

from pyimagesearch.datasets.catalog import SPLITS
from pyimagesearch.datasets.image_files import list_image_files
from pyimagesearch.errors import UserError

SPARE_BYTES = 100_000_000  # of free disk space that is left to other programs
MAX_MEMBERS = 500_000  # the largest dataset, edges2handbags, has 138,767 images
MAX_DEPTH = 32  # folders
MAX_HEADER_BYTES = 1 << 18  # of a long name, or of a member's extended attributes
MAX_HEADERS = 8  # of one member
MAX_GLOBAL_HEADERS = 100  # that apply to all members that follow
SHOWN = 80  # how many characters of a name a message shows
FOLDER_BYTES = 4096  # on the disk
PADDING_BYTES = 1 << 20  # more than any program pads a tar archive with

# What tarfile and the decompressors raise for invalid data.
_BROKEN = (
    *(tarfile.TarError, BadGzipFile, EOFError, lzma.LZMAError, zlib.error),
    *(OverflowError, ValueError),  # a time or a name that no file can have
)
# What creating a file raises if its name is no name, or that of a folder.
_BAD_NAMES = {
    *(errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST),
    *(errno.EINVAL, errno.EILSEQ),
}
_EXTENSIONS = {  # headers that are read into memory, and change the next one
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
}


class _LimitError(Exception):
    """A header that would take too much memory, recursion or disk."""


class _Member(tarfile.TarInfo):
    """A member whose headers are limited before they are read."""

    def _proc_member(self, tar):
        # The method that tarfile provides for subclasses. It calls itself for the
        # header behind an extension.
        if self.size < 0:
            raise _LimitError(f"a member of {self.size} bytes")
        if self.type in _EXTENSIONS and self.size > MAX_HEADER_BYTES:
            raise _LimitError(f"a header of {self.size:,} bytes")
        if self.type == tarfile.GNUTYPE_SPARSE:
            self._refuse_sparse()
        tar.headers = getattr(tar, "headers", 0) + 1
        try:
            if tar.headers > MAX_HEADERS:
                raise _LimitError(f"more than {MAX_HEADERS} headers for one member")
            return super()._proc_member(tar)
        finally:
            tar.headers -= 1

    def _refuse_sparse(self, *_):
        raise _LimitError("a sparse file")

    # The forms of sparse files in extended headers.
    _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _refuse_sparse


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
        with tarfile.open(archive, tarinfo=_Member) as tar:
            _extract(tar, unpacked, source)
    except _LimitError as error:
        raise UserError(f"{source} is not safe to unpack: it has {error}") from None
    except tarfile.FilterError as error:
        raise UserError(f"{source} is not safe to unpack: {error}") from None
    except UserError:  # a ValueError too
        raise
    except _BROKEN:
        raise UserError(f"{source} is not a tar archive, or is damaged") from None
    except OSError as error:
        if error.errno in _BAD_NAMES:
            problem = f"is not safe to unpack: {error.strerror} for a name in it"
        elif error.errno is None:  # from bz2
            problem = "is not a tar archive, or is damaged"
        else:
            raise
        raise UserError(f"{source} {problem}") from None
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
    for number, member in enumerate(_iterate_members(tar), start=1):
        # The filter alone strips a leading slash and accepts links inside the folder.
        path = PureWindowsPath(member.name)  # splits at both kinds of slash
        shown = repr(member.name[:SHOWN])
        free -= FOLDER_BYTES if member.isdir() else member.size
        if path.anchor or ".." in path.parts:
            problem = f"{shown} in it points outside its folder"
        elif not (member.isreg() or member.isdir()):
            problem = f"{shown} in it is a link or a device"
        elif member.size < 0 or member.issparse():  # by another header
            problem = f"{shown} in it is a sparse file, or has no valid size"
        elif len(path.parts) > MAX_DEPTH:
            problem = f"it has more than {MAX_DEPTH} folders in each other"
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


def _iterate_members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the members; iterating over the archive would keep all of them."""
    while (member := tar.next()) is not None:
        yield member
        tar.members.clear()
        if len(tar.pax_headers) > MAX_GLOBAL_HEADERS:
            raise _LimitError(f"more than {MAX_GLOBAL_HEADERS} global headers")


def _move_splits(unpacked: Path, folder: Path) -> dict[str, int]:
    """Move the splits into `folder`, and count their images."""
    for top in [unpacked, *sorted(unpacked.iterdir())]:
        splits = [split for split in SPLITS if (top / split).is_dir()]
        for split in splits:
            (top / split).rename(folder / split)
        if splits:
            break
    return count_images(folder)
