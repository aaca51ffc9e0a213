"""`python -m pyimagesearch.benchmark WHAT`: measure the speed of this machine."""

from pyimagesearch.process import prepare_process

if __name__ == "__main__":
    prepare_process()  # before the imports, which take long

import argparse
import json
import os

from pyimagesearch import config
from pyimagesearch.atomic import write_atomic
from pyimagesearch.cli import (
    FILE,
    INTEGER,
    NUMBER,
    SIZE,
    Parser,
    run_command,
    show_lines,
)
from pyimagesearch.datasets.sources import add_dataset_flags
from pyimagesearch.training.training_settings import NETWORK_OPTIONS

BENCHMARKS = {
    "data": "the input pipelines, in pairs per second",
    "train": "the training step in each precision, in images per second",
    "translate": "inference.py --input, compared with the generator alone",
    "inference": "the recipes' generators in Keras, TFLite and ONNX Runtime",
    "distributed": "two workers on this machine, compared with one process",
}


def main() -> None:
    settings = parse_benchmark_settings()

    # TensorFlow takes seconds to import: a wrong flag is answered before.
    import cv2
    import tensorflow as tf

    from pyimagesearch.benchmark import (
        distributed,
        pipelines,
        runtimes,
        training_steps,
    )
    from pyimagesearch.benchmark.rounds import format_figures
    from pyimagesearch.devices import get_device_name

    measure = {
        "data": pipelines.measure_data,
        "train": training_steps.measure_training,
        "translate": pipelines.measure_translation,
        "inference": runtimes.measure_inference,
        "distributed": distributed.measure_workers,
    }[settings.what]
    unit = "pairs" if settings.what == "data" else "images"
    device, sizes = get_device_name(), []
    for height, width in settings.image_size:
        figures, notes = measure(settings, (height, width))
        size = f"{height}x{width} px, batches of {settings.batch_size}"
        show_lines(f"{size}, on {device}")
        show_lines(format_figures(figures, notes, unit, settings.batch_size))
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
    add = parser.add_argument
    sizes = [(config.IMAGE_HEIGHT, config.IMAGE_WIDTH)]
    text = "pixels; several sizes are measured one after the other"
    add("--image-size", **SIZE, nargs="+", default=sizes, help=text)
    if name == "inference":
        text = "one or more of the recipes"
        recipes = {"nargs": "+", "metavar": "NAME", "choices": tuple(config.RECIPES)}
        add("--recipe", **recipes, default=list(config.RECIPES), help=text)
        parser.set_defaults(batch_size=1)
    else:
        size = config.TRAIN_BATCH_SIZE if name == "data" else config.INFER_BATCH_SIZE
        add("--batch-size", **INTEGER, default=size, help="pairs or images in a batch")
    if name in ("train", "distributed"):
        text = "networks that are trained"
        add(
            "--network",
            choices=tuple(NETWORK_OPTIONS),
            default=config.NETWORK,
            help=text,
        )
        add("--steps", **INTEGER, default=3, help="training steps in one measurement")
    else:
        add("--seconds", **NUMBER, default=2.0, help="the length of one measurement")
        add_dataset_flags(parser)
        parser.set_defaults(dataset="streets")
    if name == "distributed":
        parser.set_defaults(image_size=[(128, 128)])
    if name == "translate":
        text = "measure from a video to a video, not from image files to image files"
        add("--video", action="store_true", help=text)
    text = "measure everything N times, in turn, and print the median"
    add("--rounds", **INTEGER, default=5, help=text)
    add("--json", **FILE, help="also write the figures to FILE")


if __name__ == "__main__":
    run_command(main)
