"""Flags shared by inference, evaluate and export."""

import argparse
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.cli import Parser
from pyimagesearch.datasets.sources import DATASET_FLAGS, add_dataset_flags
from pyimagesearch.run_record import read_run_record


def add_run_flags(parser: Parser) -> None:
    """Adds `--run`, `--model` and the flags that name the pairs."""
    parser.add_argument(
        "--run",
        metavar="DIR",
        default=config.BASE_OUTPUT_PATH,
        help="the folder of a training",
    )
    parser.add_argument(
        "--model", metavar="FILE", help="another generator than the run's"
    )
    add_dataset_flags(parser)
    parser.set_defaults(dataset=None)


def parse_run_flags(parser: Parser) -> argparse.Namespace:
    """Parses; the pairs are the run's own unless `--dataset` or `--data` names others.

    Others are translated in the run's direction too, but for another generator than
    the run's.

    Args:
        parser: with the flags of `add_run_flags`.

    Raises:
        UserError: where a flag is wrong, or the run's record is none.
    """
    settings = parser.parse_args()
    others = settings.dataset or settings.data
    if others and settings.model:
        return settings
    record = read_run_record(Path(settings.run))
    if others:
        source = record.get("source", {}) if record else {}
        parser.set_defaults(direction=source.get("direction"))
    else:
        recorded = record["settings"] if record else {"dataset": config.DATASET}
        parser.set_defaults(**{f: recorded[f] for f in DATASET_FLAGS if f in recorded})
    return parser.parse_args()
