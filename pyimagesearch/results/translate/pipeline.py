"""Reading, the network and writing, all at once."""

import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import cv2
import keras
import numpy as np

from pyimagesearch.console import verbosity
from pyimagesearch.data_preprocess import scaled
from pyimagesearch.datasets.image_files import read_image
from pyimagesearch.errors import UserError
from pyimagesearch.results.grid import to_bytes
from pyimagesearch.results.picture_file import save_picture
from pyimagesearch.results.translate.inputs import Job
from pyimagesearch.results.translate.padding import padded
from pyimagesearch.results.translate.threads import ahead, threads
from pyimagesearch.results.translate.translator import Translator

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


def translate(
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
        len(jobs), verbose=verbosity(), unit_name="image", stateful_metrics=[RATE]
    )
    failures, start = [], time.perf_counter()
    for number, failure in enumerate(translated(jobs, translator, side_by_side), 1):
        if failure:
            failures.append(failure)
        progress.update(number, [(RATE, number / (time.perf_counter() - start))])
    return failures


def translated(
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
        return work._replace(image=image, padded=padded(image, translator.stride))

    def write(work: _Work) -> _Work:
        if work.failure is None:
            _write(work, side_by_side)
        return _Work(work.job, failure=work.failure)

    with threads() as pool:
        images = ahead(pool, read, map(_Work, jobs))
        for work in ahead(pool, write, _with_pictures(images, translator)):
            yield work.failure


def _with_pictures(images: Iterable[_Work], translator: Translator) -> Iterator[_Work]:
    """Images of one size go through the network together, in full batches if they can.

    At most `OPEN_BATCHES` sizes wait; then the one that waits longest goes.
    """
    waiting: dict[tuple, list[_Work]] = {}
    for work in images:
        if work.failure:
            yield work
        elif translator.is_tiled(work.padded):
            yield _finished(work, translator.tiled(work.padded))
        else:
            kind = work.padded.shape, work.padded.dtype
            batch = waiting.setdefault(kind, [])
            batch.append(work)
            if len(batch) == translator.batch_size(work.padded):
                yield from _in_one_batch(waiting.pop(kind), translator)
            elif len(waiting) > OPEN_BATCHES:
                yield from _in_one_batch(waiting.pop(next(iter(waiting))), translator)
    for batch in waiting.values():
        yield from _in_one_batch(batch, translator)


def _in_one_batch(batch: list[_Work], translator: Translator) -> Iterator[_Work]:
    pictures = translator.pictures(work.padded for work in batch)
    for work, picture in zip(batch, pictures, strict=True):
        yield _finished(work, to_bytes(picture))


def _finished(work: _Work, picture: np.ndarray) -> _Work:
    height, width, _ = work.image.shape
    return work._replace(padded=None, picture=picture[:height, :width])


def _write(work: _Work, side_by_side: bool) -> None:
    picture = work.picture
    if side_by_side:
        picture = np.hstack([to_bytes(scaled(work.image)), picture])
    save_picture(work.job.target, picture, PNG_OPTIONS)
