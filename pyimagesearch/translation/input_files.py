"""Find the image and video files to translate and the paths of their results."""

import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pyimagesearch import config
from pyimagesearch.cli import info
from pyimagesearch.datasets.image_files import (
    EXTENSIONS,
    describe_skipped,
    scan_folder,
)
from pyimagesearch.errors import UserError
from pyimagesearch.translation.video import (
    VIDEO_EXTENSIONS,
    find_container,
    is_video,
)
from pyimagesearch.translation.video_writer import choose_extension


class Job(NamedTuple):
    """One image, or one video, to translate."""

    source: Path  # the file to read
    target: Path  # the file to write
    samples: int | None = None  # how many results to draw, each with its own file
    max_pixels: int = config.MAX_PIXELS  # of an image or a frame, before it is decoded
    is_video: bool = False

    @property
    def targets(self) -> dict[int | None, Path]:
        """dict of the files to write by sample, NAME-1 and so on; or by None."""
        if self.samples is None:
            return {None: self.target}
        stem, extension = self.target.stem, self.target.suffix
        numbers = range(1, self.samples + 1)
        return {n: self.target.with_name(f"{stem}-{n}{extension}") for n in numbers}


def list_jobs(
    paths: list[str], output: Path, max_pixels: int = config.MAX_PIXELS
) -> list[Job]:
    """List the images and videos to translate. Nothing is written.

    A file is written to `output` under its own name. The files of a folder keep their
    subfolders, also if you pass a file of a folder beside the folder itself. Files in
    `output` are skipped when a folder around it is searched, because they are usually
    earlier results. Files of other extensions in a folder are passed over, which is
    said.

    Args:
        paths: list of str, image and video files, folders (searched recursively) and
            globs (`**` searches subfolders).
        output: Path, the folder for the results.
        max_pixels: int, the largest number of pixels of an image or a frame to decode.

    Returns:
        list of Job, at least one; every source occurs once. The results of images are
        PNG files, see `complete_targets`, and those of videos are videos.

    Raises:
        UserError: if a path does not exist or holds no image, or if two results would
            have the same path.
    """
    matches = [match for path in paths for match in _expand_path(path)]
    folders = _drop_nested([match for match in matches if match.is_dir()])
    files = [match for match in matches if not match.is_dir()]
    jobs: dict[str, Job] = {}
    sources = set()
    # Folders first: a file that lies in one keeps its subfolder.
    for match in folders + files:
        for source, name in _find_files(match, output):
            if _make_absolute(source) in sources:
                continue
            sources.add(_make_absolute(source))
            job = _create_job(source, output / name, max_pixels)
            target = job.target
            other = jobs.setdefault(_resolve(target), job)
            if _resolve(other.source) != _resolve(source):
                raise UserError(
                    f"{other.source} and {source} would both be written to {target}: "
                    f"pass the folder that holds both, or translate them separately "
                    f"with different --output folders"
                )
    return list(jobs.values())


def complete_targets(
    jobs: list[Job], extension: str, samples: int | None = None
) -> list[Job]:
    """Give the results another extension, and numbers if there are several samples.

    Args:
        jobs: list of Job. The results of videos keep their extension.
        extension: str, such as ".npy".
        samples: int, how many results to draw for every image; None for one without
            dropout.

    Raises:
        UserError: if a result would overwrite an input.
    """
    jobs = [
        job._replace(
            target=job.target if job.is_video else job.target.with_suffix(extension),
            samples=samples,
        )
        for job in jobs
    ]
    targets = {_resolve(target) for job in jobs for target in job.targets.values()}
    for job in jobs:
        if _resolve(job.source) in targets:
            raise UserError(
                f"the result would overwrite the input {job.source}: choose another "
                f"folder with --output"
            )
    return jobs


def _create_job(source: Path, target: Path, max_pixels: int) -> Job:
    if not is_video(source):
        return Job(source, target.with_suffix(".png"), max_pixels=max_pixels)
    if target.suffix.lower() not in VIDEO_EXTENSIONS:
        target = target.with_suffix(find_container(source))
    target = target.with_suffix(choose_extension(target.suffix))
    return Job(source, target, max_pixels=max_pixels, is_video=True)


def _expand_path(path: str) -> list[Path]:
    """List the files and folders that one argument names."""
    path = os.path.expanduser(path)
    if os.path.exists(path):
        return [Path(path)]
    matches = sorted(glob.glob(path, recursive=True))
    if not matches:
        raise UserError(f"--input {path} matches no file and no folder")
    # `photos/**` matches `photos` and everything in it.
    return _drop_nested([Path(match) for match in matches])


def _drop_nested(paths: list[Path]) -> list[Path]:
    """Drop the paths that lie in a folder of the list."""
    folders = {_make_absolute(path) for path in paths if path.is_dir()}
    return [
        path
        for path in paths
        if folders.isdisjoint(map(str, Path(_make_absolute(path)).parents))
    ]


def _make_absolute(path: Path) -> str:
    """Return a path by which to compare; two links to one file stay two images."""
    return os.path.normcase(os.path.abspath(path))


def _find_files(match: Path, output: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the files to translate in a file or folder, with their names below it."""
    if not match.is_dir():
        yield match, Path(match.name)
        return
    scan = scan_folder(match, EXTENSIONS | VIDEO_EXTENSIONS)
    files = [file for file in scan.images if not _is_within(file, output)]
    passed_over = describe_skipped(scan.skipped)
    if not files:
        found = f", but {passed_over}" if passed_over else ""
        raise UserError(
            f"--input {match} holds no image{found}; the supported extensions are "
            f"{', '.join(sorted(EXTENSIONS))}, and of videos "
            f"{', '.join(sorted(VIDEO_EXTENSIONS))}"
        )
    if passed_over:
        info(f"passed over in {match}: {passed_over}")
    for file in files:
        yield file, file.relative_to(match)


def _is_within(file: Path, folder: Path) -> bool:
    return folder.resolve() in file.resolve().parents


def _resolve(path: Path) -> str:
    """Return the same name for every spelling of a path, in any case on Windows."""
    return os.path.normcase(path.resolve())
