"""Measure the generators of the recipes in Keras, TFLite and ONNX Runtime."""

import itertools
import os
import tempfile
import time
from argparse import Namespace
from functools import partial
from pathlib import Path

import keras
import numpy as np

from pyimagesearch import config
from pyimagesearch.benchmark.rounds import measure_in_turn
from pyimagesearch.benchmark.training_steps import use_policy
from pyimagesearch.cli import info
from pyimagesearch.datasets.sources import open_source_from_settings
from pyimagesearch.errors import UserError
from pyimagesearch.export.comparison import WARM_UP, ImageFunction
from pyimagesearch.export.export_images import iterate_pairs
from pyimagesearch.export.formats import calibrate, choose_formats, trace_model
from pyimagesearch.export.network import prepare_network
from pyimagesearch.training.hardware import choose_precision
from pyimagesearch.training.model_building import choose_networks
from pyimagesearch.training.resume import format_value
from pyimagesearch.training.training_settings import parse_training_settings

IMAGES = 8  # different inputs, which are also those of the calibration
FILES = {  # by the name of the row: --format and --quantize
    "tflite float32": ("tflite", "none"),
    "tflite int8": ("tflite", "int8"),
    "onnx float32": ("onnx", None),
}


def measure_inference(settings: Namespace, size: tuple[int, int]) -> tuple[dict, dict]:
    """Measure generators with random weights in every runtime, one image at a time.

    The images are the input sides of the validation pairs. All networks have a fixed
    size. Each recipe has its own baseline, Keras in float32.

    Returns what `measure_in_turn` returns, in images per second; and as notes the
    threads of the runtimes, the precision that `--precision auto` chooses for each
    recipe, which has a row in it if it is not float32, and what is left out.

    Raises:
        UserError: if there are no validation pairs or the networks do not support the
            image size.
    """
    source = open_source_from_settings(settings)
    pairs = source.pairs.list_pairs("val")[:IMAGES]
    images = [image for image, _ in iterate_pairs(source, pairs, *size)]
    notes = {"threads of every runtime": os.cpu_count()}
    figures = {}
    for recipe in dict.fromkeys(settings.recipe):
        functions = _build_functions(recipe, size, images, notes)
        measurements = {
            f"{recipe}, {name}": partial(
                _count_images_per_second, function, images, settings.seconds
            )
            for name, function in functions.items()
        }
        figures |= measure_in_turn(measurements, settings.rounds)
    return figures, notes


def _build_functions(
    recipe: str, size: tuple[int, int], images: list[np.ndarray], notes: dict
) -> dict[str, ImageFunction]:
    """Build the generator of a recipe as a function of images, in every runtime."""
    info(f"building the generator of {recipe} for {format_value(size)} px...")
    flags = ["--recipe", recipe, "--image-size", format_value(size)]
    settings = parse_training_settings(flags)
    networks = choose_networks(settings)
    precision, reason = choose_precision("auto", size, settings.network)
    notes[f"--precision auto, {recipe}"] = f"{precision}, {reason}"
    keras.utils.set_random_seed(config.SEED)
    with use_policy("float32"):
        generator = networks.generator()
        network = prepare_network(generator, size)
    functions = {"keras float32": trace_model(network.model)}
    if precision != "float32":
        with use_policy(precision):
            mixed = networks.generator()
        mixed.set_weights(generator.get_weights())
        functions[f"keras {precision}"] = trace_model(mixed)
    with tempfile.TemporaryDirectory() as folder:
        for name, (kind, quantize) in FILES.items():
            try:
                (format_,) = choose_formats([kind], quantize and [quantize])
            except UserError as error:  # a package is missing
                notes[f"without {name}"] = str(error)
                continue
            if format_.is_calibrated:
                format_ = calibrate(format_, images)
            path = Path(folder, f"generator{format_.suffix}")
            format_.write(network.model, path)
            functions[name] = format_.load(path)
    return functions


def _count_images_per_second(
    function: ImageFunction, images: list[np.ndarray], seconds: float
) -> float:
    """Call a function on the images in turn for some time, after `WARM_UP` calls."""
    endless = itertools.cycle(images)
    for _ in range(WARM_UP):
        function(next(endless))
    done, start = 0, time.perf_counter()
    while not done or time.perf_counter() - start < seconds:
        done += len(function(next(endless)))
    return done / (time.perf_counter() - start)
