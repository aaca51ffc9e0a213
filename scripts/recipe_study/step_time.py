"""Measure the time that a training step of each variant takes."""

import os
import statistics
import time
from argparse import Namespace
from collections.abc import Callable

import tensorflow as tf

from pyimagesearch.benchmark.training_steps import Step, create_package_step
from pyimagesearch.cli import info
from pyimagesearch.devices import configure_devices, get_device_name
from pyimagesearch.training.hardware import choose_precision
from pyimagesearch.training.resume import format_value
from pyimagesearch.training.training_settings import parse_training_settings
from recipe_study.experiments import VARIANTS

ROUNDS = 5
UNTIMED = (  # settings that do not change the time of a step
    *("seed", "l1_weight", "d_loss_weight", "beta_1", "learning_rate", "lr_decay"),
    *("recipe", "dataset", "direction", "augment"),
    *("epochs", "steps_per_epoch", "validation_steps", "monitor_interval"),
)


def measure_step_times(
    variants: list[str], image_size: tuple[int, int], seconds: float
) -> dict:
    """Measure the training steps of several variants in turn, round after round.

    A number of steps, unlike a time limit, makes a training that can be repeated. The
    median of measurements in turn keeps a slow minute of the machine from counting
    against one variant.

    Args:
        variants: list of str, names in `VARIANTS`.
        image_size: tuple of int, (height, width) in pixels.
        seconds: float, the length of one measurement; it has at least one step.

    Returns:
        dict, "device", "processors", "tensorflow"; and "steps", for each variant a
        dict with "batch_size", "precision", and "seconds" (median), "lowest" and
        "highest" of one step.
    """
    configure_devices(deterministic=False)
    settings = {variant: parse_variant(variant, image_size) for variant in variants}
    for each in settings.values():
        each.precision, _ = choose_precision(each.precision, image_size)
    distinct = {create_timing_key(each): each for each in settings.values()}
    info(f"measuring {len(distinct)} different steps, {ROUNDS} rounds...")
    steps = {key: create_package_step(each) for key, each in distinct.items()}
    times = time_in_turn(steps, seconds)
    return {
        "device": get_device_name(),
        "processors": os.cpu_count(),
        "tensorflow": tf.__version__,
        "steps": {
            variant: {
                "batch_size": each.batch_size,
                "precision": each.precision,
                **summarize_times(times[create_timing_key(each)]),
            }
            for variant, each in settings.items()
        },
    }


def parse_variant(variant: str, image_size: tuple[int, int]) -> Namespace:
    """Return the settings of a variant, with the default dataset and seed."""
    flags = ["--image-size", format_value(image_size), *VARIANTS[variant]]
    return parse_training_settings(flags)


def create_timing_key(settings: Namespace) -> str:
    """Return a text that is equal for settings whose steps take equally long."""
    timed = {name: s for name, s in vars(settings).items() if name not in UNTIMED}
    return ", ".join(f"{name} {value}" for name, value in timed.items())


def time_in_turn(
    steps: dict[str, Step],
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Time every step once in each of `ROUNDS` rounds.

    Args:
        steps: dict, functions that run one step and return a tensor.
        seconds: float, the length of one measurement; it has at least one step.
        clock: callable, returns the time in seconds.

    Returns:
        dict, for each step the seconds of one step in each round.
    """
    times = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            count, start = 0, clock()
            while not count or clock() - start < seconds:
                step().numpy()  # waits for the device
                count += 1
            times[name].append((clock() - start) / count)
    return times


def summarize_times(times: list[float]) -> dict[str, float]:
    """Return the median as "seconds", and the "lowest" and "highest" of some times."""
    return {
        "seconds": statistics.median(times),
        "lowest": min(times),
        "highest": max(times),
    }
