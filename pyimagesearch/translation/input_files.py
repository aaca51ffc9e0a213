"""Which files are translated, and where the results are written."""

import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pyimagesearch.datasets.image_files import EXTENSIONS, list_image_files
from pyimagesearch.errors import UserError


class Job(NamedTuple):
    """One image to translate.

    Attributes:
        source: the image file.
        target: the PNG file that its picture goes to.
    """

    source: Path
    target: Path


def list_jobs(paths: list[str], output: Path) -> list[Job]:
    """Lists what there is to do, and writes nothing.

    A file's picture goes to `output` under the file's name, that of a file in a given
    folder into the same subfolder. What lies in `output` itself, earlier results for
    the most part, is not taken from a folder around it.

    Args:
        paths: files, folders, which are searched to the bottom, and globs, which name
            what they would name in a shell; a `**` searches subfolders.
        output: the folder for the pictures.

    Returns:
        One job or more, each source once.

    Raises:
        UserError: where a path is missing or holds no image, or a picture would take
            the place of another, or of an input.
    """
    jobs: dict[str, Job] = {}
    for path in paths:
        for source, name in _find_images(path, output):
            target = output / name.with_suffix(".png")
            earlier = jobs.setdefault(_normalize_path(target), Job(source, target))
            if _normalize_path(earlier.source) != _normalize_path(source):
                raise UserError(
                    f"{earlier.source} and {source} would both be written to {target}: "
                    f"give the folder above them, or translate them one by one, each "
                    f"with an --output of its own"
                )
    for job in jobs.values():
        if _normalize_path(job.source) in jobs:
            raise UserError(
                f"{job.source} would be written over: --output names another folder"
            )
    return list(jobs.values())


def _find_images(path: str, output: Path) -> Iterator[tuple[Path, Path]]:
    """The files that one argument names, and what they are called below `output`."""
    for match in _expand_path(path):
        if not match.is_dir():
            yield match, Path(match.name)
            continue
        inside = [
            file for file in list_image_files(match) if not _is_within(file, output)
        ]
        if not inside:
            raise UserError(
                f"--input {match} has no image in it: {', '.join(sorted(EXTENSIONS))} "
                f"are read"
            )
        for file in inside:
            yield file, file.relative_to(match)


def _expand_path(path: str) -> list[Path]:
    path = os.path.expanduser(path)
    if os.path.exists(path):
        return [Path(path)]
    matches = sorted(glob.glob(path, recursive=True))
    if not matches:
        raise UserError(f"--input {path} names no file and no folder")
    return [Path(match) for match in matches]


def _is_within(file: Path, folder: Path) -> bool:
    return folder.resolve() in file.resolve().parents


def _normalize_path(path: Path) -> str:
    """One name for each place on the disk, in the case that its system tells apart."""
    return os.path.normcase(path.resolve())
