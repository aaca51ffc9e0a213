"""Read image files of any format, depth and number of channels as arrays."""

import io
import math
import struct
import threading
import tokenize
import warnings
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from pyimagesearch.cli import count, warning
from pyimagesearch.errors import UserError

# The formats that can have something other than 8-bit RGB, alpha or grey.
DEEP_EXTENSIONS = {".png", ".tif", ".tiff", ".npy"}
INSTALL_TIFF = "pip install -r requirements-tiff.txt"

_JPEG = b"\xff\xd8"
_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers SOF0 to SOF15
_PNG = b"\x89PNG\r\n\x1a\n"
_NPY = b"\x93NUMPY"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PNG_HEADER = struct.Struct(">16xIIBB")  # width, height, bits per channel, color type
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 1, 6: 3}  # by color type, without alpha
_PNG_ALPHA = {4, 6}
# What OpenCV reads of a TIFF, by PhotometricInterpretation (TIFF 6.0): of any other
# combination, it drops channels.
_OPENCV_CHANNELS = {0: (1,), 1: (1,), 2: (3, 4), 3: (1,), 6: (3,)}
_INDEXED = 3  # PhotometricInterpretation of an image with a color table
_OPENCV_DTYPES = (np.uint8, np.uint16, np.float32)  # of `cv2.cvtColor`
_GREY_WEIGHTS = (0.299, 0.587, 0.114)  # ITU-R BT.601
_EXIF_CHUNKS = {_PNG: b"eXIf", b"RIFF": b"EXIF"}  # by the first bytes; RIFF is WebP
_AS_STORED = 1  # the EXIF orientation of an image that needs no rotation
COMPOSED_ROWS = 64  # pixel rows that are composed on white at a time
_warnings_lock = threading.Lock()  # warnings.catch_warnings is not thread-safe


class ImageHeader(NamedTuple):
    """What the first bytes of an image file say."""

    height: int  # pixels
    width: int
    channels: int  # without alpha
    dtype: str  # NumPy's name of the type of the values
    has_alpha: bool


class StoredImage(NamedTuple):
    """An image as a file stores it, with its EXIF orientation applied."""

    pixels: np.ndarray  # (H, W, C) of any real dtype; RGB; alpha is the last channel
    has_alpha: bool

    @property
    def channels(self) -> int:
        """Number of channels without alpha."""
        return self.pixels.shape[2] - self.has_alpha


def read_image(path: Path | str, channels: int | None = 3) -> np.ndarray:
    """Read one image file with a number of channels.

    Args:
        path: Path or str, a JPEG, PNG, BMP, WebP, TIFF or `.npy` file.
        channels: int, see `convert_channels`; None for those of the file without
            alpha.

    Returns:
        Array (H, W, channels), RGB if it has three: uint8 in [0, 255], or the dtype
        of a 16-bit PNG, a TIFF or an `.npy` file.

    Raises:
        UserError: if the file cannot be read, is truncated, is not an image, contains
            NaN or infinite values, or has another number of channels that cannot be
            converted.
    """
    stored = read_stored_image(path)
    return convert_channels(stored, channels or stored.channels, path)


def convert_channels(
    stored: StoredImage, channels: int, path: Path | str
) -> np.ndarray:
    """Convert an image to a number of channels.

    Alpha is a channel if the number includes it. Otherwise, the image is composed on
    white. A grey image gets three equal channels, and RGB becomes grey by the weights
    of ITU-R BT.601.

    Args:
        stored: StoredImage.
        channels: int, the number of channels.
        path: Path or str, its file, for the message.

    Returns:
        Array (H, W, channels) of the dtype of the image.

    Raises:
        UserError: if the image has another number of channels.
    """
    pixels = stored.pixels
    if stored.has_alpha and channels != pixels.shape[2]:
        pixels = _compose_on_white(pixels)
    if pixels.shape[2] == channels:
        return pixels
    if (pixels.shape[2], channels) == (1, 3):
        return np.repeat(pixels, 3, axis=2)
    if (pixels.shape[2], channels) == (3, 1):
        return _convert_to_grey(pixels)
    raise UserError(
        f"{path} has {_describe_channels(stored)}, and {channels} "
        f"{'is' if channels == 1 else 'are'} expected: all images of a side must have "
        f"the same number, which a training sets with --input-channels and "
        f"--target-channels"
    )


def _describe_channels(stored: StoredImage) -> str:
    text = count(stored.pixels.shape[2], "channel")
    return f"{text}, the last of which is alpha" if stored.has_alpha else text


