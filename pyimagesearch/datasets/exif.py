"""The way up of PNG and WebP files, which OpenCV leaves alone beside their alpha."""

import struct

import numpy as np
from PIL import ExifTags, Image

PNG = b"\x89PNG\r\n\x1a\n"


def upright(image: np.ndarray, data: bytes) -> np.ndarray:
    """Turns an image as the EXIF orientation of its file says.

    Args:
        image: (H, W) or (H, W, channels), as it is stored.
        data: the file. Any other than a PNG or WebP has no say, nor has broken EXIF.
    """
    orientation = _orientation(data)
    if 5 <= orientation <= 8:
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _orientation(data: bytes) -> int:
    found = _exif(data)
    if not found:
        return 1
    exif = Image.Exif()
    try:
        exif.load(found)
        return exif.get(ExifTags.Base.Orientation, 1)
    except (SyntaxError, ValueError, struct.error):
        return 1


def _exif(data: bytes) -> bytes | None:
    """The EXIF chunk of a PNG, or of a WebP, which is a RIFF file."""
    is_png = data.startswith(PNG)
    if not is_png and not (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return None
    offset = len(PNG) if is_png else 12
    while offset + 8 <= len(data):
        if is_png:
            length, name = struct.unpack_from(">I4s", data, offset)
            end = length + 4  # a checksum
        else:
            name, length = struct.unpack_from("<4sI", data, offset)
            end = length + length % 2
        offset += 8
        if name in (b"eXIf", b"EXIF"):
            return data[offset : offset + length]
        offset += end
    return None
