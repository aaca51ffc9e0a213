"""Image files as RGB pixels, whatever their format, depth and number of channels."""

from pathlib import Path

import cv2
import numpy as np

from pyimagesearch.datasets.exif import PNG, upright
from pyimagesearch.errors import UserError

EXTENSIONS = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}

_JPEG = b"\xff\xd8"
_PNG_DEPTH = 24  # offset of the header's byte that holds the bits per channel


def image_files(folder: Path) -> list[Path]:
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
        raise _unreadable(path, error.strerror) from error
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
        raise _unreadable(path, error.strerror) from error
    # Decoding from memory, unlike from a file, refuses a JPEG that was cut short.
    # IMREAD_UNCHANGED keeps alpha and 16 bits, of which a JPEG has neither, but
    # leaves the orientation to be applied here.
    jpeg = data.startswith(_JPEG)
    flags = cv2.IMREAD_COLOR_RGB if jpeg else cv2.IMREAD_UNCHANGED
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    except cv2.error as error:
        raise _unreadable(path, error.err) from error
    if image is None:
        raise _unreadable(path, "it is not an image, or was cut short")
    if jpeg:
        return image
    if image.dtype not in (np.uint8, np.uint16):
        raise _unreadable(path, f"its pixels are {image.dtype}, not 8 or 16 bits")
    image = upright(image, data)
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    if image.shape[2] == 4:
        image = _on_white(image)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _on_white(image: np.ndarray) -> np.ndarray:
    white = np.iinfo(image.dtype).max
    alpha = image[..., 3:].astype(np.float64) / white
    composed = image[..., :3] * alpha + white * (1 - alpha)
    return np.rint(composed).astype(image.dtype)


def _unreadable(path: Path, why: str) -> UserError:
    return UserError(f"{path} cannot be read: {why}")
