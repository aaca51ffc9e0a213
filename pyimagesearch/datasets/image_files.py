"""Find image files in a folder, and read them as RGB arrays."""

import io
import struct
import threading
import warnings
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags, Image

from pyimagesearch.cli import warning
from pyimagesearch.errors import UserError

EXTENSIONS = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}

_JPEG = b"\xff\xd8"
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_DEPTH = 24  # offset of the header byte that holds the bits per channel
_EXIF_CHUNKS = {_PNG: b"eXIf", b"RIFF": b"EXIF"}  # by the first bytes; RIFF is WebP
_AS_STORED = 1  # the EXIF orientation of an image that needs no rotation
_warnings_lock = threading.Lock()  # warnings.catch_warnings is not thread-safe


def list_image_files(folder: Path) -> list[Path]:
    """List the image files in a folder and its subfolders, in the order of their names.

    Files whose name starts with a dot are skipped: some systems write such files
    beside the images.
    """
    files = (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in EXTENSIONS and not path.name.startswith(".")
    )
    return sorted(files, key=lambda path: path.parts)


def has_16_bits(path: Path) -> bool:
    """Return whether a file is a 16-bit PNG; no other accepted format has 16 bits.

    Raises:
        UserError: if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_PNG_DEPTH + 1)
    except OSError as error:
        raise _make_read_error(path, error.strerror) from error
    return header.startswith(_PNG) and header[_PNG_DEPTH:] == b"\x10"


def read_image(path: Path | str) -> np.ndarray:
    """Read one image file.

    A grey image gets three equal channels, a transparent image is composed on white,
    and the EXIF orientation is applied. Broken EXIF data are ignored.

    Args:
        path: Path or str, a JPEG, PNG, BMP or WebP file.

    Returns:
        Array (H, W, 3), RGB: uint8 in [0, 255], or uint16 in [0, 65535] for a 16-bit
        PNG.

    Raises:
        UserError: if the file cannot be read, is truncated or is not an image.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _make_read_error(path, error.strerror) from error
    # Decoding from memory, unlike from a file, refuses a truncated JPEG.
    # IMREAD_UNCHANGED keeps alpha and 16 bits, which a JPEG cannot have, but it does
    # not apply the orientation.
    is_jpeg = data.startswith(_JPEG)
    flags = cv2.IMREAD_COLOR_RGB if is_jpeg else cv2.IMREAD_UNCHANGED
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    except cv2.error as error:
        raise _make_read_error(path, error.err) from error
    if image is None:
        raise _make_read_error(path, "it is not an image, or was cut short")
    if is_jpeg:
        return image
    if image.dtype not in (np.uint8, np.uint16):
        raise _make_read_error(path, f"its pixels are {image.dtype}, not 8 or 16 bits")
    image = _apply_orientation(image, _read_orientation(data, path))
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    if image.shape[2] == 4:
        image = _compose_on_white(image)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


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
    alpha = image[..., 3:].astype(np.float64) / white
    composed = image[..., :3] * alpha + white * (1 - alpha)
    return np.rint(composed).astype(image.dtype)


def _make_read_error(path: Path, reason: str) -> UserError:
    return UserError(f"{path} cannot be read: {reason}")
