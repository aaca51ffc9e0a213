"""`python -m pyimagesearch.benchmark WHAT`: measure the speed of this machine."""

import argparse
import json

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
    from pyimagesearch.benchmark import pipelines, training_steps

    measure, format_table = {
        "data": (pipelines.measure_data, pipelines.format_data),
        "train": (training_steps.measure_training, training_steps.format_training),
        "translate": (pipelines.measure_translation, pipelines.format_translation),
    }[settings.what]
    figures = measure(settings)
    print(format_table(figures))
    if settings.json:
        with write_atomic(settings.json) as temporary:
            temporary.write_text(json.dumps(figures, indent=2) + "\n")


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
        if name == "train":
            _add_training_flags(subparser)
        else:
            _add_pipeline_flags(subparser, name)
        subparser.add_argument(
            "--rounds",
            type=parse_positive_int,
            metavar="N",
            default=5,
            help="measure everything N times, in turn, and print the median",
        )
        subparser.add_argument(
            "--json", metavar="FILE", help="also write the figures to FILE"
        )
    return parser.parse_args()


def _add_pipeline_flags(parser: Parser, name: str) -> None:
    _add_size_flags(
        parser, config.TRAIN_BATCH_SIZE if name == "data" else config.INFER_BATCH_SIZE
    )
    parser.add_argument(
        "--seconds",
        type=parse_positive_float,
        metavar="X",
        default=2.0,
        help="the length of one measurement",
    )
    add_dataset_flags(parser)
    parser.set_defaults(dataset="streets")


def _add_training_flags(parser: Parser) -> None:
    _add_size_flags(parser, config.INFER_BATCH_SIZE, several=True)
    parser.add_argument(
        "--steps",
        type=parse_positive_int,
        metavar="N",
        default=3,
        help="training steps in one measurement",
    )


def _add_size_flags(parser: Parser, batch_size: int, several: bool = False) -> None:
    size = (config.IMAGE_HEIGHT, config.IMAGE_WIDTH)
    parser.add_argument(
        "--image-size",
        type=parse_size,
        nargs="+" if several else None,
        metavar="N|HxW",
        default=[size] if several else size,
        help="pixels" + "; several sizes are measured one after the other" * several,
    )
    parser.add_argument(
        "--batch-size",
        type=parse_positive_int,
        metavar="N",
        default=batch_size,
        help="pairs or images in a batch",
    )


if __name__ == "__main__":
    run_command(main)
