"""Train for a number of seconds: `python -m recipe_study.timed_training`."""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import keras

from pyimagesearch import config
from pyimagesearch.atomic import write_atomic
from pyimagesearch.cli import info, run_command
from pyimagesearch.data_preprocess import load_dataset
from pyimagesearch.datasets.examination import Data, examine_data
from pyimagesearch.devices import configure_devices
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.hardware import choose_precision
from pyimagesearch.training.model_building import (
    build_model,
    choose_networks,
    compute_learning_rate,
)
from pyimagesearch.training.training_settings import parse_training_settings
from pyimagesearch.translation.generator import save_generator
from recipe_study.experiments import GENERATOR, POINTS, TRAINING_FILE

WHOLE = 1000  # steps, to which the course of the learning rate is scaled


def main() -> None:
    """Train by the clock, and write the generator and `training.json`."""
    folder, seconds, flags = Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    settings = parse_training_settings(flags)
    configure_devices(deterministic=False)
    settings.precision, _ = choose_precision(
        settings.precision, settings.image_size, settings.network
    )
    keras.config.set_dtype_policy(settings.precision)
    keras.utils.set_random_seed(settings.seed)

    data = examine_data(settings)
    networks = choose_networks(settings, data.formats)
    # The clock sets the learning rate, instead of the optimizers' own schedules.
    constant = Namespace(**vars(settings) | {"lr_decay": "none"})
    model = build_model(constant, networks, data.formats.target)
    training = train_for(seconds, model, settings, *open_datasets(settings, data))
    save_generator(model.inferenceGenerator, folder / GENERATOR)
    with write_atomic(folder / TRAINING_FILE) as temporary:
        temporary.write_text(json.dumps(training) + "\n", encoding="utf-8")


def open_datasets(settings: Namespace, data: Data) -> tuple:
    """Open the training batches and the batches of all pairs to score."""
    height, width = settings.image_size
    shared = {
        "path": data.source.pairs,
        "height": height,
        "width": width,
        "direction": data.source.direction,
        "labelSide": data.source.label_side,
        "scale": False,
        "formats": data.formats,
        "notes": data.notes,
        "cache": "memory",
    }
    train = load_dataset(
        batchSize=settings.batch_size,
        train=True,
        augment=settings.augment,
        seed=settings.seed,
        **shared,
    )
    return train, load_dataset(batchSize=config.INFER_BATCH_SIZE, **shared)


def train_for(
    seconds: float,
    model: Pix2PixTraining,
    settings: Namespace,
    batches,
    pairs,
    clock: Callable[[], float] = time.perf_counter,
) -> dict:
    """Train for some seconds by the clock, and score all pairs at several points.

    The first step, which traces the graph, and the scoring take no time of the clock.
    The learning rate follows its schedule over the share of the seconds that has
    passed.

    Args:
        seconds: float, what all steps but the first may take together.
        model: Pix2PixTraining, compiled with constant learning rates.
        settings: Namespace, as returned by `parse_training_settings`.
        batches, pairs: tf.data.Dataset of batches (inputMask, realImage).
        clock: callable, returns the time in seconds.

    Returns:
        dict, "seconds", "steps", "batch_size", "precision", and "curve": for each of
        `POINTS` points a dict with "seconds", "steps" and the scores of `evaluate`.
    """
    whole = Namespace(**vars(settings) | {"epochs": 1, "steps_per_epoch": WHOLE})
    model.make_train_function()
    train = model.train_function
    iterator = iter(batches)
    train(iterator)

    passed, steps, curve = 0.0, 1, []
    for point in range(1, POINTS + 1):
        start, before, end = clock(), passed, seconds * point / POINTS
        # It ends with the step that comes closest to the end.
        while passed + passed / (2 * steps) < end:
            rate = compute_learning_rate(whole, WHOLE * min(passed / seconds, 1))
            for optimizer in (model.gOptimizer, model.dOptimizer):
                optimizer.learning_rate = rate
            float(train(iterator)["gLoss"])  # waits for the device
            passed, steps = before + clock() - start, steps + 1
        model.reset_metrics()
        scores = model.evaluate(pairs, verbose=0, return_dict=True)
        curve.append({"seconds": passed, "steps": steps} | scores)
        info(f"{passed:.0f} s, {steps} steps: {scores}")
    return {
        "seconds": passed,
        "steps": steps,
        "batch_size": settings.batch_size,
        "precision": settings.precision,
        "curve": curve,
    }


if __name__ == "__main__":
    run_command(main)
