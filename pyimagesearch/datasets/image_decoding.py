"""Read image files of any format, depth and number of channels as arrays."""

import io
import math
import os
import struct
import threading
import warnings
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import ExifTags, Image

from pyimagesearch import config
from pyimagesearch.cli import count, warning
from pyimagesearch.datasets.image_files import NO_IMAGE, make_read_error
from pyimagesearch.datasets.image_headers import (
    CUT,
    JPEG,
    NPY,
    NPY_HEADER_BYTES,
    PNG,
    TIFF,
    WEBP,
    ImageHeader,
    check_size,
    parse_header,
    parse_jpeg_frame,
    parse_npy_header,
)
from pyimagesearch.datasets.jpeg_data import END, has_all_data, may_lack_data
from pyimagesearch.datasets.tiff_tags import TiffTags, read_tiff_tags
from pyimagesearch.errors import UserError
from pyimagesearch.regular_files import find_irregularity

# The formats that can have something other than 8-bit RGB, alpha or grey.
DEEP_EXTENSIONS = {".png", ".tif", ".tiff", ".npy"}
INSTALL_TIFF = "pip install -r requirements-tiff.txt"

# What OpenCV reads of a TIFF, by PhotometricInterpretation (TIFF 6.0): of any other
# combination, it drops channels.
_OPENCV_CHANNELS = {0: (1,), 1: (1,), 2: (3, 4), 3: (1,), 6: (3,)}
_OPENCV_DTYPES = (np.uint8, np.uint16, np.float32)  # of `cv2.cvtColor`
_GREY_WEIGHTS = (0.299, 0.587, 0.114)  # ITU-R BT.601
_EXIF_CHUNKS = {PNG: b"eXIf", WEBP: b"EXIF"}  # by the first bytes
_AS_STORED = 1  # the EXIF orientation of an image that needs no rotation
SOME_ROWS = 64  # pixel rows that are converted at a time
LARGE_FILE = 1 << 26  # bytes
_warnings_lock = threading.Lock()  # warnings.catch_warnings is not thread-safe


class StoredImage(NamedTuple):
    """An image as a file stores it, with its EXIF orientation applied."""

    pixels: np.ndarray  # (H, W, C) of any real dtype; RGB; alpha is the last channel
    has_alpha: bool

    @property
    def channels(self) -> int:
        """Number of channels without alpha."""
        return self.pixels.shape[2] - self.has_alpha


def read_image(
    path: Path | str, channels: int | None = 3, max_pixels: int = config.MAX_PIXELS
) -> np.ndarray:
    """Read one image file with a number of channels.

    Args:
        path: Path or str, a JPEG, PNG, BMP, WebP, TIFF or `.npy` file.
        channels: int, see `convert_channels`; None for those of the file without
            alpha.
        max_pixels: int, see `read_stored_image`.

    Returns:
        Array (H, W, channels), RGB if it has three: uint8 in [0, 255], or the dtype
        of a 16-bit PNG, a TIFF or an `.npy` file.

    Raises:
        UserError: if the file cannot be read, is truncated, is not an image, contains
            NaN or infinite values, or has another number of channels that cannot be
            converted.
    """
    stored = read_stored_image(path, max_pixels=max_pixels)
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


def read_stored_image(
    path: Path | str,
    apply_orientation: bool = True,
    max_pixels: int = config.MAX_PIXELS,
) -> StoredImage:
    """Read one image file with all its channels, including alpha.

    This is the gate for all images: what is no regular file, or too large by its
    header, is not decoded. Broken EXIF data are ignored.

    Args:
        path: Path or str, see `read_image`.
        apply_orientation: bool, whether to rotate the image as its EXIF data say.
        max_pixels: int, the largest number of pixels to decode; see `check_size`.

    Raises:
        UserError: if the file is not a regular file, cannot be read, is truncated or
            is not an image, has more pixels or several pages, or contains NaN or
            infinite values.
    """
    path = Path(path)
    data = _read_checked(path, max_pixels)
    if data.startswith(JPEG):
        return _decode_jpeg(data, path, apply_orientation)
    if data.startswith(NPY):
        stored = StoredImage(_decode_npy(data, path), has_alpha=False)
    elif data.startswith(TIFF):
        stored = _decode_tiff(data, path)
    else:
        stored = _decode_other(data, path, apply_orientation)
    if stored.pixels.dtype.kind == "f" and not np.isfinite(stored.pixels).all():
        raise make_read_error(path, "it contains NaN or infinite values")
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
        with _open_regular(path) as file:
            return parse_header(file, path)
    except OSError as error:
        raise make_read_error(path, error.strerror or str(error)) from error


def _read_checked(path: Path, max_pixels: int) -> bytes | bytearray:
    """Read a file of an image after its header was checked, see `check_size`."""
    try:
        with _open_regular(path) as file:
            file_bytes = os.fstat(file.fileno()).st_size
            if file_bytes > LARGE_FILE:  # before it is in memory
                check_size(file, file_bytes, path, max_pixels)
                file.seek(0)
                return _read_bytes(file, file_bytes)
            data = _read_bytes(file, file_bytes)
    except OSError as error:
        raise make_read_error(path, error.strerror or str(error)) from error
    check_size(io.BytesIO(data), len(data), path, max_pixels)
    return data