def _convert_to_grey(pixels: np.ndarray) -> np.ndarray:
    """Convert an RGB array (H, W, 3) of any real dtype to (H, W, 1)."""
    if pixels.dtype in _OPENCV_DTYPES:
        return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None]
    grey = pixels.astype(np.float64) @ np.array(_GREY_WEIGHTS)[:, None]
    # Rounding of the sum must not leave the range of the dtype.
    grey = grey.clip(pixels.min(), pixels.max())
    return (np.rint(grey) if pixels.dtype.kind in "ui" else grey).astype(pixels.dtype)


def read_stored_image(path: Path | str, apply_orientation: bool = True) -> StoredImage:
    """Read one image file with all its channels, including alpha.

    Broken EXIF data are ignored.

    Args:
        path: Path or str, see `read_image`.
        apply_orientation: bool, whether to rotate the image as its EXIF data say.

    Raises:
        UserError: if the file cannot be read, is truncated or is not an image, has
            several pages, or contains NaN or infinite values.
    """
    path = Path(path)
    data = _read_bytes(path)
    if data.startswith(_JPEG):
        return _decode_jpeg(data, path, apply_orientation)
    if data.startswith(_NPY):
        stored = StoredImage(_decode_npy(data, path), has_alpha=False)
    elif data.startswith(_TIFF):
        stored = _decode_tiff(data, path)
    else:
        stored = _decode_other(data, path, apply_orientation)
    if stored.pixels.dtype.kind == "f" and not np.isfinite(stored.pixels).all():
        raise _make_read_error(path, "it contains NaN or infinite values")
    return stored


def read_header(path: Path) -> ImageHeader | None:
    """Read the size, the channels and the dtype of an image file from its header.

    Returns:
        ImageHeader, or None if the extension is not one of `DEEP_EXTENSIONS`: these
        files are not opened, they have 8 bits.

    Raises:
        UserError: if the file cannot be read, or is damaged.
    """
    if path.suffix.lower() not in DEEP_EXTENSIONS:
        return None
    try:
        with path.open("rb") as file:
            return parse_header(file, path)
    except OSError as error:
        raise _make_read_error(path, error.strerror) from error


def parse_header(file: io.BufferedIOBase, path: Path) -> ImageHeader | None:
    """Parse the header of an open file; None if it has 8 bits by its format."""
    start = file.read(_PNG_HEADER.size)
    file.seek(0)
    if start.startswith(_PNG) and len(start) == _PNG_HEADER.size:
        width, height, depth, color = _PNG_HEADER.unpack(start)
        dtype = "uint16" if depth == 16 else "uint8"
        channels = _PNG_CHANNELS.get(color, 3)
        has_alpha = color in _PNG_ALPHA or (channels == 3 and _has_transparency(file))
        return ImageHeader(height, width, channels, dtype, has_alpha)
    if start.startswith(_NPY):
        (height, width, channels), dtype = _parse_npy_header(file, path)
        return ImageHeader(height, width, channels, dtype.name, False)
    if start.startswith(_TIFF):
        tags = _read_tiff_tags(file, path)
        channels = 3 if tags.photometric == _INDEXED else tags.samples - tags.has_alpha
        size = tags.height, tags.width
        return ImageHeader(*size, channels, tags.dtype, tags.has_alpha)
    return None


def _has_transparency(file: io.BufferedIOBase) -> bool:
    """Return whether a PNG without an alpha channel has a transparent color."""
    file.seek(len(_PNG))
    while len(start := file.read(8)) == 8:
        length, name = struct.unpack(">I4s", start)
        if name in (b"tRNS", b"IDAT"):
            return name == b"tRNS"
        file.seek(length + 4, io.SEEK_CUR)  # its content and its checksum
    return False


def _read_bytes(path: Path) -> bytes:
    try:
        if not path.is_file() and path.exists() and not path.is_dir():
            raise _make_read_error(path, "it is no regular file")  # it may never end
        return path.read_bytes()
    except OSError as error:
        raise _make_read_error(path, error.strerror) from error


def _decode_jpeg(data: bytes, path: Path, apply_orientation: bool) -> StoredImage:
    # Decoding to RGB at once is faster than a conversion, but OpenCV makes it of grey.
    is_grey = _count_jpeg_channels(data) == 1
    flags = cv2.IMREAD_GRAYSCALE if is_grey else cv2.IMREAD_COLOR_RGB
    if not apply_orientation:
        flags |= cv2.IMREAD_IGNORE_ORIENTATION
    return StoredImage(_decode_with_opencv(data, flags, path), has_alpha=False)


