"""What a run begins with: its checkpoint, and what changes, or initial weights."""

from argparse import Namespace
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.cli import count, info
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import read_run_record
from pyimagesearch.training.checkpoint import (
    Checkpoint,
    check_graph,
    check_history,
    read_checkpoint,
)
from pyimagesearch.training.initial_weights import InitialWeights, read_initial_weights
from pyimagesearch.training.model_building import compute_learning_rate
from pyimagesearch.training.resume import (
    Change,
    check_same_pairs,
    find_changes,
    get_restart_hint,
    join_changes,
)
from pyimagesearch.training.training_settings import read_recorded_settings


def load_checkpoint(
    folder: Path, settings: Namespace, record: dict
) -> Checkpoint | None:
    """Load the checkpoint of a run to resume, and say what changes after it.

    Args:
        folder: Path, the folder of the run.
        settings: Namespace, as returned by `parse_training_settings`.
        record: dict, as returned by `describe_run`. It gets "changes" and
            "initial_weights".

    Returns:
        Checkpoint, with its pairs, or None if there is none.

    Raises:
        UserError: if the settings or the pairs do not belong to the checkpoint.
    """
    path = folder / config.CHECKPOINT_FILE
    checkpoint = read_checkpoint(path)
    before = read_run_record(folder)
    if checkpoint is None:
        which = f" with the settings in {config.RUN_FILE}" if before else ""
        info(f"there is no {path} to resume from: starting a new run{which}")
        return None
    check_same_pairs(folder, record)
    check_graph(checkpoint, settings.network, folder)
    check_history(checkpoint, path)
    if checkpoint.epochs > settings.epochs:
        raise UserError(
            f"--epochs {settings.epochs}: the run in {folder} already has "
            f"{checkpoint.epochs} epochs: use a larger --epochs, or "
            f"{get_restart_hint(folder)}"
        )
    info(
        f"resuming after {count(checkpoint.epochs, 'epoch')} from {path}; an "
        f"interrupted epoch is repeated from its start"
    )
    recorded = read_recorded_settings(folder)
    record["initial_weights"] = before.get("initial_weights")
    record["changes"] = _join_changes(settings, recorded, before, checkpoint)
    if checkpoint.pairs is None:  # of version 1, which kept its batch size
        pairs = checkpoint.steps * recorded["batch_size"]
        checkpoint = checkpoint._replace(pairs=pairs)
    return checkpoint


def _join_changes(
    settings: Namespace, recorded: dict, before: dict, checkpoint: Checkpoint
) -> list[dict]:
    """Return all changes of the run, and print one line for each new one."""
    earlier = [
        Change(*map(change.get, Change._fields)) for change in before.get("changes", [])
    ]
    new = find_changes(settings, recorded, checkpoint.epochs)
    for change in new:
        info(f"from epoch {change.epoch} on: {change.describe()}")
    rates = [
        compute_learning_rate(Namespace(**each), checkpoint.steps)
        for each in (recorded, vars(settings))
    ]
    if rates[0] != rates[1] and settings.lr_decay != "none":
        info(
            f"the learning rate was {rates[0]:.3g} and continues at {rates[1]:.3g}:"
            f" its decay belongs to {settings.epochs} epochs"
        )
    return [change._asdict() for change in join_changes(earlier, new)]


def load_initial_weights(folder: Path, settings: Namespace) -> InitialWeights:
    """Load the weights of `--init-from`, for a run without a checkpoint.

    Args:
        folder: Path, the folder of the run.
        settings: Namespace, as returned by `parse_training_settings`.

    Raises:
        UserError: if the weights cannot be read, or are of another network.
    """
    path = Path(settings.init_from)
    if settings.resume and path == folder.absolute():
        # The run that it named was archived when this one started.
        record = read_run_record(folder) or {}
        path = Path((record.get("initial_weights") or {}).get("path", path))
    return read_initial_weights(path, settings.network, settings.norm)
