"""Measure the input pipelines, and the translation of image files."""

import itertools
import math
import os
import statistics
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import keras
import numpy as np
import psutil
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.cli import info
from pyimagesearch.data_preprocess import make_batches, random_jitter
from pyimagesearch.datasets.folders import Pair, list_pairs
from pyimagesearch.datasets.image_files import read_image
from pyimagesearch.datasets.pairs import PairFiles, load_into_memory
from pyimagesearch.datasets.sources import Source, open_source_from_settings
from pyimagesearch.datasets.stream import TrainStream
from pyimagesearch.errors import UserError
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.translation.input_files import Job
from pyimagesearch.translation.translate import iterate_translations
from pyimagesearch.translation.translator import Translator
from pyimagesearch.visualization import save_image

BASELINE = "tutorial"
WARM_UP = 4  # batches that a pipeline yields before the clock starts
INPUT_BATCHES = 4  # batches of different images to translate


def measure_data(settings: Namespace) -> dict:
    """Measure the training pairs per second of every input pipeline.

    Args:
        settings: Namespace, as returned by `parse_benchmark_settings` for "data".

    Returns:
        dict, "pairs_per_second" (median), "lowest", "highest" and "times_tutorial"
        (the median of the ratios to the tutorial's pipeline in the same round), each a
        dict by pipeline; the size of the cache in bytes; the settings and versions.

    Raises:
        UserError: if a pair is stored in two files, which the tutorial cannot read.
    """
    source = open_source_from_settings(settings)
    pairs = list_pairs(source.folder, "train")
    if pairs[0].right:
        raise UserError(
            f"{source.folder} has one image file for each side of a pair, and the "
            f"tutorial's pipeline reads side-by-side images only: choose another "
            f"dataset with --dataset or --data"
        )
    files = PairFiles(pairs, *settings.image_size, source.label_side)
    before = psutil.Process().memory_info().rss
    images = load_into_memory(files)
    resident = psutil.Process().memory_info().rss - before

    pipelines = _create_pipelines(pairs, files, images, source, settings.batch_size)
    rates = {name: [] for name in pipelines}
    for _ in _iterate_rounds(settings.rounds):
        for name, create in pipelines.items():
            rates[name].append(_count_pairs_per_second(create(), settings.seconds))
    return {
        "pairs_per_second": _summarize(rates, statistics.median),
        "lowest": _summarize(rates, min),
        "highest": _summarize(rates, max),
        "times_tutorial": {
            name: statistics.median(map(np.divide, rates[name], rates[BASELINE]))
            for name in rates
        },
        "cache_bytes": images.nbytes,
        "cache_resident_bytes": resident,
        "pairs": len(pairs),
        **_describe(settings),
    }


