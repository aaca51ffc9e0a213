"""Resume a run: which settings it keeps, and which may change."""

import argparse
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.cli import warning
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import read_run_record

CHANGEABLE = {
    *("resume", "dry_run", "output", "epochs"),
    "data",  # the folder may have moved; its pairs are compared
    *("dataset_url", "dataset_sha256", "cache", "strategy", "jit_compile"),
    *("deterministic", "checkpoint_interval", "monitor_interval"),
}


def read_resumable_settings(run: Path) -> dict | None:
    """Read the settings of a run that has a checkpoint.

    Args:
        run: Path, the run's folder.

    Returns:
        dict of settings by name, or None if there is no checkpoint.

    Raises:
        UserError: if there is a checkpoint but no run.json.
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
    """Get the settings by name from a run's record, typed as the parsed flags are."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in record["settings"].items()
    }


def check_same_settings(settings: argparse.Namespace, recorded: dict) -> None:
    """Check that a resumed run keeps its settings.

    Args:
        settings: Namespace of the new settings. A precision of "auto" is replaced by
            the recorded one.
        recorded: dict, as returned by `get_recorded_settings`.

    Raises:
        UserError: if a setting differs that may not change.
    """
    if settings.precision == "auto":
        settings.precision = recorded["precision"]
    contradictions = find_contradictions(settings, recorded)
    if contradictions:
        raise UserError(
            f"the run in {settings.output} has {contradictions}: resume it with its "
            f"own settings, or run without --resume to start over"
        )


def find_contradictions(settings: argparse.Namespace, recorded: dict) -> str:
    """List the settings that differ from a run's and may not change.

    Args:
        settings: Namespace of the new settings.
        recorded: dict, as returned by `get_recorded_settings`.

    Returns:
        str, such as "--batch-size 3, not 4", or "" if there are none.
    """
    return "; ".join(
        f"--{name.replace('_', '-')} {format_value(recorded[name])}, "
        f"not {format_value(value)}"
        for name, value in vars(settings).items()
        if name in recorded and name not in CHANGEABLE and value != recorded[name]
    )


def check_same_pairs(run: Path, record: dict) -> None:
    """Check that a resumed run has the pairs that it started with.

    Warn about packages of another version, which may compute slightly different
    numbers.

    Args:
        run: Path, the run's folder.
        record: dict, as returned by `describe_run`.

    Raises:
        UserError: if the pairs or their order differ.
    """
    before = read_run_record(run)
    if before["pairs"] != record["pairs"]:
        raise UserError(
            f"the pairs in {record['source']['folder']} differ from those that the run "
            f"in {run} started with: restore them, or run without --resume to start "
            f"over"
        )
    for package, version in record["versions"].items():
        version_before = before["versions"].get(package)
        if version_before != version:
            warning(
                f"the run started with {package} {version_before} and resumes with "
                f"{version}: the results may differ slightly"
            )


def format_value(value) -> str:
    """Format the value of a setting as its flag takes it."""
    if not isinstance(value, tuple):
        return str(value)
    is_size = all(isinstance(part, int) for part in value)
    return (
        "x".join(map(str, value))
        if is_size
        else " ".join(f"{part:g}" for part in value)
    )
