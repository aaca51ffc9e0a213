"""What a run that goes on takes from the run that it was, and may change of it."""

import argparse
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.cli import warning
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import read_run_record

FREE = (  # settings that a run may go on with other values of
    "resume",
    "dry_run",
    "output",
    "epochs",
    "data",  # a folder may have moved; its pairs are compared
    "dataset_url",
    "dataset_sha256",
    "cache",
    "strategy",
    "jit_compile",
    "deterministic",
    "checkpoint_interval",
    "monitor_interval",
)


def read_resumable_settings(run: Path) -> dict | None:
    """The settings of the run in a folder; None where it has nothing to go on from.

    Raises:
        UserError: where there is a checkpoint, but no record of the run.
    """
    if not (run / config.CHECKPOINT_FILE).exists():
        return None
    record = read_run_record(run)
    if record is None:
        raise UserError(
            f"{run} has a checkpoint but no {config.RUN_FILE} that says of what: start "
            f"anew without --resume"
        )
    return get_recorded_settings(record)


def get_recorded_settings(record: dict) -> dict:
    """The settings in a run's record, as `training_settings` has them."""
    settings = record["settings"]
    return {**settings, "image_size": tuple(settings["image_size"])}


def check_same_settings(settings: argparse.Namespace, recorded: dict) -> None:
    """Holds the settings of a run that goes on against those it was begun with.

    A precision of "auto" becomes the one that the run has.

    Raises:
        UserError: names those that differ and may not.
    """
    if settings.precision == "auto":
        settings.precision = recorded["precision"]
    differing = find_contradictions(settings, recorded)
    if differing:
        raise UserError(
            f"the run in {settings.output} has {differing}: go on with its settings, "
            f"or start anew without --resume"
        )


def find_contradictions(settings: argparse.Namespace, recorded: dict) -> str:
    """The settings that differ from a run's, and may not; "" where there are none."""
    return "; ".join(
        f"--{name.replace('_', '-')} {format_value(recorded[name])}, "
        f"not {format_value(value)}"
        for name, value in vars(settings).items()
        if name in recorded and name not in FREE and value != recorded[name]
    )


def check_same_pairs(run: Path, record: dict) -> None:
    """Holds what a run goes on with against what it was begun with.

    Args:
        run: the run's folder.
        record: of `record.described`. Other versions than the run was begun with are
            said, since they may compute other bits.

    Raises:
        UserError: where the pairs are others, or in another order.
    """
    before = read_run_record(run)
    if before["pairs"] != record["pairs"]:
        raise UserError(
            f"the pairs in {record['source']['folder']} are not those that the run in "
            f"{run} was begun with: bring them back, or start anew without --resume"
        )
    for package, version in record["versions"].items():
        if before["versions"].get(package) != version:
            warning(
                f"the run was begun with {package} {before['versions'].get(package)} "
                f"and goes on with {version}, which may round otherwise"
            )


def format_value(value) -> str:
    """A setting as its flag takes it."""
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
