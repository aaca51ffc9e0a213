"""Measure the input pipelines, and the translation of image files and videos."""

import itertools
import math
import os
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import keras
import psutil
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.benchmark.rounds import measure_in_turn
from pyimagesearch.data_preprocess import make_batches, random_jitter
from pyimagesearch.datasets.image_decoding import read_image
from pyimagesearch.datasets.pair_notes import PairNotes
from pyimagesearch.datasets.pairs import (
    RGB_FORMATS,
    PairFiles,
    load_into_memory,
    match_depth,
)
from pyimagesearch.datasets.sources import Source, open_source_from_settings
from pyimagesearch.datasets.stream import TrainStream
from pyimagesearch.errors import UserError
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.translation.input_files import Job
from pyimagesearch.translation.translate import iterate_translations
from pyimagesearch.translation.translate_video import iterate_frames
from pyimagesearch.translation.translator import Translator
from pyimagesearch.translation.video import VideoReader, quiet_opencv
from pyimagesearch.translation.video_writer import write_video
from pyimagesearch.visualization import save_image

CLIP_RATE = 25.0  # frames per second
WARM_UP = 4  # batches that a pipeline yields before the clock starts
INPUT_BATCHES = 4  # batches of different images to translate


def measure_data(settings: Namespace, size: tuple[int, int]) -> tuple[dict, dict]:
    """Measure every input pipeline of the training, in pairs per second.

    Returns what `measure_in_turn` returns; and as notes the size of the cache, and how
    much the process grew when it was loaded.

    Raises:
        UserError: if a pair is stored in two files, which the tutorial cannot read.
    """
    source = open_source_from_settings(settings)
    pairs = source.pairs.list_pairs("train")
    if pairs[0].right:
        raise UserError(
            f"{source.folder} has one image file for each side of a pair, and the "
            f"tutorial's pipeline reads side-by-side images only: choose another "
            f"dataset with --dataset or --data"
        )
    formats = match_depth(pairs, RGB_FORMATS)
    files = PairFiles(pairs, *size, source.label_side, formats)
    before = psutil.Process().memory_info().rss
    images = load_into_memory(files)
    grown = psutil.Process().memory_info().rss - before
    notes = {"cache, MB": images.nbytes / 1e6, "growth of the process, MB": grown / 1e6}
    batch_size, paths = settings.batch_size, [str(pair.left) for pair in pairs]

    def create_ours(pairs, augment, scale=True):
        side = source.label_side
        stream = TrainStream(pairs, batch_size, 0, augment, side, scale=scale)
        return lambda: make_batches(stream, source.direction)

    pipelines = {
        "tutorial": lambda: _create_tutorial_pipeline(paths, batch_size, *size),
        "decode": lambda: _decode_endlessly(paths, batch_size),
        "resize_memory": create_ours(images, "resize"),
        "crop_memory": create_ours(images, "crop"),
        "crop_memory_uint8": create_ours(images, "crop", scale=False),
        "crop_fly": create_ours(files, "crop"),
        "resize_fly": create_ours(files, "resize"),
    }
    measurements = {
        name: partial(_count_pairs_per_second, create, settings.seconds)
        for name, create in pipelines.items()
    }
    return measure_in_turn(measurements, settings.rounds), notes


