"""Find out whether the data of a JPEG file end before its header says.

Its decoder fills what is missing, but for one unit of blocks, with grey. So an image
whose last block is grey is decoded twice again, at an eighth of its size, with
different data behind its own: if nothing is missing, they change nothing.
"""

import hashlib
import io
import re

import numpy as np
from PIL import JpegImagePlugin

from pyimagesearch.datasets.image_headers import find_jpeg_scan

END = b"\xff\xd9"
_BLOCK = 8  # pixels
_MISSING = 128  # the brightness of a block without data
_ROUNDING = 2
_BRIGHTNESS = (0.299, 0.587, 0.114)  # of R, G and B (ITU-T T.871)
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")  # but for restart markers
_NOISE = b"\xaa" + bytes(range(3, 255, 4))
_NOISES = (_NOISE, bytes(255 - byte for byte in _NOISE))
_RESTARTS = 8  # markers, RST0 to RST7


def may_lack_data(pixels: np.ndarray) -> bool:
    """Return whether a corner looks as if its data were missing.

    Args:
        pixels: uint8 array (H, W, 1 or 3), a decoded JPEG, rotated or not.
    """
    height, width, _ = pixels.shape
    rows, columns = (height - 1) % _BLOCK + 1, (width - 1) % _BLOCK + 1
    return any(
        _is_missing(pixels[y, x].tolist())
        and all(
            _is_missing(pixel)
            for pixel in pixels[down, across].reshape(-1, pixels.shape[2]).tolist()
        )
        for y, down in ((-1, slice(-rows, None)), (0, slice(rows)))
        for x, across in ((-1, slice(-columns, None)), (0, slice(columns)))
    )


def _is_missing(pixel: list[int]) -> bool:
    if len(pixel) == 1:
        return pixel[0] == _MISSING
    brightness = sum(
        weight * value for weight, value in zip(_BRIGHTNESS, pixel, strict=True)
    )
    return abs(brightness - _MISSING) <= _ROUNDING


def has_all_data(data: bytes, is_exact: bool = False) -> bool:
    """Return whether the first scan of a JPEG file has data for all of its blocks.

    Args:
        data: bytes, the file, with or without the marker of its end.
        is_exact: bool, whether to find a last block that is complete but for a few
            bits, too. This decodes the image at its full size.
    """
    scan = find_jpeg_scan(io.BytesIO(data))
    if scan is None:
        return False
    following = _NEXT_MARKER.search(data, scan)
    end = following.start() if following else len(data.rstrip(b"\xff"))
    rest = data[end:] if following else END
    try:
        hashes = {
            _hash_pixels(data[:end] + filler + rest, is_exact)
            for filler in _create_fillers(data, scan, end)
        }
    except MemoryError:
        raise
    except Exception:  # Pillow documents none for damaged files
        return False
    return len(hashes) == 1


def _create_fillers(data: bytes, scan: int, end: int) -> list[bytes]:
    """Create noise between restart markers, beginning with the one that is next.

    A decoder that expects a restart marker passes over everything else.
    """
    places = {n: data.rfind(_get_restart(n), scan, end) for n in range(_RESTARTS)}
    last = max(places, key=places.get)
    following = last + 1 if places[last] >= 0 else 0
    markers = [_get_restart(following + n) for n in range(_RESTARTS)]
    return [noise + b"".join(marker + noise for marker in markers) for noise in _NOISES]


def _get_restart(number: int) -> bytes:
    return bytes((0xFF, 0xD0 + number % _RESTARTS))


def _hash_pixels(data: bytes, is_full_size: bool) -> bytes:
    """Hash the pixels, or, for an eighth of the size, their brightness."""
    # Without Image.open(), which has a limit of its own on the size.
    with JpegImagePlugin.JpegImageFile(io.BytesIO(data)) as image:
        if not is_full_size:
            image.draft("L", tuple(max(side // _BLOCK, 1) for side in image.size))
        return hashlib.sha256(np.asarray(image)).digest()