def _create_pipelines(
    pairs: list[Pair], files: PairFiles, images: np.ndarray, source: Source, size: int
) -> dict[str, Callable[[], Iterable]]:
    _, height, width, _ = files.shape
    paths = [str(pair.left) for pair in pairs]

    def create_ours(pairs, augment, scale=True):
        stream = TrainStream(pairs, size, 0, augment, source.label_side, scale=scale)
        return lambda: make_batches(stream, source.direction)

    return {
        BASELINE: lambda: create_tutorial_pipeline(paths, size, height, width // 2),
        "decode": lambda: _decode_endlessly(paths, size),
        "resize_memory": create_ours(images, "resize"),
        "crop_memory": create_ours(images, "crop"),
        "crop_memory_uint8": create_ours(images, "crop", scale=False),
        "crop_fly": create_ours(files, "crop"),
        "resize_fly": create_ours(files, "resize"),
    }


def create_tutorial_pipeline(
    paths: list[str], batch_size: int, height: int, width: int
) -> tf.data.Dataset:
    """Create the training pipeline of the tutorial, the baseline of the others.

    Args:
        paths: list of str, image files with both sides of a pair.
        batch_size: int, pairs in a batch; the last batch of a pass can be smaller.
        height: int, the height of a side in pixels.
        width: int, the width of a side in pixels.

    Returns:
        tf.data.Dataset, infinite, of tuples (input mask, real image), each float32 of
        shape (batch, height, width, 3) in [-1, 1].
    """

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


def _decode_endlessly(
    paths: list[str], batch_size: int
) -> Iterator[tuple[list[np.ndarray]]]:
    """Decode image files in a loop, on all processors, and do nothing else."""
    endless = itertools.cycle(paths)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        while True:
            batch = itertools.islice(endless, batch_size)
            yield (list(pool.map(read_image, batch)),)


def _count_pairs_per_second(pipeline: Iterable, seconds: float) -> float:
    """Read an infinite pipeline for some time, after `WARM_UP` batches."""
    iterator = iter(pipeline)
    for _ in range(WARM_UP):
        next(iterator)
    pairs, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        # The tutorial's last batch of a pass is a smaller one.
        pairs += len(next(iterator)[0])
    return pairs / elapsed


def format_data(figures: dict) -> str:
    """Format the figures of `measure_data` as a table."""
    lines = [f"{'pipeline':<20}{'pairs/s':>9}{'lowest':>9}{'highest':>9}{'ratio':>8}"]
    for name, rate in figures["pairs_per_second"].items():
        low, high = figures["lowest"][name], figures["highest"][name]
        ratio = figures["times_tutorial"][name]
        lines.append(f"{name:<20}{rate:>9,.0f}{low:>9,.0f}{high:>9,.0f}{ratio:>8.2f}")
    lines.append(
        f"the cache holds {figures['cache_bytes'] / 1e6:.1f} MB; the process grew by "
        f"{figures['cache_resident_bytes'] / 1e6:.1f} MB when it was loaded"
    )
    return "\n".join(lines)


def measure_translation(settings: Namespace) -> dict:
    """Measure the translation of image files, and the generator alone.

    The images are the input sides of the validation pairs. The generator is the
    tutorial's, untrained.

    Args:
        settings: Namespace, as returned by `parse_benchmark_settings` for "translate".

    Returns:
        dict, "images_per_second" (median), "lowest" and "highest", each a dict with
        "network" and "files"; "times_network", the median over the rounds of the ratio
        of files to network, with "lowest_ratio" and "highest_ratio"; the settings and
        versions.

    Raises:
        UserError: if there are no validation pairs or the networks do not support the
            image size.
    """
    image_size, batch_size = settings.image_size, settings.batch_size
    source = open_source_from_settings(settings)
    keras.utils.set_random_seed(config.SEED)
    generator = Pix2Pix(*image_size).generator()
    network = tf.function(lambda images: generator(images, training=False))
    translator = Translator(generator, batch_size, tile=0)
    rates = {"network": [], "files": []}
    with tempfile.TemporaryDirectory() as name:
        count = batch_size * INPUT_BATCHES
        files = _write_inputs(source, image_size, count, Path(name))
        _measure_network(network, image_size, batch_size, seconds=0)  # traces it
        _measure_files(translator, files, batch_size)
        for _ in _iterate_rounds(settings.rounds):
            rate = _measure_network(network, image_size, batch_size, settings.seconds)
            batches = max(
                INPUT_BATCHES, math.ceil(rate * settings.seconds / batch_size)
            )
            rates["network"].append(rate)
            rates["files"].append(
                _measure_files(translator, files, batches * batch_size)
            )
    ratios = np.divide(rates["files"], rates["network"])
    return {
        "images_per_second": _summarize(rates, statistics.median),
        "lowest": _summarize(rates, min),
        "highest": _summarize(rates, max),
        "times_network": float(np.median(ratios)),
        "lowest_ratio": float(ratios.min()),
        "highest_ratio": float(ratios.max()),
        **_describe(settings),
    }


def _write_inputs(
    source: Source, image_size: tuple[int, int], count: int, folder: Path
) -> list[Path]:
    """Write the input sides of at most `count` validation pairs as PNG files."""
    pairs = list_pairs(source.folder, "val")[:count]
    images = PairFiles(pairs, *image_size, source.label_side)
    files = [folder / f"{i:03d}.png" for i in range(len(pairs))]
    for i, file in enumerate(files):
        sides = np.split(images[i], 2, axis=1)
        save_image(file, sides[source.direction == "BtoA"])
    return files


def _measure_network(network, image_size, batch_size, seconds) -> float:
    """Images per second if the input is a tensor and the output is not written."""
    images = tf.zeros((batch_size, *image_size, 3))
    done, start = 0, time.perf_counter()
    while not done or time.perf_counter() - start < seconds:
        network(images).numpy()
        done += batch_size
    return done / (time.perf_counter() - start)


def _measure_files(translator, files, count) -> float:
    """Images per second, from reading the first file to writing the last."""
    output = files[0].parent / "translated"
    jobs = [
        Job(file, output / f"{i}.png")
        for i, file in enumerate(itertools.islice(itertools.cycle(files), count))
    ]
    start = time.perf_counter()
    written = sum(failure is None for failure in iterate_translations(jobs, translator))
    return written / (time.perf_counter() - start)


def format_translation(figures: dict) -> str:
    """Format the figures of `measure_translation` as a table."""
    lines = [f"{'':<20}{'images/s':>9}{'lowest':>9}{'highest':>9}"]
    for name, rate in figures["images_per_second"].items():
        low, high = figures["lowest"][name], figures["highest"][name]
        lines.append(f"{name:<20}{rate:>9,.1f}{low:>9,.1f}{high:>9,.1f}")
    lines.append(
        f"files run at {figures['times_network']:.1%} of the speed of the network "
        f"alone ({figures['lowest_ratio']:.1%} - {figures['highest_ratio']:.1%})"
    )
    return "\n".join(lines)


def _iterate_rounds(count: int) -> Iterator[int]:
    for number in range(1, count + 1):
        info(f"round {number} of {count}")
        yield number


def _summarize(rates: dict[str, list[float]], function: Callable) -> dict[str, float]:
    return {name: function(values) for name, values in rates.items()}


def _describe(settings: Namespace) -> dict:
    """What the figures depend on."""
    return {
        "image_size": list(settings.image_size),
        "batch_size": settings.batch_size,
        "rounds": settings.rounds,
        "seconds": settings.seconds,
        "processors": os.cpu_count(),
        "versions": {"tensorflow": tf.__version__, "opencv": cv2.__version__},
    }
