"""The flags of `python -m pyimagesearch.export`."""

import argparse

from pyimagesearch.cli import DIR, NUMBER, PATH, SIZE, Parser
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
    several = {"nargs": "+", "metavar": "NAME"}
    text = f"one or more of {', '.join(FORMATS)}"
    parser.add_argument(
        "--format", **several, choices=FORMATS, required=True, help=text
    )
    text = (
        "the weights of tflite, one or more of none, float16 (2 bytes each), dynamic "
        "(1 byte) [none]"
    )
    parser.add_argument("--quantize", **several, choices=QUANTIZATIONS, help=text)
    text = (
        "pixels, for a runtime that needs a fixed size: one image of this size at a "
        "time [any size, if the network allows it]"
    )
    parser.add_argument("--image-size", **SIZE, help=text)
    text = "images and folders to compare on [the validation pairs]"
    parser.add_argument("--input", nargs="+", **PATH, help=text)
    text = (
        "the largest difference from Keras to accept, in [-1, 1] [that of the format]"
    )
    parser.add_argument("--bound", **NUMBER, help=text)
    text = f"the folder for the files [{EXPORT_FOLDER}, in the folder of --run]"
    parser.add_argument("--output", **DIR, help=text)
    add_run_flags(parser)
    return parse_run_flags(parser)