def _count_jpeg_channels(data: bytes) -> int | None:
    """Return the number of components in the frame header (ITU-T T.81, section B.2)."""
    place = len(_JPEG)
    while place + 9 < len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker in _JPEG_FRAMES:
            return data[place + 9]
        is_fill = marker == 0xFF
        place += (
            1 if is_fill else 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        )
    return None


def _decode_other(data: bytes, path: Path, apply_orientation: bool) -> StoredImage:
    """Decode a PNG, BMP or WebP file: OpenCV does not apply their orientation."""
    pixels = _decode_with_opencv(data, cv2.IMREAD_UNCHANGED, path)
    if apply_orientation:
        pixels = _apply_orientation(pixels, _read_orientation(data, path))
    has_alpha = pixels.shape[2] == 4
    header = parse_header(io.BytesIO(data), path)
    if has_alpha and header and header.channels == 1:  # grey and alpha
        pixels = np.ascontiguousarray(pixels[..., 2:])
    return StoredImage(pixels, has_alpha)


def _decode_with_opencv(data: bytes, flags: int, path: Path) -> np.ndarray:
    """Decode an image to an array (H, W, C): grey, RGB or RGB and alpha."""
    # Decoding from memory, unlike from a file, refuses a truncated JPEG.
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    except cv2.error as error:
        raise _make_read_error(path, error.err) from error
    if image is None:
        raise _make_read_error(path, "it is not an image, or was cut short")
    if image.ndim == 2:
        return image[..., None]
    if flags != cv2.IMREAD_UNCHANGED:
        return image
    if image.dtype in _OPENCV_DTYPES:
        to_rgb = cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGB
        return cv2.cvtColor(image, to_rgb, dst=image)
    return np.ascontiguousarray(image[..., [2, 1, 0, 3][: image.shape[2]]])


def _decode_npy(data: bytes, path: Path) -> np.ndarray:
    shape, dtype = _parse_npy_header(io.BytesIO(data), path)
    if math.prod(shape) * dtype.itemsize > len(data):  # before memory is allocated
        raise _make_read_error(path, "it was cut short")
    try:
        image = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise _make_read_error(path, "it was cut short") from error
    image = np.ascontiguousarray(image).reshape(shape)
    native = image.dtype.newbyteorder("=")
    return image.astype(np.uint8 if native.kind == "b" else native, copy=False)


def _parse_npy_header(file, path: Path) -> tuple[tuple[int, int, int], np.dtype]:
    """Return the shape (H, W, C) and the dtype of an `.npy` file."""
    try:
        version = np.lib.format.read_magic(file)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, dtype = read(file)
    except (ValueError, KeyError, SyntaxError, tokenize.TokenError) as error:
        raise _make_read_error(path, "it is not an array of numbers") from error
    if dtype.hasobject or dtype.kind not in "buif" or dtype.itemsize > 8:
        raise _make_read_error(path, f"its dtype is {dtype}: an image has real numbers")
    if len(shape) == 2:
        shape = (*shape, 1)
    if len(shape) != 3 or min(shape) < 1 or shape[0] < min(shape[1:]):
        raise _make_read_error(
            path,
            f"its shape is {shape}, not (H, W) or (H, W, C): np.moveaxis moves the "
            f"channels to the end",
        )
    return shape, np.dtype(np.uint8) if dtype.kind == "b" else dtype.newbyteorder("=")


class _TiffTags(NamedTuple):
    height: int
    width: int
    samples: int  # channels, including alpha
    dtype: str  # of the array
    photometric: int  # PhotometricInterpretation
    has_alpha: bool
    is_planar: bool


_TIFF_KINDS = {1: "uint", 2: "int", 3: "float"}  # TIFF 6.0, SampleFormat


def _read_tiff_tags(file, path: Path) -> _TiffTags:
    """Read the tags of the first page, and refuse a second page (TIFF 6.0)."""
    try:
        start = file.read(8)
        start += file.read(8) if start[2] == 43 else b""  # BigTIFF
        tags = ImageFileDirectory_v2(start)
        file.seek(tags.next)
        tags.load(file)
        width, height, samples = tags[256], tags[257], tags.get(277, 1)
        bits, sample_format = tags.get(258, (1,))[0], tags.get(339, (1,))[0]
        photometric, is_planar = tags.get(262, 1), tags.get(284, 1) == 2
        has_alpha = samples in (2, 4) and tags.get(338, (0,))[0] in (1, 2)
        has_pages = bool(tags.next)
    except Exception as error:  # Pillow documents none for damaged tags
        raise _make_read_error(path, "it is not an image, or was cut short") from error
    if has_pages:
        raise _make_read_error(
            path,
            "it has several pages: save each page, or a stack of channels, as "
            "one image, such as an .npy file of shape (H, W, C)",
        )
    sizes = [size for size in (8, 16, 32, 64) if size >= bits]  # 12 bits fill 16
    if sample_format not in _TIFF_KINDS or not sizes or (sample_format, bits) == (3, 8):
        raise _make_read_error(path, "its values are not real numbers of up to 64 bits")
    kind = _TIFF_KINDS[sample_format]
    return _TiffTags(
        *(height, width, samples, f"{kind}{sizes[0]}", photometric),
        has_alpha=has_alpha and kind == "uint",
        is_planar=is_planar and samples > 1,
    )


