"""Read the headers of image files, and refuse what would take too much memory."""

import io
import math
import struct
import tokenize
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from pyimagesearch.datasets.image_files import NO_IMAGE, make_read_error
from pyimagesearch.datasets.tiff_tags import INDEXED, read_tiff_tags

JPEG = b"\xff\xd8\xff"
PNG = b"\x89PNG\r\n\x1a\n"
NPY = b"\x93NUMPY"
BMP = b"BM"
WEBP = b"RIFF"
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
SURPLUS_BYTES = 1 << 29  # of metadata, or of a film behind a photo
COUNTED_CHANNELS = 4  # an image of more channels counts as several

CUT = "it was cut short, or its header was changed"
_PNG_HEADER = struct.Struct(">12s4sIIBB")  # ..., name, width, height, depth, color type
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 1, 6: 3}  # by color type, without alpha
_PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by color type, in the file
_PNG_ALPHA = {4, 6}
DEFLATE_RATIO = 1032  # RFC 1951: a match of 258 bytes takes two bits at least
_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers SOF0 to SOF15
_JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a segment
_JPEG_SCAN = 0xDA
_JPEG_ARITHMETIC = 0xC9  # from here on; before it, Huffman codes
_JPEG_BLOCK = 8  # pixels
NPY_HEADER_BYTES = 1 << 16  # at most; NumPy itself accepts 10,000
_MAX_SIDE = 1 << 31
_NPY_DAMAGES = (
    *(ValueError, KeyError, TypeError, SyntaxError, tokenize.TokenError),
    *(RecursionError, MemoryError, OverflowError),  # from the parser of the header
)


class ImageHeader(NamedTuple):
    """What the first bytes of an image file say."""

    height: int  # pixels
    width: int
    channels: int  # without alpha
    dtype: str  # NumPy's name of the type of the values
    has_alpha: bool


class ImageSize(NamedTuple):
    """How much an image takes in memory, and in its file."""

    height: int  # pixels
    width: int
    channels: int = COUNTED_CHANNELS  # including alpha; an upper bound
    value_bytes: int = 2  # bytes of a value; an upper bound
    least_bytes: int = 0  # that the smallest possible file of this size has


def check_size(
    file: BinaryIO, file_bytes: int, path: Path, max_pixels: int
) -> ImageSize:
    """Check the size of an image in its header, before it is decoded.

    Args:
        file: binary file, at its start.
        file_bytes: int, its length.
        path: Path, its name for messages.
        max_pixels: int, the largest number of pixels; see `config.MAX_PIXELS`. An
            image of more than `COUNTED_CHANNELS` channels counts as several.

    Returns:
        ImageSize.

    Raises:
        UserError: if the file is no image, has more pixels, is much larger than its
            pixels, or cannot hold as many as its header says.
    """
    size = find_size(file, path)
    if size is None or size.height < 1 or size.width < 1:
        raise make_read_error(path, NO_IMAGE)
    pixels = size.height * size.width
    shown = f"its header says {size.height}x{size.width} pixels"
    counted = pixels * max(size.channels, COUNTED_CHANNELS) // COUNTED_CHANNELS
    if counted > max_pixels:
        if size.channels > COUNTED_CHANNELS:
            shown += f" of {size.channels} channels"
        raise make_read_error(
            path,
            f"{shown}, and at most {max_pixels:,} pixels are accepted: check the file, "
            f"or set a higher --max-pixels",
        )
    if file_bytes < size.least_bytes:
        raise make_read_error(
            path, f"{shown}, and its {file_bytes:,} bytes end before them: {CUT}"
        )
    if file_bytes > pixels * size.channels * size.value_bytes + SURPLUS_BYTES:
        raise make_read_error(
            path, f"{shown}, too few for its {file_bytes / 1e9:.1f} GB"
        )
    return size


