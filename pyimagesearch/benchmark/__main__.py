"""`python -m pyimagesearch.benchmark WHAT`: measure the speed of this machine."""

import argparse
import json
import os

from pyimagesearch import config
from pyimagesearch.atomic import write_atomic
from pyimagesearch.cli import (
    Parser,
    parse_positive_float,
    parse_positive_int,
    parse_size,
    run_command,
)
from pyimagesearch.datasets.sources import add_dataset_flags

BENCHMARKS = {
    "data": "the input pipelines, in pairs per second",
    "train": "the training step in each precision, in images per second",
    "translate": "inference.py --input, compared with the generator alone",
}


def main() -> None:
    settings = parse_benchmark_settings()

    # TensorFlow takes seconds to import: a wrong flag is answered before.
    import cv2
    import tensorflow as tf

    from pyimagesearch.benchmark import pipelines, training_steps
    from pyimagesearch.benchmark.rounds import format_figures
    from pyimagesearch.devices import get_device_name

    measure = {
        "data": pipelines.measure_data,
        "train": training_steps.measure_training,
        "translate": pipelines.measure_translation,
    }[settings.what]
    unit = "pairs" if settings.what == "data" else "images"
    device, sizes = get_device_name(), []
    for height, width in settings.image_size:
        figures, notes = measure(settings, (height, width))
        print(f"{height}x{width} px, batches of {settings.batch_size}, on {device}")
        print(format_figures(figures, notes, unit, settings.batch_size))
        sizes.append(
            {"image_size": (height, width), "by_name": figures, "notes": notes}
        )
    if settings.json:
        content = {
            "sizes": sizes,
            "settings": vars(settings),
            "device": device,
            "processors": os.cpu_count(),
            "versions": {"tensorflow": tf.__version__, "opencv": cv2.__version__},
        }
        with write_atomic(settings.json) as temporary:
            temporary.write_text(json.dumps(content, indent=2, default=str) + "\n")


def parse_benchmark_settings() -> argparse.Namespace:
    """Parse the command line.

    Returns:
        argparse.Namespace, with `what`, a name in `BENCHMARKS`, and its flags.

    Raises:
        UserError: if a flag is unknown or its value is invalid.
    """
    command = "python -m pyimagesearch.benchmark"
    parser = Parser(
        command,
        "Measure how fast this machine runs the package.",
        "data --rounds 3",
        usage="%(prog)s WHAT [FLAG ...]",
    )
    subparsers = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, description in BENCHMARKS.items():
        subparser = subparsers.add_parser(
            name,
            command=f"{command} {name}",
            help=description,
            description=f"Measure {description}.",
            example="--json figures.json",
        )
        _add_flags(subparser, name)
    return parser.parse_args()


def _add_flags(parser: Parser, name: str) -> None:
    integer = {"type": parse_positive_int, "metavar": "N"}
    parser.add_argument(
        "--image-size",
        type=parse_size,
        nargs="+",
        metavar="N|HxW",
        default=[(config.IMAGE_HEIGHT, config.IMAGE_WIDTH)],
        help="pixels; several sizes are measured one after the other",
    )
    size = config.TRAIN_BATCH_SIZE if name == "data" else config.INFER_BATCH_SIZE
    text = "pairs or images in a batch"
    parser.add_argument("--batch-size", **integer, default=size, help=text)
    if name == "train":
        text = "training steps in one measurement"
        parser.add_argument("--steps", **integer, default=3, help=text)
    else:
        text = "the length of one measurement"
        number = {"type": parse_positive_float, "metavar": "X"}
        parser.add_argument("--seconds", **number, default=2.0, help=text)
        add_dataset_flags(parser)
        parser.set_defaults(dataset="streets")
    text = "measure everything N times, in turn, and print the median"
    parser.add_argument("--rounds", **integer, default=5, help=text)
    text = "also write the figures to FILE"
    parser.add_argument("--json", metavar="FILE", help=text)


if __name__ == "__main__":
    run_command(main)