def _read_bytes(file: io.BufferedReader, number: int) -> bytes | bytearray:
    """Read that many bytes, not what is appended meanwhile.

    The array of an `.npy` file is a view of these bytes, and can be written to.
    """
    if not file.peek(len(NPY)).startswith(NPY):
        return file.read(number)
    data = bytearray(number)
    del data[file.readinto(data) :]
    return data


def _open_regular(path: Path) -> io.BufferedReader:
    irregularity = find_irregularity(path)
    if irregularity:
        raise UserError(f"{path} {irregularity}")
    return path.open("rb")


def _decode_jpeg(data: bytes, path: Path, apply_orientation: bool) -> StoredImage:
    frame = parse_jpeg_frame(io.BytesIO(data))
    # Decoding to RGB at once is faster than a conversion, but OpenCV makes it of grey.
    is_grey = len(frame.samplings) == 1
    flags = cv2.IMREAD_GRAYSCALE if is_grey else cv2.IMREAD_COLOR_RGB
    if not apply_orientation:
        flags |= cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels = _decode_with_opencv(data, flags, path)
    except UserError:
        # Some cameras leave out the marker of the end, and OpenCV requires it.
        if frame.is_progressive or END in data or not has_all_data(data, is_exact=True):
            raise
        pixels = _decode_with_opencv(data.rstrip(b"\xff") + END, flags, path)
    is_doubtful = len(frame.samplings) > 3 or may_lack_data(pixels)
    if is_doubtful and frame.is_huffman and not has_all_data(data):
        raise make_read_error(path, f"its data end before its last pixels: {CUT}")
    return StoredImage(pixels, has_alpha=False)


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
        raise make_read_error(path, error.err) from error
    if image is None:
        raise make_read_error(path, NO_IMAGE)
    if image.ndim == 2:
        return image[..., None]
    if flags != cv2.IMREAD_UNCHANGED:
        return image
    order = [2, 1, 0, 3][: image.shape[2]]
    to_rgb = cv2.COLOR_BGRA2RGBA if len(order) == 4 else cv2.COLOR_BGR2RGB
    for top in range(0, len(image), SOME_ROWS):  # OpenCV copies what it converts
        rows = image[top : top + SOME_ROWS]
        if image.dtype in _OPENCV_DTYPES:
            cv2.cvtColor(rows, to_rgb, dst=rows)
        else:
            rows[:] = rows[..., order]
    return image


def _decode_npy(data: bytearray, path: Path) -> np.ndarray:
    start = memoryview(data)[:NPY_HEADER_BYTES]
    header = parse_npy_header(io.BytesIO(start), path)
    # Not a copy, but for another order of the bytes or of the axes.
    values = np.frombuffer(data, header.dtype, math.prod(header.shape), header.offset)
    image = values.reshape(header.shape, order="F" if header.is_fortran else "C")
    return np.ascontiguousarray(image, header.image_dtype)


def _decode_tiff(data: bytes, path: Path) -> StoredImage:
    tags = read_tiff_tags(io.BytesIO(data), path)
    is_readable = tags.samples in _OPENCV_CHANNELS.get(tags.photometric, ())
    if not is_readable or tags.is_planar or tags.dtype == "float16":
        decode = _decode_with_tifffile
    elif tags.dtype == "uint8" and tags.has_alpha:
        decode = _decode_with_pillow  # OpenCV multiplies these colors by alpha
    else:
        pixels = _decode_with_opencv(data, cv2.IMREAD_UNCHANGED, path)
        return StoredImage(pixels, tags.has_alpha)
    return StoredImage(decode(data, tags, path), tags.has_alpha)


def _decode_with_pillow(data: bytes, tags: TiffTags, path: Path) -> np.ndarray:
    try:
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unusual tags, more than 89 megapixels
            with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
                return np.array(image.convert("RGBA"))
    except Image.DecompressionBombError:
        return _decode_with_tifffile(data, tags, path)
    except Exception as error:  # Pillow documents none for damaged files
        raise make_read_error(path, NO_IMAGE) from error


def _decode_with_tifffile(data: bytes, tags: TiffTags, path: Path) -> np.ndarray:
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
        raise make_read_error(path, str(error).partition("\n")[0]) from error
    if tags.is_planar and pixels.ndim == 3:
        pixels = np.moveaxis(pixels, 0, -1)
    shape = (tags.height, tags.width, tags.samples)
    if pixels.size != np.prod(shape):
        raise make_read_error(path, f"its pixels have the shape {pixels.shape}")
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
    for top in range(0, len(image), SOME_ROWS):  # float64 takes eight times as much
        rows = image[top : top + SOME_ROWS]
        alpha = rows[..., -1:].astype(np.float64) / white
        mixed = rows[..., :-1] * alpha + white * (1 - alpha)
        composed[top : top + SOME_ROWS] = np.rint(mixed)
    return composed
