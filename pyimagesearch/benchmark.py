"""`python -m pyimagesearch.benchmark WHAT`: how fast this machine runs the package."""

import json

from pyimagesearch import config  # noqa: F401  first: it turns TensorFlow's noise down

# isort: split
from pyimagesearch.atomic import write_atomic
from pyimagesearch.benchmarks import data, train, translate
from pyimagesearch.cli import Parser, run_command

BENCHMARKS = {
    "data": (data, "the input pipelines, in turn, in pairs per second"),
    "train": (train, "the training step in each precision, in images per second"),
    "translate": (translate, "inference.py --input, against the network alone"),
}


def main() -> None:
    """Measures, prints a table, and writes JSON where --json asks for it."""
    settings = _parser().parse_args()
    benchmark, _ = BENCHMARKS[settings.what]
    measured = benchmark.measure(settings)
    print(benchmark.table(measured))
    if settings.json:
        with write_atomic(settings.json) as temporary:
            temporary.write_text(json.dumps(measured, indent=2) + "\n")


def _parser() -> Parser:
    command = "python -m pyimagesearch.benchmark"
    parser = Parser(
        command,
        "Measures how fast this machine runs the package.",
        "data --rounds 3",
        usage="%(prog)s WHAT [FLAG ...]",
    )
    whats = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, (benchmark, what) in BENCHMARKS.items():
        of_one = whats.add_parser(
            name,
            command=f"{command} {name}",
            help=what,
            description=f"Measures {what}.",
            example="--json figures.json",
        )
        benchmark.add_flags(of_one)
        of_one.add_argument("--json", metavar="FILE", help="where the figures go, too")
    return parser


if __name__ == "__main__":
    run_command(main)
