"""Flags shared by inference, evaluate and export."""

import argparse
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.cli import DIR, FILE, Parser, info
from pyimagesearch.datasets.format_settings import AUTO, add_range_flags
from pyimagesearch.datasets.side_formats import (
    PairFormat,
    SideFormat,
    create_side_format,
    parse_pair_format,
)
from pyimagesearch.datasets.sources import DATASET_FLAGS, add_dataset_flags
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import parse_recorded_settings, read_run_record


def add_run_flags(parser: Parser) -> None:
    """Add the flags of the run, the generator, the dataset and the values' ranges.

    Args:
        parser: Parser, the parser to extend.
    """
    folder, text = config.BASE_OUTPUT_PATH, "the output folder of a training"
    parser.add_argument("--run", **DIR, default=folder, help=text)
    choice = parser.add_mutually_exclusive_group()
    text = "use the best generator of --run, which --keep-best has kept, not the last"
    choice.add_argument("--best", action="store_true", help=text)
    text = "a generator file, instead of the generator of --run"
    choice.add_argument("--model", **FILE, help=text)
    add_dataset_flags(parser)
    group = parser.add_argument_group("values of the images")
    add_range_flags(group, "default: those of the training")
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
    run = Path(settings.run)
    record = read_run_record(run)
    if names_dataset:
        source = record.get("source", {}) if record else {}
        parser.set_defaults(direction=source.get("direction"))
    else:
        recorded = {"dataset": config.DATASET}
        if record:
            recorded = parse_recorded_settings(record, run, parser, DATASET_FLAGS)
        parser.set_defaults(**recorded)
    return parser.parse_args()


def find_generator(settings: argparse.Namespace) -> Path:
    """Find the generator file of `--model`, or else of `--run`, with `--best` its best.

    Args:
        settings: argparse.Namespace, as returned by `parse_run_flags`.

    Returns:
        Path, the file, which `load_generator` checks.

    Raises:
        UserError: if the run folder does not exist, or keeps no best generator.
    """
    if settings.model:
        return Path(settings.model)
    if not Path(settings.run).exists():
        raise UserError(
            f"the run folder {settings.run} does not exist: pass the output folder of "
            f"a training with --run, or train one with `python train_pix2pix.py`"
        )
    if not settings.best:
        return Path(settings.run, config.GENERATOR_FILE)
    best = Path(settings.run, config.BEST_FILE)
    if not best.exists():
        raise UserError(
            f"there is no {best}, the run keeps no best generator: train with "
            f"--keep-best, or leave out --best"
        )
    return best


def find_run(model: Path) -> Path:
    """Return the folder of the run that a generator file lies in, if it is in one."""
    return model.absolute().parent.parent


def find_formats(
    settings: argparse.Namespace, model: Path, channels: tuple[int, int]
) -> PairFormat:
    """Find what the values of a generator's inputs and results are.

    They are in the record of the run. Without one, they are 8-bit values. Ranges that
    are passed as flags replace both.

    Args:
        settings: argparse.Namespace, with the flags of `add_run_flags`.
        model: Path, the generator file.
        channels: tuple of int, the channels of the generator's inputs and results.

    Raises:
        UserError: if the record does not describe this generator, or a flag does not
            fit.
    """
    record = read_run_record(find_run(model))
    path = find_run(model) / config.RUN_FILE
    if record and "sides" in record:
        formats = parse_pair_format(record["sides"], path)
    else:
        formats = PairFormat(*map(SideFormat, channels))
        if not record:
            info(
                f"there is no {path}: the values of inputs and results are taken for 8 "
                f"bits; --input-range and --target-range set others"
            )
    recorded = tuple(side.channels for side in formats)
    if recorded != channels:
        raise UserError(
            f"{path} describes inputs and targets of {recorded[0]} and {recorded[1]} "
            f"channels, and {model} has {channels[0]} and {channels[1]}: it belongs to "
            f"another run"
        )
    return _replace_ranges(formats, settings)


def _replace_ranges(formats: PairFormat, settings: argparse.Namespace) -> PairFormat:
    """Replace the ranges by those that are passed as flags."""
    for name, side_format in formats._asdict().items():
        value_range = getattr(settings, f"{name}_range")
        if value_range == AUTO:
            raise UserError(
                f"--{name}-range auto is for a training: pass two numbers, or none for "
                f"the range of the training"
            )
        has_own = side_format.parts or side_format.palette
        if value_range and (len(value_range) > 2 or has_own):
            raise UserError(
                f"--{name}-range takes two numbers, and none for stacked inputs and "
                f"label maps"
            )
        if value_range:
            changed = create_side_format(
                side_format.channels, side_format.dtype, value_range
            )
            info(f"{name}: {changed.describe()}")
            formats = formats._replace(**{name: changed})
    return formats
