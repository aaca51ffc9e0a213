"""The way up of PNG and WebP files, which OpenCV leaves alone beside their alpha."""

import struct
from pathlib import Path

import cv2
import numpy as np

from pyimagesearch.errors import UserError

PNG = b"\x89PNG\r\n\x1a\n"

_ORIENTATION = 274  # the tag's number (TIFF 6.0, section 8)
_AS_STORED = 1


def apply_orientation(image: np.ndarray, data: bytes) -> np.ndarray:
    """Turns an image as the EXIF orientation of its file says.

    Args:
        image: (H, W) or (H, W, channels), as it is stored.
        data: the file. Any other than a PNG or WebP has no say, nor has broken EXIF.
    """
    exif = _find_exif(data)
    orientation = _read_orientation(exif) if exif else _AS_STORED
    if 5 <= orientation <= 8:
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _find_exif(data: bytes) -> bytes | None:
    """The EXIF chunk of a PNG, or of a WebP, which is a RIFF file."""
    is_png = data.startswith(PNG)
    if not is_png and not (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return None
    offset = len(PNG) if is_png else 12
    while offset + 8 <= len(data):
        if is_png:
            length, name = struct.unpack_from(">I4s", data, offset)
            following = length + 4  # a checksum
        else:
            name, length = struct.unpack_from("<4sI", data, offset)
            following = length + length % 2
        offset += 8
        if name in (b"eXIf", b"EXIF"):
            return data[offset : offset + length]
        offset += following
    return None


def _read_orientation(exif: bytes) -> int:
    """The orientation in EXIF data, which is the head of a TIFF file."""
    exif = exif.removeprefix(b"Exif\0\0")  # some WebP files keep what a JPEG needs
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return _AS_STORED
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, start)
        for entry in range(entries):
            place = start + 2 + 12 * entry
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, place)
            if tag == _ORIENTATION:
                return value
    except struct.error:  # cut short
        pass
    return _AS_STORED


EXTENSIONS = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}

_JPEG = b"\xff\xd8"
_PNG_DEPTH = 24  # offset of the header's byte that holds the bits per channel


def list_image_files(folder: Path) -> list[Path]:
    """The image files in `folder` and below it, in one order on every system.

    Hidden files are passed over: some systems leave their own beside the images.
    """
    files = (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in EXTENSIONS and not path.name.startswith(".")
    )
    return sorted(files, key=lambda path: path.parts)


def has_16_bits(path: Path) -> bool:
    """Whether the file holds 16 bits a channel, which of the formats PNG alone can."""
    try:
        with path.open("rb") as file:
            header = file.read(_PNG_DEPTH + 1)
    except OSError as error:
        raise _make_read_error(path, error.strerror) from error
    return header.startswith(PNG) and header[_PNG_DEPTH:] == b"\x10"


def read_image(path: Path | str) -> np.ndarray:
    """Reads one image file.

    Grey images get three equal channels, transparent ones are composed on white, and
    the EXIF orientation is applied.

    Args:
        path: a JPEG, PNG, BMP or WebP file.

    Returns:
        RGB (H, W, 3), uint8 in [0, 255], or uint16 in [0, 65535] for a 16-bit PNG.

    Raises:
        UserError: where the file cannot be read, or is cut short.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _make_read_error(path, error.strerror) from error
    # Decoding from memory, unlike from a file, refuses a JPEG that was cut short.
    # IMREAD_UNCHANGED keeps alpha and 16 bits, of which a JPEG has neither, but
    # leaves the orientation to be applied here.
    jpeg = data.startswith(_JPEG)
    flags = cv2.IMREAD_COLOR_RGB if jpeg else cv2.IMREAD_UNCHANGED
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    except cv2.error as error:
        raise _make_read_error(path, error.err) from error
    if image is None:
        raise _make_read_error(path, "it is not an image, or was cut short")
    if jpeg:
        return image
    if image.dtype not in (np.uint8, np.uint16):
        raise _make_read_error(path, f"its pixels are {image.dtype}, not 8 or 16 bits")
    image = apply_orientation(image, data)
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    if image.shape[2] == 4:
        image = _compose_on_white(image)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _compose_on_white(image: np.ndarray) -> np.ndarray:
    white = np.iinfo(image.dtype).max
    alpha = image[..., 3:].astype(np.float64) / white
    composed = image[..., :3] * alpha + white * (1 - alpha)
    return np.rint(composed).astype(image.dtype)


def _make_read_error(path: Path, why: str) -> UserError:
    return UserError(f"{path} cannot be read: {why}")
