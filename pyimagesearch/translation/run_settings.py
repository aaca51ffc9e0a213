"""Flags shared by inference, evaluate and export."""

import argparse
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.cli import Parser
from pyimagesearch.datasets.sources import DATASET_FLAGS, add_dataset_flags
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import read_run_record


def add_run_flags(parser: Parser) -> None:
    """Add `--run`, `--model` and the dataset flags.

    Args:
        parser: Parser, the parser to extend.
    """
    folder, text = config.BASE_OUTPUT_PATH, "the output folder of a training"
    parser.add_argument("--run", metavar="DIR", default=folder, help=text)
    text = "a generator file, instead of the generator of --run"
    parser.add_argument("--model", metavar="FILE", help=text)
    add_dataset_flags(parser)
    parser.set_defaults(dataset=None)


def parse_run_flags(parser: Parser) -> argparse.Namespace:
    """Parse the flags, with the dataset of the run as the default.

    If `--dataset` or `--data` names other pairs, the direction of the run is still the
    default, unless `--model` names another generator.

    Args:
        parser: Parser, with the flags of `add_run_flags`.

    Returns:
        argparse.Namespace, the settings.

    Raises:
        UserError: if a flag is wrong or the run's `run.json` cannot be read.
    """
    settings = parser.parse_args()
    names_dataset = settings.dataset or settings.data
    if names_dataset and settings.model:
        return settings
    record = read_run_record(Path(settings.run))
    if names_dataset:
        source = record.get("source", {}) if record else {}
        parser.set_defaults(direction=source.get("direction"))
    else:
        recorded = record["settings"] if record else {"dataset": config.DATASET}
        parser.set_defaults(**{f: recorded[f] for f in DATASET_FLAGS if f in recorded})
    return parser.parse_args()


def find_generator(settings: argparse.Namespace) -> Path:
    """Find the generator file of `--model`, or else of `--run`.

    Args:
        settings: argparse.Namespace, as returned by `parse_run_flags`.

    Returns:
        Path, the file, which `load_generator` checks.

    Raises:
        UserError: if the run folder does not exist.
    """
    if settings.model:
        return Path(settings.model)
    if not Path(settings.run).exists():
        raise UserError(
            f"the run folder {settings.run} does not exist: pass the output folder of "
            f"a training with --run, or train one with `python train_pix2pix.py`"
        )
    return Path(settings.run, config.GENERATOR_FILE)
