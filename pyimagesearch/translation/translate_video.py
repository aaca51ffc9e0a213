"""Translate video files: decode, run the network and encode side by side."""

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from pyimagesearch.cli import info
from pyimagesearch.datasets.image_decoding import StoredImage
from pyimagesearch.datasets.pair_notes import PairNotes, note_losses
from pyimagesearch.datasets.side_formats import SideFormat
from pyimagesearch.errors import UserError
from pyimagesearch.translation.input_files import Job
from pyimagesearch.translation.output_files import PNG, OutputFormat
from pyimagesearch.translation.tiling import pad_to_multiple
from pyimagesearch.translation.translate import (
    MAX_AHEAD,
    MAX_AHEAD_BYTES,
    RateProgress,
    Work,
    join_sides,
    map_ahead,
    run_network,
)
from pyimagesearch.translation.translator import Translator
from pyimagesearch.translation.video import (
    VIDEO_EXTENSIONS,
    VideoError,
    VideoReader,
    format_rate,
    quiet_opencv,
)
from pyimagesearch.translation.video_writer import (
    VideoWriter,
    choose_extension,
    write_video,
)

VIDEO_CHANNELS = (1, 3)


def translate_videos(
    jobs: list[Job],
    translator: Translator,
    side_by_side: bool = False,
    output: OutputFormat = PNG,
) -> list[UserError]:
    """Translate video files one after another, and show the progress in frames.

    Args:
        jobs: list of Job, what to translate.
        translator: Translator, the network.
        side_by_side: bool, write the input to the left of its result.
        output: OutputFormat, how to write images: what videos cannot have is refused.

    Returns:
        list of UserError, one for every file that cannot be read, or whose results no
        video can store. These files are skipped.

    Raises:
        UserError: if the generator outputs NaN or infinite values.
        OSError: if a result cannot be written.
    """
    taken = {os.path.abspath(path) for job in jobs for path in (job.source, job.target)}
    failures = []
    for job in jobs:
        try:
            _check_output(job, translator.formats.target, side_by_side, output)
            _translate_video(job, translator, side_by_side, taken)
        except VideoError as failure:
            failures.append(failure)
    return failures


def _check_output(
    job: Job, target_format: SideFormat, side_by_side: bool, output: OutputFormat
) -> None:
    """Check that a video can store the results."""
    if job.samples is not None:
        raise VideoError(f"{job.source} is a video, and --samples is for images only")
    if output.palette:
        raise VideoError(
            f"{job.source} is a video, and --as-classes is for images only: the codec "
            f"of a video would change the class indices"
        )
    dtype, channels = target_format.dtype, target_format.channels
    if not side_by_side and (dtype != "uint8" or channels not in VIDEO_CHANNELS):
        raise VideoError(
            f"{job.source} is a video, which stores 1 or 3 channels of 8 bits, and the "
            f"results are of {target_format.describe()}: translate its frames as "
            f"images, or use --side-by-side"
        )


def _translate_video(
    job: Job, translator: Translator, side_by_side: bool, taken: set[str]
) -> None:
    notes = PairNotes()
    with quiet_opencv(), VideoReader(job.source, job.max_pixels) as reader:
        height, width = reader.size
        size = height, width * 2 if side_by_side else width
        target = _choose_target(job, size, taken)
        frames = f"{reader.expected} frames" if reader.expected else "frames"
        info(
            f"{job.source}: {frames} of {height}x{width} px, "
            f"{format_rate(reader.rate)} per second"
        )
        progress = RateProgress(reader.expected, "frame")
        with write_video(target, size, reader.rate) as writer:
            for _ in iterate_frames(
                job, reader, writer, translator, notes, side_by_side
            ):
                progress.add(1)
        progress.finish()
        reader.warn()
    notes.warn()


def _choose_target(job: Job, size: tuple[int, int], taken: set[str]) -> Path:
    extension = choose_extension(job.target.suffix, size)
    target = job.target.with_suffix(extension)
    if target != job.target and os.path.abspath(target) in taken:
        raise VideoError(
            f"{job.source} would be written to {target}, which is the name of another "
            f"file: translate it separately with a different --output folder"
        )
    kind = job.source.suffix
    if kind.lower() not in VIDEO_EXTENSIONS:
        info(f"{job.source} is a video, and is translated to {target.name}")
    elif extension.lower() != kind.lower():
        info(
            f"{job.source} is translated to {target.name}: this OpenCV writes no "
            f"{kind} file of {size[0]}x{size[1]} px"
        )
    return target


def iterate_frames(
    job: Job,
    reader: VideoReader,
    writer: VideoWriter,
    translator: Translator,
    notes: PairNotes,
    side_by_side: bool = False,
) -> Iterator[None]:
    """Translate the frames of an open video, in batches.

    One thread decodes and one encodes, while the network runs in the caller's.

    Args:
        job: Job, the video.
        reader: VideoReader.
        writer: VideoWriter.
        translator: Translator.
        notes: PairNotes, for what the frames lose when they are converted.
        side_by_side: bool, write the input to the left of its result.

    Yields:
        None for every frame that is written.

    Raises:
        VideoError: if the frames are not what the generator's inputs are.
    """
    side_format = translator.formats.input.match_depth("uint8")

    def read(_) -> tuple:
        frame = reader.read()
        if frame is None:
            return ()
        stored = StoredImage(frame, has_alpha=False)
        try:
            image = side_format.store(stored, job.source)
        except UserError as error:
            raise VideoError(str(error)) from error
        note_losses(notes, stored, image, side_format, job.source)
        return Work(job, image, pad_to_multiple(image, translator.stride))

    def write(work: Work) -> tuple:
        if side_by_side:
            writer.write(join_sides(work.image, work.result, translator.formats))
        else:
            writer.write(_to_rgb(work.result))
        return ()

    with ThreadPoolExecutor(1) as decoder, ThreadPoolExecutor(1) as encoder:
        ahead = _compute_ahead(reader.size, side_format)
        decoded = map_ahead(decoder, read, itertools.repeat(()), ahead)
        works = itertools.takewhile(bool, decoded)
        for _ in map_ahead(encoder, write, run_network(works, translator), ahead):
            yield


def _compute_ahead(size: tuple[int, int], side_format: SideFormat) -> int:
    """Return how many frames may be decoded before the network needs them."""
    pixel = 3 + 2 * side_format.channels * side_format.storage.itemsize
    return max(1, min(MAX_AHEAD, MAX_AHEAD_BYTES // (size[0] * size[1] * pixel)))


def _to_rgb(result: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(result, cv2.COLOR_GRAY2RGB) if result.shape[2] == 1 else result
