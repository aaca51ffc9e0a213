"""Resume a run: which settings it keeps, which may change, and whether it may."""

import argparse
from pathlib import Path
from typing import NamedTuple

from pyimagesearch import config
from pyimagesearch.cli import count, warning
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import read_run_record

# What a run may change between two of its epochs. The changes are recorded.
CHANGEABLE = {
    *("learning_rate", "lr_decay", "beta_1"),
    *("l1_weight", "d_loss_weight", "gan_loss"),
    *("augment", "batch_size", "validation_steps", "average_weights", "keep_best"),
}
# What may differ without changing the weights of an epoch.
FREE = {
    *("resume", "dry_run", "output", "epochs", "patience", "keep_every"),
    "data",  # the folder may have moved; its pairs are compared
    *(
        "dataset_url",
        "dataset_sha256",
        "max_pixels",
        "cache",
        "strategy",
        "jit_compile",
    ),
    *("deterministic", "checkpoint_interval", "monitor_interval"),
    *("workers", "worker", "worker_timeout"),
}


def has_checkpoint(run: Path) -> bool:
    """Return whether a run has saved an epoch."""
    return (run / config.CHECKPOINT_FILE).exists()


def get_restart_hint(run: Path) -> str:
    """Say what to do about a run that cannot be resumed."""
    return (
        f"run without --resume to start over, with --init-from {run} to start with "
        f"its weights"
    )


def check_same_settings(settings: argparse.Namespace, recorded: dict) -> None:
    """Check that a resumed run keeps its networks, its dataset and its data order.

    Args:
        settings: Namespace of the new settings. A precision of "auto" is replaced by
            the recorded one.
        recorded: dict, as returned by `read_recorded_settings`.

    Raises:
        UserError: if a setting differs that is neither in `CHANGEABLE` nor in `FREE`.
    """
    if settings.precision == "auto":
        settings.precision = recorded["precision"]
    if settings.init_from == str(Path(settings.output).absolute()):
        settings.init_from = recorded.get("init_from")  # the same command once more
    contradictions = find_contradictions(settings, recorded, CHANGEABLE | FREE)
    if contradictions:
        run = settings.output
        raise UserError(
            f"the run in {run} has {contradictions}: resume it with its own settings, "
            f"or {get_restart_hint(run)}"
        )


def find_contradictions(
    settings: argparse.Namespace, recorded: dict, allowed: set[str] = FREE
) -> str:
    """List the settings that differ from a run's and may not.

    Args:
        settings: Namespace of the new settings.
        recorded: dict, as returned by `read_recorded_settings`.
        allowed: set of str, the settings that may differ.

    Returns:
        str, such as "--seed 3, not 4", or "" if there are none.
    """
    return "; ".join(
        f"{_format_flag(name, recorded[name])}, not {format_value(value)}"
        for name, value in vars(settings).items()
        if name in recorded and name not in allowed and value != recorded[name]
    )


class Change(NamedTuple):
    """A setting that a run has changed."""

    epoch: int  # the first epoch with the new value, counted from 0
    setting: str
    before: object
    after: object

    def describe(self) -> str:
        """Describe the change, such as "--batch-size 4 instead of 2"."""
        flag = _format_flag(self.setting, self.after)
        if isinstance(self.after, bool):
            return flag
        return f"{flag} instead of {format_value(self.before)}"


def find_changes(
    settings: argparse.Namespace, recorded: dict, epoch: int
) -> list[Change]:
    """Find the settings that a resumed run changes.

    Args:
        settings: Namespace of the new settings.
        recorded: dict, as returned by `read_recorded_settings`.
        epoch: int, the first epoch of the resumed run, counted from 0.
    """
    return [
        Change(epoch, name, recorded[name], value)
        for name, value in vars(settings).items()
        if name in CHANGEABLE and name in recorded and value != recorded[name]
    ]


def join_changes(earlier: list[Change], new: list[Change]) -> list[Change]:
    """Join the changes of a run; a change of an epoch that was not saved is replaced.

    Args:
        earlier: list of Change, in the order of their epochs.
        new: list of Change, all of one epoch.
    """
    joined = {(change.epoch, change.setting): change for change in earlier}
    for change in new:
        place = change.epoch, change.setting
        replaced = joined.pop(place, change)
        if replaced.before != change.after:
            joined[place] = change._replace(before=replaced.before)
    return list(joined.values())


def check_same_pairs(run: Path, record: dict) -> None:
    """Check that a resumed run has the pairs that it started with.

    Warn about packages of another version, which may compute slightly different
    numbers.

    Args:
        run: Path, the run's folder.
        record: dict, as returned by `describe_run`.

    Raises:
        UserError: if the pairs, their order or the sizes of their files differ.
    """
    before = read_run_record(run, required=("pairs", "versions"))
    difference = describe_difference(before["pairs"], record["pairs"])
    if difference:
        raise UserError(
            f"the pairs in {record['source']['folder']} differ from those that the run "
            f"in {run} started with: {difference}. Restore them, or "
            f"{get_restart_hint(run)}"
        )
    for package, version in record["versions"].items():
        version_before = before["versions"].get(package)
        if version_before != version:
            warning(
                f"the run started with {package} {version_before} and resumes with "
                f"{version}: the results may differ slightly"
            )


def describe_difference(before: dict, now: dict) -> str:
    """Say what differs between two summaries of pairs; "" if nothing does.

    Args:
        before, now: dict, the entry "pairs" of what `describe_run` returns.
    """
    for split, pairs in now.items():
        recorded = before.get(split, {})
        if pairs["count"] != recorded.get("count"):
            there = count(pairs["count"], "pair")
            return f"{there} in {split}, instead of {recorded.get('count')}"
        if pairs["sha256"] != recorded.get("sha256"):
            return f"the pairs in {split} have other names"
        # Runs of earlier versions have recorded no sizes.
        if "sizes_sha256" in recorded and pairs != recorded:
            sizes = f"{pairs['bytes']} bytes, instead of {recorded.get('bytes')}"
            if pairs["bytes"] == recorded.get("bytes"):
                sizes = "as many bytes together"
            return (
                f"files of the same names have other sizes in {split} ({sizes}), so "
                f"their images have changed"
            )
    return ""


def _format_flag(name: str, value) -> str:
    """Format a setting as a flag with its value, such as "--no-average-weights"."""
    words = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{words}" if value else f"--no-{words}"
    return f"--{words} {format_value(value)}"


def format_value(value) -> str:
    """Format the value of a setting as its flag takes it."""
    if value is None:
        return "none"
    if not isinstance(value, tuple):
        return str(value)
    is_size = all(isinstance(part, int) for part in value)
    return (
        "x".join(map(str, value))
        if is_size
        else " ".join(f"{part:g}" for part in value)
    )
