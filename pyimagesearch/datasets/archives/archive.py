"""Archives from strangers, unpacked with nothing trusted."""

import lzma
import shutil
import tarfile
import zlib
from gzip import BadGzipFile
from pathlib import Path, PureWindowsPath

from pyimagesearch.datasets.archives.disk import free_bytes, require_free
from pyimagesearch.datasets.catalogue import SPLITS
from pyimagesearch.datasets.image_files import image_files
from pyimagesearch.errors import UserError

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


def unpack(archive: Path, folder: Path, source: str) -> dict[str, int]:
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
    require_free(folder, archive.stat().st_size, f"unpacking {source}")
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
    counts = _take_splits(unpacked, folder)
    shutil.rmtree(unpacked)
    if "train" not in counts or len(counts) < 2:
        raise UserError(
            f"{source} is no dataset: it holds {described(counts)}, and needs images "
            "in train/ and in val/ or test/"
        )
    return counts


def described(counts: dict[str, int]) -> str:
    """For a sentence: "400 train and 106 val images"."""
    numbers = " and ".join(f"{count} {split}" for split, count in counts.items())
    return f"{numbers or 'no'} images"


def counted(folder: Path) -> dict[str, int]:
    """The number of images in each of a dataset's splits that has any."""
    counts = {split: len(image_files(folder / split)) for split in SPLITS}
    return {split: count for split, count in counts.items() if count}


def _extract(tar: tarfile.TarFile, folder: Path, source: str) -> None:
    room = free_bytes(folder)
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


def _take_splits(unpacked: Path, folder: Path) -> dict[str, int]:
    tops = [unpacked, *sorted(path for path in unpacked.iterdir() if path.is_dir())]
    for top in tops:
        splits = [split for split in SPLITS if (top / split).is_dir()]
        if splits:
            for split in splits:
                (top / split).rename(folder / split)
            break
    return counted(folder)