def find_size(file: BinaryIO, path: Path) -> ImageSize | None:
    """Find the size of an image of any supported format; None if it is no image."""
    start = file.read(32)
    file.seek(0)
    if start.startswith(JPEG):
        return _find_jpeg_size(file)
    if start.startswith(PNG):
        return _find_png_size(start)
    if start.startswith(BMP):
        return _find_bmp_size(start)
    if start.startswith(WEBP):
        return _find_webp_size(start)
    if start.startswith(NPY):
        header = parse_npy_header(file, path)
        itemsize = header.dtype.itemsize
        least = header.offset + math.prod(header.shape) * itemsize
        return ImageSize(*header.shape, itemsize, least)
    if start.startswith(TIFF):
        tags = read_tiff_tags(file, path)
        channels = 3 if tags.photometric == INDEXED else tags.samples
        itemsize = np.dtype(tags.dtype).itemsize
        return ImageSize(tags.height, tags.width, channels, itemsize)
    return None


def _find_png_size(start: bytes) -> ImageSize | None:
    if len(start) < _PNG_HEADER.size:
        return None
    _, name, width, height, depth, color = _PNG_HEADER.unpack_from(start)
    if name != b"IHDR" or color not in _PNG_SAMPLES:
        return None
    packed = height * width * depth * _PNG_SAMPLES[color] // 8
    return ImageSize(height, width, least_bytes=packed // DEFLATE_RATIO)


def _find_bmp_size(start: bytes) -> ImageSize | None:
    if len(start) < 26:
        return None
    (header_bytes,) = struct.unpack_from("<I", start, 14)
    form = "<HH" if header_bytes == 12 else "<ii"  # that of OS/2 is shorter
    width, height = struct.unpack_from(form, start, 18)
    return ImageSize(abs(height), width)  # from the top down if negative


def _find_webp_size(start: bytes) -> ImageSize | None:
    """Find the size of a WebP image, simple or extended (RFC 9649)."""
    if len(start) < 30 or start[8:12] != b"WEBP":
        return None
    if start[12:16] == b"VP8X":
        width, height = (
            int.from_bytes(start[place : place + 3], "little") + 1 for place in (24, 27)
        )
    elif start[12:16] == b"VP8L":
        bits = int.from_bytes(start[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif start[12:16] == b"VP8 ":
        width, height = (x & 0x3FFF for x in struct.unpack_from("<HH", start, 26))
    else:
        return None
    return ImageSize(height, width)


class JpegFrame(NamedTuple):
    """The frame header of a JPEG file (ITU-T T.81, section B.2.2)."""

    marker: int
    height: int  # pixels
    width: int
    samplings: tuple[tuple[int, int], ...]  # (horizontal, vertical) of each component

    @property
    def is_huffman(self) -> bool:
        """Whether it has Huffman codes; arithmetic codes need no data at their end."""
        return self.marker < _JPEG_ARITHMETIC

    @property
    def is_progressive(self) -> bool:
        """Whether several scans refine the same blocks."""
        return self.marker not in (0xC0, 0xC1)

    def count_blocks(self) -> int:
        """Count the blocks of 8x8 values of all components."""
        most = [max(factors) for factors in zip(*self.samplings, strict=True)]
        return sum(
            math.ceil(self.width * across / (_JPEG_BLOCK * most[0]))
            * math.ceil(self.height * down / (_JPEG_BLOCK * most[1]))
            for across, down in self.samplings
        )


def parse_jpeg_frame(file: BinaryIO) -> JpegFrame | None:
    """Find the frame header of a JPEG file as its decoder does; None if it has none."""
    file.seek(2)
    while (marker := _read_jpeg_marker(file)) is not None:
        if marker in _JPEG_ALONE:
            continue
        length = int.from_bytes(file.read(2), "big")
        if marker in (0xD8, 0xD9, _JPEG_SCAN) or length < 2:  # a start, an end
            return None
        if marker not in _JPEG_FRAMES:
            file.seek(length - 2, io.SEEK_CUR)
            continue
        frame = file.read(length - 2)
        if len(frame) < 6 or len(frame) < 6 + 3 * frame[5] or not frame[5]:
            return None
        height, width = struct.unpack_from(">HH", frame, 1)
        factors = frame[7 : 7 + 3 * frame[5] : 3]
        samplings = tuple((factor >> 4, factor & 15) for factor in factors)
        if not all(1 <= x <= 4 for sampling in samplings for x in sampling):
            return None
        return JpegFrame(marker, height, width, samplings)
    return None


def find_jpeg_scan(file: BinaryIO) -> int | None:
    """Find the place of the first scan's data; None if the file has none."""
    file.seek(2)
    while (marker := _read_jpeg_marker(file)) is not None:
        if marker in _JPEG_ALONE:
            continue
        length = int.from_bytes(file.read(2), "big")
        file.seek(length - 2, io.SEEK_CUR)
        if marker == _JPEG_SCAN or length < 2:
            return file.tell() if length >= 2 else None
    return None


def _read_jpeg_marker(file: BinaryIO) -> int | None:
    """Read up to the next marker: other bytes and fill bytes are passed over."""
    before = file.read(1)
    while before:
        byte = file.read(1)
        if before == b"\xff" and byte and byte not in b"\x00\xff":
            return byte[0]
        before = byte
    return None


def _find_jpeg_size(file: BinaryIO) -> ImageSize | None:
    frame = parse_jpeg_frame(file)
    if frame is None:
        return None
    # The shortest code of a block's mean has one bit.
    least = frame.count_blocks() // 8 if frame.is_huffman else 0
    return ImageSize(frame.height, frame.width, len(frame.samplings), least_bytes=least)


def parse_header(file: BinaryIO, path: Path) -> ImageHeader | None:
    """Parse the header of an open file; None if it has 8 bits by its format."""
    start = file.read(_PNG_HEADER.size)
    file.seek(0)
    if start.startswith(PNG) and len(start) == _PNG_HEADER.size:
        _, _, width, height, depth, color = _PNG_HEADER.unpack(start)
        dtype = "uint16" if depth == 16 else "uint8"
        channels = _PNG_CHANNELS.get(color, 3)
        has_alpha = color in _PNG_ALPHA or (channels == 3 and _has_transparency(file))
        return ImageHeader(height, width, channels, dtype, has_alpha)
    if start.startswith(NPY):
        header = parse_npy_header(file, path)
        return ImageHeader(*header.shape, header.image_dtype.name, False)
    if start.startswith(TIFF):
        tags = read_tiff_tags(file, path)
        channels = 3 if tags.photometric == INDEXED else tags.samples - tags.has_alpha
        size = tags.height, tags.width
        return ImageHeader(*size, channels, tags.dtype, tags.has_alpha)
    return None


def _has_transparency(file: BinaryIO) -> bool:
    """Return whether a PNG without an alpha channel has a transparent color."""
    file.seek(len(PNG))
    while len(start := file.read(8)) == 8:
        length, name = struct.unpack(">I4s", start)
        if name in (b"tRNS", b"IDAT"):
            return name == b"tRNS"
        file.seek(length + 4, io.SEEK_CUR)  # its content and its checksum
    return False


class NpyHeader(NamedTuple):
    """What the header of an `.npy` file says."""

    shape: tuple[int, int, int]  # (H, W, C)
    dtype: np.dtype  # of the values in the file
    is_fortran: bool  # whether the first index changes fastest
    offset: int  # the place of the values in the file

    @property
    def image_dtype(self) -> np.dtype:
        """Dtype of the image, in the order of bytes of this machine."""
        is_mask = self.dtype.kind == "b"
        return np.dtype(np.uint8) if is_mask else self.dtype.newbyteorder("=")


def parse_npy_header(file: BinaryIO, path: Path) -> NpyHeader:
    """Parse the header of an `.npy` file; an array (H, W) has one channel."""
    start = io.BytesIO(file.read(NPY_HEADER_BYTES))
    try:
        version = np.lib.format.read_magic(start)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, is_fortran, dtype = read(start)
        if any(side > _MAX_SIDE for side in shape):
            raise ValueError("an impossible size")
    except _NPY_DAMAGES as error:
        raise make_read_error(path, "it is not an array of numbers") from error
    if dtype.hasobject or dtype.kind not in "buif" or dtype.itemsize > 8:
        raise make_read_error(path, f"its dtype is {dtype}: an image has real numbers")
    if len(shape) == 2:
        shape = (*shape, 1)
    if len(shape) != 3 or min(shape) < 1 or shape[0] < min(shape[1:]):
        raise make_read_error(
            path,
            f"its shape is {shape}, not (H, W) or (H, W, C): np.moveaxis moves the "
            f"channels to the end",
        )
    return NpyHeader(shape, dtype, is_fortran, start.tell())
