"""Checkpoints: the state of a training in one file."""

import json
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import keras
import numpy as np

from pyimagesearch.atomic import write_atomic
from pyimagesearch.errors import UserError
from pyimagesearch.Pix2PixTraining import Pix2PixTraining

PROGRESS = "progress"  # the entry of the file that is not a variable


class Checkpoint(NamedTuple):
    """The state of a training between two epochs.

    The position in the data is not stored: the batch of a step is a function of the
    seed and of the number of the step.
    """

    epochs: int  # finished epochs
    steps: int  # finished steps
    history: list[dict[str, float]]  # one row per epoch; see `HistoryLogger`
    variables: dict[str, np.ndarray]  # see `collect_variables`


def collect_variables(model: Pix2PixTraining) -> dict[str, keras.Variable]:
    """Collect all variables that a training step changes, except for metrics.

    These are weights, moving statistics and dropout seeds of both networks, slots and
    counters of the optimizers, and the loss scales and the EMA generator if any.

    Args:
        model: Pix2PixTraining, compiled.

    Returns:
        dict of str to keras.Variable, with keys "part/number".
    """
    parts = {
        "generator": model.generator,
        "discriminator": model.discriminator,
        "gOptimizer": model.gOptimizer,
        "dOptimizer": model.dOptimizer,
    }
    if model.ema:
        parts["average"] = model.ema.network
    return {
        f"{part}/{number:03d}": variable
        for part, owner in parts.items()
        for number, variable in enumerate(owner.variables)
    }


def snapshot_model(
    model: Pix2PixTraining, epochs: int, steps: int, history: list[dict[str, float]]
) -> Checkpoint:
    """Copy the state of a compiled model.

    Args:
        model: Pix2PixTraining, compiled.
        epochs, steps, history: see `Checkpoint`.
    """
    variables = {
        name: keras.ops.convert_to_numpy(variable)
        for name, variable in collect_variables(model).items()
    }
    return Checkpoint(epochs, steps, history, variables)


def restore_model(model: Pix2PixTraining, checkpoint: Checkpoint) -> None:
    """Assign the variables of a checkpoint to a model.

    Args:
        model: Pix2PixTraining, compiled.
        checkpoint: Checkpoint, of the same networks and optimizers.

    Raises:
        UserError: if the networks or the optimizers differ.
    """
    variables = collect_variables(model)
    if {name: tuple(v.shape) for name, v in variables.items()} != {
        name: value.shape for name, value in checkpoint.variables.items()
    }:
        raise UserError(
            "the checkpoint does not match these networks and optimizers: run without "
            "--resume to start over"
        )
    for name, variable in variables.items():
        variable.assign(checkpoint.variables[name])


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint atomically, as an uncompressed `.npz` file."""
    progress = checkpoint._asdict()
    variables = progress.pop("variables")
    with write_atomic(path) as temporary:
        np.savez(temporary, **{PROGRESS: json.dumps(progress)}, **variables)


def read_checkpoint(path: Path) -> Checkpoint | None:
    """Read a checkpoint, or return None if there is no file.

    Raises:
        UserError: if the file is damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as entries:
            variables = {name: entries[name] for name in entries.files}
        progress = json.loads(str(variables.pop(PROGRESS)))
        return Checkpoint(**progress, variables=variables)
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError, LookupError, TypeError, BadZipFile) as error:
        raise UserError(
            f"{path} is not a checkpoint ({error}): run without --resume to start over"
        ) from error
