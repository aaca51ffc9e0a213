"""The way up of PNG and WebP files, which OpenCV leaves alone beside their alpha."""

import struct

import numpy as np

PNG = b"\x89PNG\r\n\x1a\n"

_ORIENTATION = 274  # the tag's number (TIFF 6.0, section 8)
_AS_STORED = 1


def upright(image: np.ndarray, data: bytes) -> np.ndarray:
    """Turns an image as the EXIF orientation of its file says.

    Args:
        image: (H, W) or (H, W, channels), as it is stored.
        data: the file. Any other than a PNG or WebP has no say, nor has broken EXIF.
    """
    exif = _chunk(data)
    orientation = _orientation(exif) if exif else _AS_STORED
    if 5 <= orientation <= 8:
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _chunk(data: bytes) -> bytes | None:
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


def _orientation(exif: bytes) -> int:
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
