"""The flags of `python -m pyimagesearch.export`."""

import argparse
import functools
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.cli import DIR, NUMBER, PATH, SIZE, Parser
from pyimagesearch.errors import UserError
from pyimagesearch.translation.run_settings import (
    add_run_flags,
    find_run,
    parse_run_flags,
)

EXPORT_FOLDER = "export"
FORMATS = ("keras", "saved_model", "tflite", "onnx")
QUANTIZATIONS = ("none", "float16", "dynamic", "int8")


def parse_export_settings() -> argparse.Namespace:
    """Parse the flags; see `parse_run_flags`.

    Raises:
        UserError: if a flag is wrong, or `--int8` has nothing to calibrate on.
    """
    parser = Parser(
        "python -m pyimagesearch.export",
        "Export a trained generator to other runtimes. Each file is loaded by its own "
        "runtime and compared with Keras before it is kept.",
        "--format saved_model tflite --quantize float16",
    )
    text = f"one or more of {', '.join(FORMATS)}"
    parser.add_argument(
        "--format",
        nargs="+",
        metavar="NAME",
        choices=FORMATS,
        required=True,
        help=text,
    )
    _add_quantization_flags(parser)
    text = (
        "pixels, for a runtime that needs a fixed size: one image of this size at a "
        "time [any size, if the network allows it]"
    )
    parser.add_argument("--image-size", **SIZE, help=text)
    text = "images and folders to compare on [the validation pairs]"
    parser.add_argument("--input", nargs="+", **PATH, help=text)
    text = (
        "the largest difference from Keras to accept, in [-1, 1], of int8 the mean one "
        "[that of the format]"
    )
    parser.add_argument("--bound", **NUMBER, help=text)
    text = f"the folder for the files [{EXPORT_FOLDER}, in the folder of --run]"
    parser.add_argument("--output", **DIR, help=text)
    add_run_flags(parser)
    asked = parser.parse_args()  # without the dataset of the run
    settings = parse_run_flags(parser)
    _check_calibration(settings, names_dataset=bool(asked.dataset or asked.data))
    return settings


def _add_quantization_flags(parser: Parser) -> None:
    text = (
        "the numbers of tflite, one or more of none, float16 (weights of 2 bytes), "
        "dynamic (weights of 1 byte), int8 (weights and activations of 1 byte) [none]"
    )
    add_quantization = functools.partial(parser.add_argument, dest="quantize")
    add_quantization(
        "--quantize",
        nargs="+",
        metavar="NAME",
        action="extend",
        choices=QUANTIZATIONS,
        help=text,
    )
    text = "the same as --quantize int8"
    add_quantization("--int8", action="append_const", const="int8", help=text)
    text = (
        "images and folders to calibrate int8 on, of which some are chosen [the inputs "
        "of the training pairs]"
    )
    parser.add_argument("--calibrate", nargs="+", **PATH, help=text)


def _is_in_run(model: str, run: Path) -> bool:
    return find_run(Path(model)).resolve() == run.resolve()


def _check_calibration(settings: argparse.Namespace, names_dataset: bool) -> None:
    """Check that `int8` is calibrated on inputs of its own training.

    Raises:
        UserError: if it cannot be known what these are.
    """
    if "int8" not in (settings.quantize or []):
        if settings.calibrate:
            raise UserError("--calibrate requires --int8")
        return
    if settings.calibrate or names_dataset:
        return
    run = Path(settings.run)
    is_of_run = not settings.model or _is_in_run(settings.model, run)
    if not is_of_run or not (run / config.RUN_FILE).exists():
        place = f"{settings.model} is not in the folder of --run, {run}"
        missing = f"{run} has no {config.RUN_FILE}, which names them"
        raise UserError(
            f"--int8 calibrates on training inputs of the generator, and "
            f"{missing if is_of_run else place}: pass some images with --calibrate, or "
            f"the pairs with --data or --dataset"
        )
