"""How long a step of each variant takes, measured in turn."""

import os
import statistics
import time

import tensorflow as tf

from pyimagesearch.benchmarks.steps import Step, package_step
from pyimagesearch.cli import info
from pyimagesearch.devices import configure_devices, get_device_name
from pyimagesearch.studies.plan import kind, settings_of
from pyimagesearch.training.hardware import choose_precision

ROUNDS = 5


def measured(variants: list[str], image_size: tuple[int, int], seconds: float) -> dict:
    """Measures the training steps, round after round.

    Machines are noisy, and a training that is told to last so many seconds would see
    more or fewer pictures by chance, and not the same again. A median of steps in turn
    is fair to all, and with it a number of seconds is a number of steps.

    Args:
        variants: of `plan.VARIANTS`.
        image_size: (height, width), pixels.
        seconds: of each kind in each round, one step at least.

    Returns:
        "device", "processors", "tensorflow"; and "steps", for each variant its
        "batch_size", "precision", and "seconds", "lowest" and "highest" of a step.
    """
    configure_devices(deterministic=False)
    settings = {variant: settings_of(variant, image_size) for variant in variants}
    for of_one in settings.values():
        of_one.precision, _ = choose_precision(of_one.precision, image_size)
    kinds = {kind(of_one): of_one for of_one in settings.values()}
    info(f"measuring {len(kinds)} kinds of steps, {ROUNDS} rounds...")
    steps = {name: package_step(of_one) for name, of_one in kinds.items()}
    paces = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            paces[name].append(_taken(step, seconds))
    return {
        "device": get_device_name(),
        "processors": os.cpu_count(),
        "tensorflow": tf.__version__,
        "steps": {
            variant: {
                "batch_size": of_one.batch_size,
                "precision": of_one.precision,
                "seconds": statistics.median(paces[kind(of_one)]),
                "lowest": min(paces[kind(of_one)]),
                "highest": max(paces[kind(of_one)]),
            }
            for variant, of_one in settings.items()
        },
    }


def _taken(step: Step, seconds: float) -> float:
    """Seconds a step, of as many as it takes to fill so many."""
    steps, passed, start = 0, 0.0, time.perf_counter()
    while passed < seconds:
        step().numpy()  # waits for the device
        steps += 1
        passed = time.perf_counter() - start
    return passed / steps
