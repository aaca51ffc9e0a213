"""`python -m pyimagesearch.benchmark`: how fast this machine runs the package."""

import json

from pyimagesearch import config
from pyimagesearch.benchmarks import data, translate
from pyimagesearch.command_line import (
    Parser,
    add_dataset_flags,
    image_size,
    positive_float,
    positive_int,
    run,
    source_of,
)
from pyimagesearch.files import written_whole

BENCHMARKS = {"data": data, "translate": translate}


def main() -> None:
    """Measures, prints a table, and writes JSON where --json asks for it."""
    settings = _parser().parse_args()
    benchmark = BENCHMARKS[settings.what]
    measured = benchmark.measure(
        source_of(settings),
        settings.image_size,
        settings.batch_size or benchmark.BATCH_SIZE,
        settings.rounds,
        settings.seconds,
    )
    print(benchmark.table(measured))
    if settings.json:
        with written_whole(settings.json) as temporary:
            temporary.write_text(json.dumps(measured, indent=2) + "\n")


def _parser() -> Parser:
    parser = Parser("Measures how fast this machine is.")
    parser.add_argument(
        "what",
        choices=BENCHMARKS,
        help="data: the input pipelines, in pairs per second; translate: `inference.py "
        "--input`, in images per second, against the bare network",
    )
    parser.add_argument(
        "--image-size",
        type=image_size,
        metavar="N|HxW",
        default=(config.IMAGE_HEIGHT, config.IMAGE_WIDTH),
        help="pixels",
    )
    parser.add_argument(
        "--batch-size",
        type=positive_int,
        metavar="N",
        help=f"pairs [{data.BATCH_SIZE}] or images [{translate.BATCH_SIZE}]",
    )
    parser.add_argument(
        "--rounds", type=positive_int, metavar="N", default=5, help="medians are of N"
    )
    parser.add_argument(
        "--seconds",
        type=positive_float,
        metavar="X",
        default=2.0,
        help="of each of them in each round",
    )
    parser.add_argument("--json", metavar="FILE", help="where the figures go, too")
    add_dataset_flags(parser)
    parser.set_defaults(dataset="streets")
    return parser


if __name__ == "__main__":
    run(main)