def _create_tutorial_pipeline(
    paths: list[str], batch_size: int, height: int, width: int
) -> tf.data.Dataset:
    """Create the training pipeline of the tutorial, the baseline of the others.

    It yields tuples (input mask, real image), float32 in [-1, 1], without end; the last
    batch of a pass can be smaller.
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


def _decode_endlessly(paths: list[str], batch_size: int) -> Iterator[tuple[list]]:
    """Decode image files in a loop, on all processors, and do nothing else."""
    endless = itertools.cycle(paths)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        while True:
            batch = itertools.islice(endless, batch_size)
            yield (list(pool.map(read_image, batch)),)


def _count_pairs_per_second(create: Callable[[], Iterable], seconds: float) -> float:
    """Read a new, infinite pipeline for some time, after `WARM_UP` batches."""
    iterator = iter(create())
    for _ in range(WARM_UP):
        next(iterator)
    pairs, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        # The tutorial's last batch of a pass is a smaller one.
        pairs += len(next(iterator)[0])
    return pairs / elapsed


def measure_translation(
    settings: Namespace, size: tuple[int, int]
) -> tuple[dict, dict]:
    """Measure the translation of files, and the generator alone, in images/s.

    The images are the input sides of the validation pairs, as files or, with `--video`,
    as the frames of an MP4 file. The generator is the tutorial's, untrained. Returns
    what `measure_in_turn` returns, and no notes.

    Raises:
        UserError: if there are no validation pairs or the networks do not support the
            image size.
    """
    batch_size, seconds = settings.batch_size, settings.seconds
    source = open_source_from_settings(settings)
    keras.utils.set_random_seed(config.SEED)
    generator = Pix2Pix(*size).generator()
    network = tf.function(lambda images: generator(images, training=False))
    translator = Translator(generator, batch_size, tile=0)
    with tempfile.TemporaryDirectory() as name:
        files = _write_inputs(source, size, batch_size * INPUT_BATCHES, Path(name))
        images = tf.zeros((batch_size, *size, 3))
        _measure_network(network, images, seconds=0)  # traces it
        _measure_files(translator, files, batch_size)
        rate = _measure_network(network, images, seconds)
        batches = max(INPUT_BATCHES, math.ceil(rate * seconds / batch_size))
        number = batches * batch_size
        measurements = {"network": partial(_measure_network, network, images, seconds)}
        if settings.video:
            clip = _write_clip(files, number, size)
            measurements["video"] = partial(_measure_video, translator, clip)
        else:
            measurements["files"] = partial(_measure_files, translator, files, number)
        return measure_in_turn(measurements, settings.rounds), {}


def _write_inputs(
    source: Source, image_size: tuple[int, int], count: int, folder: Path
) -> list[Path]:
    """Write the input sides of at most `count` validation pairs as PNG files."""
    pairs = source.pairs.list_pairs("val")[:count]
    formats = match_depth(pairs, RGB_FORMATS)
    images = PairFiles(pairs, *image_size, source.label_side, formats)
    files = [folder / f"{i:03d}.png" for i in range(len(pairs))]
    for i, file in enumerate(files):
        save_image(file, images[i][source.direction == "BtoA"])
    return files


def _write_clip(files: list[Path], number: int, size: tuple[int, int]) -> Path:
    """Write images to a video of `number` frames, in a loop."""
    clip = files[0].with_name("clip.mp4")
    with quiet_opencv(), write_video(clip, size, CLIP_RATE) as writer:
        for file in itertools.islice(itertools.cycle(files), number):
            writer.write(read_image(file))
    return clip


def _measure_network(network, images, seconds) -> float:
    """Images per second if the input is a tensor and the output is not written."""
    done, start = 0, time.perf_counter()
    while not done or time.perf_counter() - start < seconds:
        network(images).numpy()
        done += len(images)
    return done / (time.perf_counter() - start)


def _measure_files(translator, files, count) -> float:
    """Images per second, from reading the first file to writing the last."""
    output = files[0].parent / "translated"
    inputs = itertools.islice(itertools.cycle(files), count)
    jobs = [Job(file, output / f"{i}.png") for i, file in enumerate(inputs)]
    start = time.perf_counter()
    written = sum(failure is None for failure in iterate_translations(jobs, translator))
    return written / (time.perf_counter() - start)


def _measure_video(translator, clip) -> float:
    """Frames per second, from opening a video to closing its translation."""
    job = Job(clip, clip.with_name("translated.mp4"), is_video=True)
    start = time.perf_counter()
    with (
        quiet_opencv(),
        VideoReader(clip) as reader,
        write_video(job.target, reader.size, reader.rate) as writer,
    ):
        frames = iterate_frames(job, reader, writer, translator, PairNotes())
        written = sum(1 for _ in frames)
    return written / (time.perf_counter() - start)
