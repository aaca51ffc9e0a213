"""Read the tags of a TIFF file that say what its pixels are."""

import io
import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pyimagesearch.datasets.image_files import NO_IMAGE, make_read_error

INDEXED = 3  # PhotometricInterpretation of an image with a color table
_BIG = 43  # BigTIFF, whose offsets have 64 bits
_KINDS = {1: "uint", 2: "int", 3: "float"}  # SampleFormat
_ASSOCIATED, _UNASSOCIATED = 1, 2  # ExtraSamples that are alpha
_SEPARATE = 2  # PlanarConfiguration
_INTEGERS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # struct's letters by TIFF type
_TYPE_BYTES = {
    **dict.fromkeys((1, 2, 6, 7), 1),
    **dict.fromkeys((3, 8), 2),
    **dict.fromkeys((4, 9, 11, 13), 4),
    **dict.fromkeys((5, 10, 12, 16, 17, 18), 8),
}
_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC = 256, 257, 258, 262
_SAMPLES, _PLANAR, _EXTRA, _FORMAT = 277, 284, 338, 339
_DEFAULTS = {_BITS: 1, _PHOTOMETRIC: 1, _SAMPLES: 1, _PLANAR: 1, _EXTRA: 0, _FORMAT: 1}


class TiffTags(NamedTuple):
    """What the tags of the only page of a TIFF file say (TIFF 6.0)."""

    height: int  # pixels
    width: int
    samples: int  # channels, including alpha
    dtype: str  # of the array
    photometric: int  # PhotometricInterpretation
    has_alpha: bool
    is_planar: bool


def read_tiff_tags(file: BinaryIO, path: Path) -> TiffTags:
    """Read the tags of the first page, and refuse a second page.

    Args:
        file: binary file that can seek, at its start.
        path: Path, its name for messages.

    Raises:
        UserError: if the tags are damaged, or the values are not real numbers of up to
            64 bits.
    """
    try:
        tags, has_pages = _read_directory(file)
        width, height = tags[_WIDTH], tags[_HEIGHT]
    except (struct.error, LookupError, ValueError, OverflowError, OSError) as error:
        raise make_read_error(path, NO_IMAGE) from error
    if has_pages:
        raise make_read_error(
            path,
            "it has several pages: save each page, or a stack of channels, as "
            "one image, such as an .npy file of shape (H, W, C)",
        )
    tags = {**_DEFAULTS, **tags}
    bits, kind = tags[_BITS], _KINDS.get(tags[_FORMAT])
    sizes = [size for size in (8, 16, 32, 64) if size >= bits]  # 12 bits fill 16
    if not kind or not sizes or (kind, sizes[0]) == ("float", 8):
        raise make_read_error(path, "its values are not real numbers of up to 64 bits")
    samples = tags[_SAMPLES]
    has_alpha = samples in (2, 4) and tags[_EXTRA] in (_ASSOCIATED, _UNASSOCIATED)
    return TiffTags(
        *(height, width, samples, f"{kind}{sizes[0]}", tags[_PHOTOMETRIC]),
        has_alpha=has_alpha and kind == "uint",
        is_planar=tags[_PLANAR] == _SEPARATE and samples > 1,
    )


def _read_directory(file: BinaryIO) -> tuple[dict[int, int], bool]:
    """Read the first value of each tag of integers; and whether a page follows."""
    file_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    start = file.read(16)
    order = "<" if start.startswith(b"II") else ">"
    (version,) = struct.unpack_from(f"{order}H", start, 2)
    is_big = version == _BIG
    offset, counted = ("Q", "Q") if is_big else ("I", "H")
    (place,) = struct.unpack_from(f"{order}{offset}", start, 8 if is_big else 4)
    file.seek(place)
    (number,) = _unpack(file, f"{order}{counted}")
    entry = struct.Struct(f"{order}HH{offset}{8 if is_big else 4}s")
    if number * entry.size > file_bytes:
        raise ValueError("more tags than bytes")
    table = file.read(number * entry.size)
    (following,) = _unpack(file, f"{order}{offset}")
    tags, total = {}, 0
    for tag, kind, count, content in entry.iter_unpack(table):
        size = _TYPE_BYTES.get(kind, 1) * count
        total += size
        if tag not in (_WIDTH, _HEIGHT, *_DEFAULTS) or not count:
            continue
        letter = _INTEGERS[kind]
        if size > len(content):
            file.seek(struct.unpack(f"{order}{offset}", content)[0])
            content = file.read(8)
        tags.setdefault(tag, struct.unpack_from(f"{order}{letter}", content)[0])
    if total > file_bytes:  # a decoder would read the same bytes again and again
        raise ValueError("tags with more bytes than the file")
    return tags, following != 0


def _unpack(file: BinaryIO, form: str) -> tuple:
    return struct.unpack(form, file.read(struct.calcsize(form)))
