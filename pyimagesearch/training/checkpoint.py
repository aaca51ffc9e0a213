"""Everything that a training needs to go on, in one file that appears whole."""

import json
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import keras
import numpy as np

from pyimagesearch.atomic import write_atomic
from pyimagesearch.errors import UserError
from pyimagesearch.Pix2PixTraining import Pix2PixTraining

PROGRESS = "progress"  # the file's entry beside the variables


class Checkpoint(NamedTuple):
    """The state of a training between two epochs.

    The position in the data is not in it: it is the number of steps, and what comes
    there is a function of the seed.

    Attributes:
        epochs: how many are done.
        steps: how many are done.
        history: the row of every epoch; see `HistoryLog`.
        variables: by part and place: the weights of both networks, their dropout's
            seeds and moving averages, the optimizers' slots and counters, and the
            loss scales and the averaged generator, where there are some.
    """

    epochs: int
    steps: int
    history: list[dict[str, float]]
    variables: dict[str, np.ndarray]


def collect_variables(model: Pix2PixTraining) -> dict[str, keras.Variable]:
    """All that a training step changes, but for the means over the epoch."""
    parts = {
        "generator": model.generator,
        "discriminator": model.discriminator,
        "gOptimizer": model.gOptimizer,
        "dOptimizer": model.dOptimizer,
    }
    if model.ema:
        parts["average"] = model.ema.network
    return {
        f"{part}/{place:03d}": variable
        for part, owner in parts.items()
        for place, variable in enumerate(owner.variables)
    }


def snapshot_model(
    model: Pix2PixTraining, epochs: int, steps: int, history: list[dict[str, float]]
) -> Checkpoint:
    """The state that a model is in; see `Checkpoint`."""
    variables = {
        name: keras.ops.convert_to_numpy(variable)
        for name, variable in collect_variables(model).items()
    }
    return Checkpoint(epochs, steps, history, variables)


def restore_model(model: Pix2PixTraining, checkpoint: Checkpoint) -> None:
    """Brings a compiled model to the state of a checkpoint.

    Raises:
        UserError: where it is of other networks or optimizers.
    """
    variables = collect_variables(model)
    if {name: tuple(v.shape) for name, v in variables.items()} != {
        name: value.shape for name, value in checkpoint.variables.items()
    }:
        raise UserError(
            "the checkpoint is of other networks or optimizers than these: start anew "
            "without --resume"
        )
    for name, variable in variables.items():
        variable.assign(checkpoint.variables[name])


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Writes a checkpoint, an uncompressed `.npz`, in place of the one before."""
    progress = {
        "epochs": checkpoint.epochs,
        "steps": checkpoint.steps,
        "history": checkpoint.history,
    }
    with write_atomic(path) as temporary:
        np.savez(temporary, **{PROGRESS: json.dumps(progress)}, **checkpoint.variables)


def read_checkpoint(path: Path) -> Checkpoint | None:
    """Reads a checkpoint; None where there is none.

    Raises:
        UserError: where the file is damaged.
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
            f"{path} is not a checkpoint ({error}): start anew without --resume"
        ) from error
