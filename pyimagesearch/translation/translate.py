"""Translate image files: read, run the network and write in parallel."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import cv2
import keras
import numpy as np

from pyimagesearch.cli import progbar_verbose
from pyimagesearch.data_preprocess import scale_images
from pyimagesearch.datasets.image_files import read_image
from pyimagesearch.errors import UserError
from pyimagesearch.translation.input_files import Job
from pyimagesearch.translation.tiling import pad_to_multiple
from pyimagesearch.translation.translator import Translator
from pyimagesearch.visualization import save_image, to_uint8

AHEAD = 32  # items under way at most
AHEAD_BYTES = 1 << 28  # of their arrays, above which no further item is begun


def create_pool() -> ThreadPoolExecutor:
    """A pool with a thread for each processor."""
    return ThreadPoolExecutor(os.cpu_count())


def map_ahead(
    pool: ThreadPoolExecutor, function: Callable[[tuple], tuple], items: Iterable[tuple]
) -> Iterator[tuple]:
    """Calls function(item) for every item, and yields the results in order.

    Args:
        pool: whose threads call it.
        function: from a tuple to a tuple, whose arrays count for their memory.
        items: iterated in the thread of the caller.

    Raises:
        Exception: what `items` or `function` raised, in the place of that result.
    """
    under_way: deque[tuple[tuple, Future]] = deque()
    for item in items:
        under_way.append((item, pool.submit(function, item)))
        while len(under_way) > AHEAD or _count_held_bytes(under_way) > AHEAD_BYTES:
            yield under_way.popleft()[1].result()
    while under_way:
        yield under_way.popleft()[1].result()


def _count_held_bytes(under_way: Iterable[tuple[tuple, Future]]) -> int:
    return sum(
        _count_array_bytes(item)
        + (_count_array_bytes(work.result()) if _is_successful(work) else 0)
        for item, work in under_way
    )


def _is_successful(work: Future) -> bool:
    return work.done() and work.exception() is None


def _count_array_bytes(values: tuple) -> int:
    return sum(value.nbytes for value in values if isinstance(value, np.ndarray))


OPEN_BATCHES = 8  # sizes of images that wait for their batch to be full
RATE = "images/s"
# Much faster than OpenCV's default, for files of about the same size.
PNG_OPTIONS = [
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
]


class _Work(NamedTuple):
    """An image on its way: what it is before it is read, before and after the network.

    Attributes:
        job: where it is from and where it goes.
        image: uint8 or uint16 (H, W, 3), None until it is read.
        padded: the same with its sides brought to multiples of the stride.
        picture: uint8 (H, W, 3), None until it is made.
        failure: why it cannot be read.
    """

    job: Job
    image: np.ndarray | None = None
    padded: np.ndarray | None = None
    picture: np.ndarray | None = None
    failure: UserError | None = None


def translate_files(
    jobs: list[Job], translator: Translator, side_by_side: bool = False
) -> list[UserError]:
    """Translates image files, and shows how it goes.

    Args:
        jobs: what to translate.
        translator: the network.
        side_by_side: write the input beside its picture.

    Returns:
        Why some files could not be read; these are passed over.

    Raises:
        UserError: where the generator makes no numbers.
        OSError: where a picture cannot be written.
    """
    progress = keras.utils.Progbar(
        len(jobs), verbose=progbar_verbose(), unit_name="image", stateful_metrics=[RATE]
    )
    failures, start = [], time.perf_counter()
    for number, failure in enumerate(
        iterate_translations(jobs, translator, side_by_side), 1
    ):
        if failure:
            failures.append(failure)
        progress.update(number, [(RATE, number / (time.perf_counter() - start))])
    return failures


def iterate_translations(
    jobs: Iterable[Job], translator: Translator, side_by_side: bool = False
) -> Iterator[UserError | None]:
    """Does the work of `translate`, which has the arguments and what is raised.

    Yields:
        None for every picture that was written, or why its image could not be read.
    """

    def read(work: _Work) -> _Work:
        try:
            image = read_image(work.job.source)
        except UserError as failure:
            return work._replace(failure=failure)
        return work._replace(
            image=image, padded=pad_to_multiple(image, translator.stride)
        )

    def write(work: _Work) -> _Work:
        if work.failure is None:
            _write_image(work, side_by_side)
        return _Work(work.job, failure=work.failure)

    with create_pool() as pool:
        images = map_ahead(pool, read, map(_Work, jobs))
        for work in map_ahead(pool, write, _run_network(images, translator)):
            yield work.failure


def _run_network(images: Iterable[_Work], translator: Translator) -> Iterator[_Work]:
    """Images of one size go through the network together, in full batches if they can.

    At most `OPEN_BATCHES` sizes wait; then the one that waits longest goes.
    """
    waiting: dict[tuple, list[_Work]] = {}
    for work in images:
        if work.failure:
            yield work
        elif translator.is_tiled(work.padded):
            yield _finish_work(work, translator.tiled(work.padded))
        else:
            kind = work.padded.shape, work.padded.dtype
            batch = waiting.setdefault(kind, [])
            batch.append(work)
            if len(batch) == translator.batch_size(work.padded):
                yield from _run_batch(waiting.pop(kind), translator)
            elif len(waiting) > OPEN_BATCHES:
                yield from _run_batch(waiting.pop(next(iter(waiting))), translator)
    for batch in waiting.values():
        yield from _run_batch(batch, translator)


def _run_batch(batch: list[_Work], translator: Translator) -> Iterator[_Work]:
    pictures = translator.pictures(work.padded for work in batch)
    for work, picture in zip(batch, pictures, strict=True):
        yield _finish_work(work, to_uint8(picture))


def _finish_work(work: _Work, picture: np.ndarray) -> _Work:
    height, width, _ = work.image.shape
    return work._replace(padded=None, picture=picture[:height, :width])


def _write_image(work: _Work, side_by_side: bool) -> None:
    picture = work.picture
    if side_by_side:
        picture = np.hstack([to_uint8(scale_images(work.image)), picture])
    save_image(work.job.target, picture, PNG_OPTIONS)
