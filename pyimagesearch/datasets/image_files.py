"""Find image files in a folder, and say which cannot be read."""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from pyimagesearch.errors import UserError

EXTENSIONS = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp"),
    *(".tif", ".tiff", ".npy"),
}
IGNORED = {"__macosx", "@eadir", "thumbs.db"}  # what systems write beside the images
NO_IMAGE = "it is not an image, or was cut short"


class FolderScan(NamedTuple):
    """The files in a folder and its subfolders."""

    images: list[Path]  # of the extensions, in the order of their names
    skipped: dict[str, int]  # files of other extensions, by extension in lower case


def scan_folder(
    folder: Path, extensions: Collection[str] = frozenset(EXTENSIONS)
) -> FolderScan:
    """Find the image files in a folder and its subfolders, and count the others.

    Links are followed. Neither listed nor counted are hidden files and folders, whose
    name starts with a dot, what systems write beside the images (`IGNORED`), and what
    is no regular file.

    Args:
        folder: Path.
        extensions: collection of str, those of the files to find, in lower case.

    Returns:
        FolderScan, without any file if there is no such folder.

    Raises:
        OSError: if a folder cannot be read.
    """
    images, skipped = [], Counter()
    for entry in _iterate_files(folder):
        stem, suffix = os.path.splitext(entry.name.lower())
        if suffix in extensions:
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


def make_read_error(path: Path, reason: str) -> UserError:
    """Make the error of an image file that cannot be read."""
    return UserError(f"{path} cannot be read: {reason}")
