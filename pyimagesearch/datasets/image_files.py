"""Find image files in a folder, and read them as RGB arrays."""

import io
import os
import struct
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import ExifTags, Image

from pyimagesearch.cli import warning
from pyimagesearch.errors import UserError

EXTENSIONS = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp"),
    *(".tif", ".tiff", ".npy"),
}
IGNORED = {"__macosx", "@eadir", "thumbs.db"}  # what systems write beside the images

_JPEG = b"\xff\xd8"
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_DEPTH = 24  # offset of the header byte that holds the bits per channel
_EXIF_CHUNKS = {_PNG: b"eXIf", b"RIFF": b"EXIF"}  # by the first bytes; RIFF is WebP
_AS_STORED = 1  # the EXIF orientation of an image that needs no rotation
_warnings_lock = threading.Lock()  # warnings.catch_warnings is not thread-safe


class FolderScan(NamedTuple):
    """The files in a folder and its subfolders."""

    images: list[Path]  # in the order of their names
    skipped: dict[str, int]  # files of other extensions, by extension in lower case


def scan_folder(folder: Path) -> FolderScan:
    """Find the image files in a folder and its subfolders, and count the others.

    Links are followed. Neither listed nor counted are hidden files and folders, whose
    name starts with a dot, what systems write beside the images (`IGNORED`), and what
    is no regular file.

    Args:
        folder: Path.

    Returns:
        FolderScan, without any file if there is no such folder.

    Raises:
        OSError: if a folder cannot be read.
    """
    images, skipped = [], Counter()
    for entry in _iterate_files(folder):
        stem, suffix = os.path.splitext(entry.name.lower())
        if suffix in EXTENSIONS:
            images.append(Path(entry.path))
        else:
            if suffix == ".gz":  # .nii.gz says more
                suffix = os.path.splitext(stem)[1] + suffix
            skipped[suffix.removesuffix(".")] += 1  # a name may end in a dot
    images.sort(key=lambda path: path.parts)
    return FolderScan(images, dict(skipped))


def list_image_files(folder: Path) -> list[Path]:
    """List the image files in a folder and its subfolders, in the order of their names.

    `scan_folder` describes what is left out.
    """
    return scan_folder(folder).images


def describe_skipped(skipped: dict[str, int]) -> str:
    """Describe the files that were passed over, such as "3 .gif, 1 .txt".

    Args:
        skipped: dict, the number of files by extension, as in `FolderScan`.
    """
    ranked = sorted(skipped.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(
        f"{count} {suffix or 'without extension'}" for suffix, count in ranked
    )


def list_folders(folder: Path) -> list[str]:
    """List the names of the folders directly in a folder, but for ignored ones."""
    with os.scandir(folder) as entries:
        return sorted(
            entry.name
            for entry in entries
            if _is_kind(entry.is_dir) and not _is_ignored(entry.name)
        )


def _is_ignored(name: str) -> bool:
    """Return whether a file or folder of this name is hidden or a system's own."""
    return name.startswith(".") or name.lower() in IGNORED


def _iterate_files(folder: Path) -> Iterator[os.DirEntry]:
    """Yield the regular files in a folder and its subfolders."""
    if not folder.is_dir():
        return
    rest = [(str(folder), frozenset())]
    while rest:
        path, above = rest.pop()
        status = os.stat(path)
        identity = status.st_dev, status.st_ino
        if identity in above:  # a link to a folder that it lies in
            continue
        with os.scandir(path) as entries:
            for entry in entries:
                if _is_ignored(entry.name):
                    continue
                if _is_kind(entry.is_file):
                    yield entry
                elif _is_kind(entry.is_dir):
                    rest.append((entry.path, above | {identity}))


def _is_kind(is_kind: Callable[[], bool]) -> bool:
    """Call a method of an entry; a link that leads nowhere is neither file nor folder.

    A link to itself raises an error instead of returning False.
    """
    try:
        return is_kind()
    except OSError:
        return False


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
