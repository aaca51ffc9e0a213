"""The flags of `python -m pyimagesearch.export`."""

import argparse

from pyimagesearch.cli import Parser, parse_positive_float, parse_size
from pyimagesearch.translation.run_settings import add_run_flags, parse_run_flags

EXPORT_FOLDER = "export"
FORMATS = ("keras", "saved_model", "tflite", "onnx")
QUANTIZATIONS = ("none", "float16", "dynamic")


def parse_export_settings() -> argparse.Namespace:
    """Parse the flags; see `parse_run_flags`."""
    parser = Parser(
        "python -m pyimagesearch.export",
        "Export a trained generator to other runtimes. Each file is loaded by its own "
        "runtime and compared with Keras before it is kept.",
        "--format saved_model tflite --quantize float16",
    )
    parser.add_argument(
        "--format",
        nargs="+",
        choices=FORMATS,
        required=True,
        metavar="NAME",
        help=f"one or more of {', '.join(FORMATS)}",
    )
    parser.add_argument(
        "--quantize",
        nargs="+",
        choices=QUANTIZATIONS,
        metavar="NAME",
        help="the weights of tflite, one or more of none, float16 (2 bytes each), "
        "dynamic (1 byte) [none]",
    )
    parser.add_argument(
        "--image-size",
        type=parse_size,
        metavar="N|HxW",
        help="pixels, for a runtime that needs a fixed size: one image of this size "
        "at a time [any size, if the network allows it]",
    )
    _add_comparison_flags(parser)
    parser.add_argument(
        "--output",
        metavar="DIR",
        help=f"the folder for the files [{EXPORT_FOLDER}, in the folder of --run]",
    )
    add_run_flags(parser)
    return parse_run_flags(parser)


def _add_comparison_flags(parser: Parser) -> None:
    parser.add_argument(
        "--input",
        nargs="+",
        metavar="PATH",
        help="images and folders to compare on [the validation pairs]",
    )
    parser.add_argument(
        "--bound",
        type=parse_positive_float,
        metavar="X",
        help="the largest difference from Keras to accept, in [-1, 1] [that of the "
        "format]",
    )
