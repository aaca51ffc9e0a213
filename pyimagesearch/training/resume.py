"""Which settings and which data a resumed run shares with the run that it continues."""

import argparse
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.cli import warning
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import read_run_record

CHANGEABLE = (  # settings that a resumed run may change
    "resume",
    "dry_run",
    "output",
    "epochs",
    "data",  # a folder may have been moved; its pairs are compared
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
    """Read the settings of a run that can be resumed.

    Args:
        run: Path, the folder of the run.

    Returns:
        dict; None if the folder has no checkpoint.

    Raises:
        UserError: if there is a checkpoint, but no `run.json`.
    """
    if not (run / config.CHECKPOINT_FILE).exists():
        return None
    record = read_run_record(run)
    if record is None:
        raise UserError(
            f"{run} has a checkpoint but no {config.RUN_FILE} with its settings: run "
            f"without --resume to start over"
        )
    return get_recorded_settings(record)


def get_recorded_settings(record: dict) -> dict:
    """Get the settings of a run's record with the types of `parse_training_settings`.

    Args:
        record: dict, as returned by `read_run_record`.
    """
    settings = record["settings"]
    return {**settings, "image_size": tuple(settings["image_size"])}


def check_same_settings(settings: argparse.Namespace, recorded: dict) -> None:
    """Check that a resumed run does not change settings that affect its result.

    A precision of "auto" becomes that of the run.

    Args:
        settings: Namespace, as returned by `parse_training_settings`.
        recorded: dict, as returned by `get_recorded_settings`.

    Raises:
        UserError: if settings differ; names them.
    """
    if settings.precision == "auto":
        settings.precision = recorded["precision"]
    differences = find_contradictions(settings, recorded)
    if differences:
        raise UserError(
            f"the run in {settings.output} was started with {differences}: resume it "
            f"with its own settings, or run without --resume to start over"
        )


def find_contradictions(settings: argparse.Namespace, recorded: dict) -> str:
    """List the settings that differ from those of a run and may not.

    Args:
        settings: Namespace, as returned by `parse_training_settings`.
        recorded: dict, as returned by `get_recorded_settings`.

    Returns:
        str, such as "--batch-size 4, not 8"; empty if there are none.
    """
    return "; ".join(
        f"--{name.replace('_', '-')} {format_value(recorded[name])}, "
        f"not {format_value(value)}"
        for name, value in vars(settings).items()
        if name in recorded and name not in CHANGEABLE and value != recorded[name]
    )


def check_same_pairs(run: Path, record: dict) -> None:
    """Check that the pairs are those of the run, and warn about other versions.

    Args:
        run: Path, the folder of the run.
        record: dict, as returned by `describe_run`.

    Raises:
        UserError: if the pairs or their order differ.
    """
    before = read_run_record(run)
    if before["pairs"] != record["pairs"]:
        raise UserError(
            f"the pairs in {record['source']['folder']} are not those of the run in "
            f"{run}: restore them, or run without --resume to start over"
        )
    for package, version in record["versions"].items():
        if before["versions"].get(package) != version:
            warning(
                f"the run was started with {package} {before['versions'].get(package)} "
                f"and resumes with {version}, which may round differently"
            )


def format_value(value) -> str:
    """Format a setting as its flag accepts it."""
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