def _decode_tiff(data: bytes, path: Path) -> StoredImage:
    tags = _read_tiff_tags(io.BytesIO(data), path)
    is_readable = tags.samples in _OPENCV_CHANNELS.get(tags.photometric, ())
    if not is_readable or tags.is_planar or tags.dtype == "float16":
        decode = _decode_with_tifffile
    elif tags.dtype == "uint8" and tags.has_alpha:
        decode = _decode_with_pillow  # OpenCV multiplies these colors by alpha
    else:
        pixels = _decode_with_opencv(data, cv2.IMREAD_UNCHANGED, path)
        return StoredImage(pixels, tags.has_alpha)
    return StoredImage(decode(data, tags, path), tags.has_alpha)


def _decode_with_pillow(data: bytes, tags: _TiffTags, path: Path) -> np.ndarray:
    try:
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unusual tags, more than 89 megapixels
            with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
                return np.array(image.convert("RGBA"))
    except Image.DecompressionBombError:
        return _decode_with_tifffile(data, tags, path)
    except Exception as error:  # Pillow documents none for damaged files
        raise _make_read_error(path, "it is not an image, or was cut short") from error


def _decode_with_tifffile(data: bytes, tags: _TiffTags, path: Path) -> np.ndarray:
    try:
        import tifffile
    except ImportError as error:
        raise UserError(
            f"{path} has {tags.samples} channels of {tags.dtype}, and reading it takes "
            f"the package tifffile: {INSTALL_TIFF}"
        ) from error
    try:
        pixels = tifffile.imread(io.BytesIO(data))
    except Exception as error:  # tifffile raises many kinds for damaged files
        raise _make_read_error(path, str(error).partition("\n")[0]) from error
    if tags.is_planar and pixels.ndim == 3:
        pixels = np.moveaxis(pixels, 0, -1)
    shape = (tags.height, tags.width, tags.samples)
    if pixels.size != np.prod(shape):
        raise _make_read_error(path, f"its pixels have the shape {pixels.shape}")
    return np.ascontiguousarray(pixels).reshape(shape)


def _read_orientation(data: bytes, path: Path) -> int:
    """Read the EXIF orientation, 1 to 8, of a PNG or WebP file."""
    chunks = [name for start, name in _EXIF_CHUNKS.items() if data.startswith(start)]
    if not any(name in data for name in chunks):
        return _AS_STORED
    try:
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # broken EXIF, or more than 89 megapixels
            with Image.open(io.BytesIO(data), formats=("PNG", "WEBP")) as image:
                orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Image.DecompressionBombError:
        warning(f"{path} is too large for its EXIF orientation to be read")
        return _AS_STORED
    except (OSError, SyntaxError, ValueError, struct.error):  # broken EXIF
        return _AS_STORED
    return int(orientation) if orientation in range(1, 9) else _AS_STORED


def _apply_orientation(image: np.ndarray, orientation: int) -> np.ndarray:
    """Rotate and mirror an image (H, W) or (H, W, channels) (TIFF 6.0, section 8)."""
    if orientation >= 5:
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _compose_on_white(image: np.ndarray) -> np.ndarray:
    white = np.iinfo(image.dtype).max
    composed = np.empty((*image.shape[:2], image.shape[2] - 1), image.dtype)
    for top in range(0, len(image), COMPOSED_ROWS):  # float64 takes eight times as much
        rows = image[top : top + COMPOSED_ROWS]
        alpha = rows[..., -1:].astype(np.float64) / white
        mixed = rows[..., :-1] * alpha + white * (1 - alpha)
        composed[top : top + COMPOSED_ROWS] = np.rint(mixed)
    return composed


def _make_read_error(path: Path, reason: str) -> UserError:
    return UserError(f"{path} cannot be read: {reason}")
