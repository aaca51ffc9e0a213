"""Training pairs per second: the tutorial's pipeline, this package's, and decoding."""

import itertools
import os
import statistics
import time
from argparse import Namespace
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import psutil
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.benchmarks.flags import add_pairs_flags
from pyimagesearch.cli import Parser, info
from pyimagesearch.data_preprocess import make_batches, random_jitter
from pyimagesearch.datasets.folders import Pair, list_pairs
from pyimagesearch.datasets.image_files import read_image
from pyimagesearch.datasets.pairs import PairFiles, load_into_memory
from pyimagesearch.datasets.sources import Source, open_source_from_settings
from pyimagesearch.datasets.stream import TrainStream
from pyimagesearch.errors import UserError

WARM_UP = 4  # batches, in which a pipeline finds its pace
BASELINE = "tutorial"


def add_flags(parser: Parser) -> None:
    """Adds what `measure` takes."""
    add_pairs_flags(parser, config.TRAIN_BATCH_SIZE)


def measure(settings: Namespace) -> dict:
    """Measures every pipeline in turn, round after round.

    Returns:
        "pairs_per_second", "lowest" and "highest" of the rounds, and "times_tutorial",
        each {pipeline: a number}, the first and the last medians; and what was measured
        and on what.

    Raises:
        UserError: where the pairs are two files each, which the tutorial does not read.
    """
    source = open_source_from_settings(settings)
    pairs = list_pairs(source.folder, "train")
    if pairs[0].right:
        raise UserError(f"{source.folder}: the tutorial reads side-by-side pairs only")
    files = PairFiles(pairs, *settings.image_size, source.label_side)
    before = psutil.Process().memory_info().rss
    images = load_into_memory(files)
    resident = psutil.Process().memory_info().rss - before

    pipelines = _pipelines(pairs, files, images, source, settings.batch_size)
    rates = {name: [] for name in pipelines}
    for number in range(settings.rounds):
        info(f"round {number + 1} of {settings.rounds}")
        for name, start in pipelines.items():
            rates[name].append(_pairs_per_second(start(), settings.seconds))
    return {
        "pairs_per_second": _each(rates, statistics.median),
        "lowest": _each(rates, min),
        "highest": _each(rates, max),
        "times_tutorial": {
            name: statistics.median(map(np.divide, rates[name], rates[BASELINE]))
            for name in rates
        },
        "cache_bytes": images.nbytes,
        "cache_resident_bytes": resident,
        "pairs": len(pairs),
        "image_size": list(settings.image_size),
        "batch_size": settings.batch_size,
        "rounds": settings.rounds,
        "seconds": settings.seconds,
        "processors": os.cpu_count(),
        "versions": {"tensorflow": tf.__version__, "opencv": cv2.__version__},
    }


def _pipelines(
    pairs: list[Pair], files: PairFiles, images: np.ndarray, source: Source, size: int
) -> dict[str, Callable[[], Iterable]]:
    _, height, width, _ = files.shape
    paths = [str(pair.left) for pair in pairs]

    def ours(kept, augment, scale=True):
        stream = TrainStream(kept, size, 0, augment, source.label_side, scale=scale)
        return lambda: make_batches(stream, source.direction)

    return {
        BASELINE: lambda: tutorial_pipeline(paths, size, height, width // 2),
        "decode": lambda: _decoded(paths, size),
        "resize_memory": ours(images, "resize"),
        "crop_memory": ours(images, "crop"),
        "crop_memory_uint8": ours(images, "crop", scale=False),
        "crop_fly": ours(files, "crop"),
        "resize_fly": ours(files, "resize"),
    }


def tutorial_pipeline(
    paths: list[str], batch_size: int, height: int, width: int
) -> tf.data.Dataset:
    """The tutorial's training pipeline: what the others are measured against."""

    def read(path):
        image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        half = tf.shape(image)[1] // 2
        image = tf.cast(image, tf.float32) / 127.5 - 1
        pair = random_jitter(image[:, half:], image[:, :half], height + 30, width + 30)
        return tuple(tf.image.resize(side, (height, width)) for side in pair)

    return (
        tf.data.Dataset.from_tensor_slices(paths)
        .map(read, num_parallel_calls=tf.data.AUTOTUNE)
        .shuffle(64)
        .batch(batch_size)
        .repeat()
        .prefetch(tf.data.AUTOTUNE)
    )


def _decoded(paths: list[str], batch_size: int) -> Iterable[tuple[list[np.ndarray]]]:
    """Decodes the files over and over, on all processors, and does nothing else."""
    endless = itertools.cycle(paths)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        while True:
            batch = itertools.islice(endless, batch_size)
            yield (list(pool.map(read_image, batch)),)


def _pairs_per_second(pipeline: Iterable, seconds: float) -> float:
    iterator = iter(pipeline)
    for _ in range(WARM_UP):
        next(iterator)
    pairs, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        # The tutorial's last batch of a pass is a smaller one.
        pairs += len(next(iterator)[0])
    return pairs / elapsed


def _each(rates: dict, summary: Callable) -> dict[str, float]:
    return {name: summary(values) for name, values in rates.items()}


def table(measured: dict) -> str:
    """The figures for the screen."""
    lines = [f"{'pipeline':<20}{'pairs/s':>9}{'lowest':>9}{'highest':>9}{'ratio':>8}"]
    for name, rate in measured["pairs_per_second"].items():
        low, high = measured["lowest"][name], measured["highest"][name]
        ratio = measured["times_tutorial"][name]
        lines.append(f"{name:<20}{rate:>9,.0f}{low:>9,.0f}{high:>9,.0f}{ratio:>8.2f}")
    lines.append(
        f"cache: {measured['cache_bytes'] / 1e6:.1f} MB, by which the process grew by "
        f"{measured['cache_resident_bytes'] / 1e6:.1f} MB"
    )
    return "\n".join(lines)
