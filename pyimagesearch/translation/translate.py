"""Translate image files: read, run the network and write in parallel."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from pyimagesearch.cli import progbar_verbose
from pyimagesearch.datasets.image_decoding import read_stored_image
from pyimagesearch.datasets.pair_notes import PairNotes, note_losses
from pyimagesearch.datasets.side_formats import PairFormat, SideFormat
from pyimagesearch.errors import UserError
from pyimagesearch.translation.input_files import Job
from pyimagesearch.translation.output_files import PNG, OutputFormat, write_result
from pyimagesearch.translation.tiling import pad_to_multiple
from pyimagesearch.translation.translator import Translator
from pyimagesearch.visualization import to_display

MAX_OPEN_BATCHES = 8  # image sizes that wait for a full batch


def translate_files(
    jobs: list[Job],
    translator: Translator,
    side_by_side: bool = False,
    output: OutputFormat = PNG,
) -> list[UserError]:
    """Translate image files and show the progress.

    Args:
        jobs: list of Job, what to translate, all with the same number of samples.
        translator: Translator, the network.
        side_by_side: bool, write the input to the left of its result, both as 8-bit
            RGB.
        output: OutputFormat, how to write the results.

    Returns:
        list of UserError, one for every file that cannot be read, or is too large for
        samples. These files are skipped.

    Raises:
        UserError: if the generator outputs NaN or infinite values.
        OSError: if a result cannot be written.
    """
    samples = len(jobs[0].targets)
    progress = RateProgress(len(jobs) * samples, "image")
    failures = []
    for failure in iterate_translations(jobs, translator, side_by_side, output):
        progress.add(samples if failure else 1)
        if failure:
            failures.append(failure)
    return failures


class RateProgress:
    """A progress bar that shows the time left and the rate so far.

    Args:
        total: int, how many there will be; None or 0 if that is not known.
        unit: str, what is counted, in the singular.
    """

    def __init__(self, total: int | None, unit: str):
        self._rate = f"{unit}s/s"
        self._total = total
        self._bar = keras.utils.Progbar(
            total or None,
            verbose=progbar_verbose(),
            unit_name=unit,
            stateful_metrics=[self._rate],
        )
        self._start = time.perf_counter()
        self.number = 0

    def add(self, number: int) -> None:
        """Count some more."""
        self.number += number
        if self._total and self.number > self._total:
            self._bar.target = self.number
        self._show(self.number == self._total)

    def finish(self) -> None:
        """Show the end, if there were not as many as expected."""
        if self.number != self._total:
            self._bar.target = max(self._total or 0, self.number)
            self._show(finalize=True)

    def _show(self, finalize: bool) -> None:
        rate = self.number / (time.perf_counter() - self._start)
        self._bar.update(self.number, [(self._rate, rate)], finalize)


class Work(NamedTuple):
    """An image or a frame at some stage of its translation; None is for later ones."""

    job: Job
    image: np.ndarray | None = None  # (H, W, C), as the input's format stores it
    padded: np.ndarray | None = None  # with sides that are multiples of the stride
    result: np.ndarray | None = None  # (H, W, D), in the units of the targets
    target: Path | None = None  # the file to write
    failure: UserError | None = None  # why the image cannot be translated


def iterate_translations(
    jobs: Iterable[Job],
    translator: Translator,
    side_by_side: bool = False,
    output: OutputFormat = PNG,
) -> Iterator[UserError | None]:
    """Translate image files one after another, as `translate_files` does.

    What images lost when they were read is a warning at the end.

    Yields:
        None for every result that is written, or a UserError for an image that cannot
        be read, or is too large for samples.
    """
    notes = PairNotes()

    def read(work: Work) -> Work:
        try:
            image = read_input(work.job, translator.formats.input, notes)
        except UserError as failure:
            return work._replace(failure=failure)
        padded = pad_to_multiple(image, translator.stride)
        return work._replace(image=image, padded=padded)

    def write(work: Work) -> Work:
        if work.failure is None:
            image = work.result
            if side_by_side:
                image = join_sides(work.image, work.result, translator.formats)
            write_result(work.target, image, output)
        return Work(work.job, failure=work.failure)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        images = map_ahead(pool, read, map(Work, jobs))
        for work in map_ahead(pool, write, run_network(images, translator)):
            yield work.failure
    notes.warn()


def run_network(images: Iterable[Work], translator: Translator) -> Iterator[Work]:
    """Run images of one size together, in full batches if possible.

    At most `MAX_OPEN_BATCHES` sizes wait. If there are more, the oldest batch runs.

    Args:
        images: iterable of Work, with `image` and `padded`, or with a `failure`.
        translator: Translator.

    Yields:
        Work, with `result` and `target`. Images of one size keep their order.
    """
    waiting: dict[tuple, list[Work]] = {}
    for work in images:
        if work.failure:
            yield work
        elif translator.is_tiled(work.padded):
            yield _run_tiles(work, translator)
        else:
            key = work.padded.shape, work.padded.dtype
            batch = waiting.setdefault(key, [])
            batch.append(work)
            if len(batch) == translator.compute_batch_size(work.padded):
                yield from _run_batch(waiting.pop(key), translator)
            elif len(waiting) > MAX_OPEN_BATCHES:
                yield from _run_batch(waiting.pop(next(iter(waiting))), translator)
    for batch in waiting.values():
        yield from _run_batch(batch, translator)


def _run_tiles(work: Work, translator: Translator) -> Work:
    if work.job.samples is None:
        return _finish_work(work, translator.translate_tiled(work.padded))
    height, width = work.image.shape[:2]
    failure = UserError(
        f"{work.job.source} has {height}x{width} px: the noise of --samples would "
        f"differ between tiles, so use --tile {max(height, width)}, or --tile 0"
    )
    return Work(work.job, failure=failure)


def _run_batch(batch: list[Work], translator: Translator) -> Iterator[Work]:
    for sample in batch[0].job.targets:
        results = translator.translate((work.padded for work in batch), sample)
        for work, result in zip(batch, results, strict=True):
            restored = translator.formats.target.restore(result)
            yield _finish_work(work, restored, sample)


def _finish_work(work: Work, result: np.ndarray, sample: int | None = None) -> Work:
    height, width = work.image.shape[:2]
    target = work.job.targets[sample]
    return work._replace(padded=None, result=result[:height, :width], target=target)


def read_input(job: Job, side_format: SideFormat, notes: PairNotes) -> np.ndarray:
    """Read the image of a job.

    Args:
        job: Job.
        side_format: SideFormat of the inputs.
        notes: PairNotes, counts what the image loses.

    Returns:
        Array (H, W, C), as the format stores it.

    Raises:
        UserError: if the file cannot be read, or does not fit the format.
    """
    path = job.source
    stored = read_stored_image(path, max_pixels=job.max_pixels)
    side_format = side_format.match_depth(stored.pixels.dtype.name)
    image = side_format.store(stored, path)
    note_losses(notes, stored, image, side_format, path)
    return image


def join_sides(
    image: np.ndarray, result: np.ndarray, formats: PairFormat
) -> np.ndarray:
    """Join an input and its result to one image to look at.

    Args:
        image: array (H, W, C), as the format of the inputs stores it.
        result: array (H, W, D), in the units of the targets.
        formats: PairFormat.

    Returns:
        uint8 array (H, 2W, 3), RGB.
    """
    input_format = formats.input.match_depth(image.dtype.name)
    return np.hstack(
        [
            to_display(input_format.scale(image)),
            to_display(formats.target.scale(result)),
        ]
    )


MAX_AHEAD = 32  # items in progress
MAX_AHEAD_BYTES = 1 << 28  # no item is started while the arrays hold more than this


def map_ahead(
    pool: ThreadPoolExecutor,
    function: Callable[[tuple], tuple],
    items: Iterable[tuple],
    max_ahead: int = MAX_AHEAD,
) -> Iterator[tuple]:
    """Call a function on every item in a pool and yield the results in order.

    Args:
        pool: ThreadPoolExecutor, runs the calls.
        function: callable, maps a tuple to a tuple. The arrays in both count towards
            the memory limit.
        items: iterable of tuple, iterated in the caller's thread.
        max_ahead: int, how many items are in progress at most.

    Yields:
        tuple, the result for each item, in the order of the items.

    Raises:
        Exception: the exception of `items` or `function`, in place of that result.
    """
    pending: deque[tuple[tuple, Future]] = deque()
    for item in items:
        pending.append((item, pool.submit(function, item)))
        while len(pending) > max_ahead or _count_held_bytes(pending) > MAX_AHEAD_BYTES:
            yield pending.popleft()[1].result()
    while pending:
        yield pending.popleft()[1].result()


def _count_held_bytes(pending: Iterable[tuple[tuple, Future]]) -> int:
    values = []
    for item, future in pending:
        values += item
        if future.done() and future.exception() is None:
            values += future.result()
    return sum(value.nbytes for value in values if isinstance(value, np.ndarray))
