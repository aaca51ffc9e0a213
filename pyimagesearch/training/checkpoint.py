"""The checkpoint of a training: all that a resumed run needs, in one file."""

import json
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import keras
import numpy as np

from pyimagesearch.atomic import write_atomic
from pyimagesearch.errors import UserError
from pyimagesearch.Pix2PixTraining import Pix2PixTraining

PROGRESS = "progress"  # the entry of the file that is no variable


class Checkpoint(NamedTuple):
    """The state of a training after an epoch.

    The position in the data is not part of it: which pairs a step sees is a function of
    the seed and of the number of the step.

    Attributes:
        epochs: int, the number of epochs done.
        steps: int, the number of steps done.
        history: list of dict, the rows of `HistoryLogger`.
        variables: dict of arrays, by part and position, such as "generator/000": the
            weights of both networks with their dropout seeds and moving averages, the
            slots and counters of the optimizers with their loss scales, and the EMA.
    """

    epochs: int
    steps: int
    history: list[dict[str, float]]
    variables: dict[str, np.ndarray]


def collect_variables(model: Pix2PixTraining) -> dict[str, keras.Variable]:
    """Collect all variables that a training step changes, except for its metrics.

    Args:
        model: Pix2PixTraining, compiled.

    Returns:
        dict of keras.Variable, named as in `Checkpoint.variables`.
    """
    parts = {
        "generator": model.generator,
        "discriminator": model.discriminator,
        "gOptimizer": model.gOptimizer,
        "dOptimizer": model.dOptimizer,
    }
    if model.ema:
        parts["average"] = model.ema.network  # its name in the files of version 1
    return {
        f"{part}/{position:03d}": variable
        for part, owner in parts.items()
        for position, variable in enumerate(owner.variables)
    }


def snapshot_model(
    model: Pix2PixTraining, epochs: int, steps: int, history: list[dict[str, float]]
) -> Checkpoint:
    """Copy the state of a model.

    Args:
        model: Pix2PixTraining, compiled.
        epochs: int, the number of epochs done.
        steps: int, the number of steps done.
        history: list of dict, the rows of `HistoryLogger`.

    Returns:
        Checkpoint.
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
        checkpoint: Checkpoint.

    Raises:
        UserError: if the model has other networks or optimizers.
    """
    variables = collect_variables(model)
    if {name: tuple(v.shape) for name, v in variables.items()} != {
        name: value.shape for name, value in checkpoint.variables.items()
    }:
        raise UserError(
            "the checkpoint belongs to other networks or optimizers: run without "
            "--resume to start over"
        )
    for name, variable in variables.items():
        variable.assign(checkpoint.variables[name])


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint as an uncompressed `.npz` file, atomically."""
    progress = {
        "epochs": checkpoint.epochs,
        "steps": checkpoint.steps,
        "history": checkpoint.history,
    }
    with write_atomic(path) as temporary:
        np.savez(temporary, **{PROGRESS: json.dumps(progress)}, **checkpoint.variables)


def read_checkpoint(path: Path) -> Checkpoint | None:
    """Read a checkpoint.

    Args:
        path: Path, the file.

    Returns:
        Checkpoint; None if there is no such file.

    Raises:
        UserError: if the file is damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as entries:
            variables = {name: entries[name] for name in entries.files}
        return Checkpoint(
            **json.loads(str(variables.pop(PROGRESS))), variables=variables
        )
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError, LookupError, TypeError, BadZipFile) as error:
        raise UserError(
            f"{path} is not a valid checkpoint ({error}): run without --resume to "
            f"start over"
        ) from error
