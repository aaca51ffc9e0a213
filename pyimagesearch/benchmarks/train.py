"""Images per second of the training step in every precision, and of the tutorial's."""

import os
import statistics
import time
from argparse import Namespace

import numpy as np
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.benchmarks.arithmetic import matrix_rate
from pyimagesearch.benchmarks.memory import PeakMemory
from pyimagesearch.benchmarks.steps import Step, noise, package_step, tutorial_step
from pyimagesearch.cli import Parser, info, parse_positive_int, parse_size
from pyimagesearch.devices import get_device_name
from pyimagesearch.training.hardware import choose_precision
from pyimagesearch.training.resume import format_value
from pyimagesearch.training.training_settings import parse_training_settings

BASELINE = "tutorial"
COMPUTED_IN = {
    BASELINE: "float32",
    "float32": "float32",
    "mixed_bfloat16": "bfloat16",
    "mixed_float16": "float16",
}


def add_flags(parser: Parser) -> None:
    """Adds what `measure` takes."""
    parser.add_argument(
        "--image-size",
        type=parse_size,
        nargs="+",
        metavar="N|HxW",
        default=[(config.IMAGE_HEIGHT, config.IMAGE_WIDTH)],
        help="pixels; several are measured one after the other",
    )
    parser.add_argument(
        "--batch-size",
        type=parse_positive_int,
        metavar="N",
        default=config.INFER_BATCH_SIZE,
        help="pairs",
    )
    parser.add_argument(
        "--rounds",
        type=parse_positive_int,
        metavar="N",
        default=5,
        help="medians are of N",
    )
    parser.add_argument(
        "--steps",
        type=parse_positive_int,
        metavar="N",
        default=3,
        help="of each kind in each round",
    )


def measure(settings: Namespace) -> dict:
    """Measures every step in turn, round after round.

    Returns:
        "sizes": for each image size what `_of_size` gives; and on what it was measured.
    """
    return {
        "sizes": [_of_size(size, settings) for size in settings.image_size],
        "batch_size": settings.batch_size,
        "rounds": settings.rounds,
        "steps": settings.steps,
        "device": get_device_name(),
        "processors": os.cpu_count(),
        "versions": {"tensorflow": tf.__version__},
    }


def _of_size(size: tuple[int, int], settings: Namespace) -> dict:
    """Of one image size.

    Returns:
        "image_size"; "auto", the precision that `--precision auto` takes; "flops", a
        step's; "matrix_flops_per_second", by dtype; and "of", by the kind of step:
        "images_per_second", "lowest", "highest" and "seconds", a step's, of the rounds;
        "times_tutorial", the median of the ratios in each round; "matrix_share", of
        what matrix products reach; and "peak_memory", bytes.
    """
    info(f"building the networks for {size[0]}x{size[1]} px...")
    steps = {}
    steps[BASELINE], flops = tutorial_step(noise(settings.batch_size, size))
    for precision in _precisions():
        flags = ["--precision", precision, "--image-size", format_value(size)]
        flags += ["--batch-size", str(settings.batch_size)]
        steps[precision] = package_step(parse_training_settings(flags))

    seconds = {name: [] for name in steps}
    memory = dict.fromkeys(steps, 0)
    rates = dict.fromkeys((COMPUTED_IN[name] for name in steps), 0.0)
    for number in range(settings.rounds):
        info(f"round {number + 1} of {settings.rounds}")
        for dtype, rate in rates.items():
            rates[dtype] = max(rate, matrix_rate(dtype))
        for name, step in steps.items():
            taken, peak = _taken(step, settings.steps)
            seconds[name].append(taken)
            memory[name] = max(memory[name], peak)
    return {
        "image_size": list(size),
        "auto": choose_precision("auto", size)[0],
        "flops": flops,
        "matrix_flops_per_second": rates,
        "of": {
            name: {
                **_summary(seconds[name], seconds[BASELINE], settings.batch_size),
                "matrix_share": flops
                / statistics.median(seconds[name])
                / rates[COMPUTED_IN[name]],
                "peak_memory": memory[name],
            }
            for name in steps
        },
    }


def _precisions() -> list[str]:
    """Those that make sense here: a CPU takes many times as long in float16."""
    both = ["float32", "mixed_bfloat16"]
    return [*both, "mixed_float16"] if tf.config.list_logical_devices("GPU") else both


def _taken(step: Step, number: int) -> tuple[float, int]:
    """Seconds for one step, of so many, and the most memory that was in use."""
    with PeakMemory() as peak:
        start = time.perf_counter()
        for _ in range(number):
            loss = step()
        loss.numpy()  # waits for the device
        seconds = (time.perf_counter() - start) / number
    return seconds, peak.bytes


def _summary(seconds: list[float], baseline: list[float], batch_size: int) -> dict:
    return {
        "images_per_second": batch_size / statistics.median(seconds),
        "lowest": batch_size / max(seconds),
        "highest": batch_size / min(seconds),
        "seconds": statistics.median(seconds),
        "times_tutorial": statistics.median(np.divide(baseline, seconds)),
    }


def table(measured: dict) -> str:
    """The figures for the screen."""
    lines = []
    for of_size in measured["sizes"]:
        height, width = of_size["image_size"]
        rates = ", ".join(
            f"{rate / 1e9:,.0f} GFLOP/s in {dtype}"
            for dtype, rate in of_size["matrix_flops_per_second"].items()
        )
        lines += [
            f"{height}x{width} px, batches of {measured['batch_size']}, on "
            f"{measured['device']}; matrix products: {rates}",
            f"{'step':<22}{'images/s':>9}{'lowest':>9}{'highest':>9}{'s/step':>9}"
            f"{'ratio':>7}{'of matrix rate':>16}{'peak MB':>9}",
        ]
        for name, of in of_size["of"].items():
            title = f"{name} (auto)" if name == of_size["auto"] else name
            lines.append(
                f"{title:<22}{of['images_per_second']:>9.3g}{of['lowest']:>9.3g}"
                f"{of['highest']:>9.3g}{of['seconds']:>9.3g}"
                f"{of['times_tutorial']:>7.2f}{of['matrix_share']:>16.0%}"
                f"{of['peak_memory'] / 1e6:>9,.0f}"
            )
    return "\n".join(lines)
