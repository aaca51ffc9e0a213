"""Images per second: the bare network, and from files in a folder to files."""

import itertools
import math
import os
import statistics
import tempfile
import time
from argparse import Namespace
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.benchmarks.flags import add_pairs_flags
from pyimagesearch.cli import Parser, info
from pyimagesearch.datasets.folders import list_pairs
from pyimagesearch.datasets.pairs import PairFiles
from pyimagesearch.datasets.sources import open_source_from_settings
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.translation.input_files import Job
from pyimagesearch.translation.translate import iterate_translations
from pyimagesearch.translation.translator import Translator
from pyimagesearch.visualization import save_image

BATCHES = 4  # of different images


def add_flags(parser: Parser) -> None:
    """Adds what `measure` takes."""
    add_pairs_flags(parser, config.INFER_BATCH_SIZE)


def measure(settings: Namespace) -> dict:
    """Measures both in turn, round after round, with an untrained generator.

    What is translated are the input sides of the validation pairs.

    Returns:
        "images_per_second", "lowest" and "highest" of the rounds, each {"network" or
        "files": a number}, the first medians; "times_network", the median of the
        rounds' ratios, with its "lowest_ratio" and "highest_ratio"; and what was
        measured and on what.

    Raises:
        UserError: where there are no such pairs, or the size does not go through.
    """
    image_size, batch_size = settings.image_size, settings.batch_size
    source = open_source_from_settings(settings)
    keras.utils.set_random_seed(config.SEED)
    generator = Pix2Pix(*image_size).generator()
    network = tf.function(lambda images: generator(images, training=False))
    translator = Translator(generator, batch_size, tile=0)
    rates = {"network": [], "files": []}
    with tempfile.TemporaryDirectory() as folder:
        files = _write_inputs(source, image_size, batch_size * BATCHES, Path(folder))
        _network_rate(network, image_size, batch_size, 0)  # traced
        _files_rate(translator, files, batch_size)
        for number in range(settings.rounds):
            info(f"round {number + 1} of {settings.rounds}")
            bare = _network_rate(network, image_size, batch_size, settings.seconds)
            batches = max(BATCHES, math.ceil(bare * settings.seconds / batch_size))
            rates["network"].append(bare)
            rates["files"].append(_files_rate(translator, files, batches * batch_size))
    ratios = np.divide(rates["files"], rates["network"])
    return {
        "images_per_second": {k: statistics.median(v) for k, v in rates.items()},
        "lowest": {name: min(values) for name, values in rates.items()},
        "highest": {name: max(values) for name, values in rates.items()},
        "times_network": float(np.median(ratios)),
        "lowest_ratio": float(ratios.min()),
        "highest_ratio": float(ratios.max()),
        "image_size": list(image_size),
        "batch_size": batch_size,
        "rounds": settings.rounds,
        "seconds": settings.seconds,
        "processors": os.cpu_count(),
        "versions": {"tensorflow": tf.__version__, "opencv": cv2.__version__},
    }


def _write_inputs(source, image_size, number, folder) -> list[Path]:
    """The pairs' input sides as PNGs, as many as there are and `number` at most."""
    pairs = list_pairs(source.folder, "val")[:number]
    images = PairFiles(pairs, *image_size, source.label_side)
    files = [folder / f"{i:03d}.png" for i in range(len(pairs))]
    for i, file in enumerate(files):
        sides = np.split(images[i], 2, axis=1)
        save_image(file, sides[source.direction == "BtoA"])
    return files


def _network_rate(network, image_size, batch_size, seconds) -> float:
    """Of a batch that is there already; its pictures are fetched and left."""
    images = tf.zeros((batch_size, *image_size, 3))
    done, start = 0, time.perf_counter()
    while not done or time.perf_counter() - start < seconds:
        network(images).numpy()
        done += batch_size
    return done / (time.perf_counter() - start)


def _files_rate(translator, files, number) -> float:
    """From the first file's reading to the last picture's writing."""
    output = files[0].parent / "translated"
    jobs = [
        Job(file, output / f"{i}.png")
        for i, file in enumerate(itertools.islice(itertools.cycle(files), number))
    ]
    start = time.perf_counter()
    written = sum(failure is None for failure in iterate_translations(jobs, translator))
    return written / (time.perf_counter() - start)


def table(measured: dict) -> str:
    """The figures for the screen."""
    lines = [f"{'':<20}{'images/s':>9}{'lowest':>9}{'highest':>9}"]
    for name, rate in measured["images_per_second"].items():
        low, high = measured["lowest"][name], measured["highest"][name]
        lines.append(f"{name:<20}{rate:>9,.1f}{low:>9,.1f}{high:>9,.1f}")
    lines.append(
        f"files at {measured['times_network']:.1%} of the bare network "
        f"({measured['lowest_ratio']:.1%} - {measured['highest_ratio']:.1%})"
    )
    return "\n".join(lines)
