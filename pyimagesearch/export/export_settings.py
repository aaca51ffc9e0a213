"""The flags of `python -m pyimagesearch.export`."""

import argparse

from pyimagesearch.cli import Parser, parse_positive_float, parse_size
from pyimagesearch.translation.run_settings import add_run_flags, parse_run_flags

EXPORT_FOLDER = "export"
FORMATS = ("keras", "saved_model", "tflite", "onnx")
QUANTIZATIONS = ("none", "float16", "dynamic")


def parse_export_settings() -> argparse.Namespace:
    """The flags; see `parse_run_flags`."""
    parser = Parser(
        "python -m pyimagesearch.export",
        "Writes a trained generator for other runtimes, and compares each file, loaded "
        "by its own runtime, with Keras.",
        "--format saved_model tflite --quantize float16",
    )
    parser.add_argument(
        "--format",
        nargs="+",
        choices=FORMATS,
        required=True,
        metavar="NAME",
        help=f"one or more of: {', '.join(FORMATS)}",
    )
    parser.add_argument(
        "--quantize",
        nargs="+",
        choices=QUANTIZATIONS,
        metavar="HOW",
        help="the weights of tflite, one or more of: none, float16 (2 bytes each), "
        "dynamic (1 byte) [none]",
    )
    parser.add_argument(
        "--image-size",
        type=parse_size,
        metavar="N|HxW",
        help="pixels, for a runtime that needs one size: a batch of one image of just "
        "this [any size, where the network allows it]",
    )
    parser.add_argument(
        "--output",
        metavar="DIR",
        help=f"where the files go [{EXPORT_FOLDER}, in the folder of --run]",
    )
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
        help="the largest difference from Keras to accept, on a scale where black is "
        "-1 and white is 1 [each format's own]",
    )
    add_run_flags(parser)
    return parse_run_flags(parser)
