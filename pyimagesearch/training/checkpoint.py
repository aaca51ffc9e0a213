"""Checkpoints: the state of a training in one file."""

import json
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import keras
import numpy as np

from pyimagesearch import config
from pyimagesearch.atomic import write_atomic
from pyimagesearch.errors import UserError
from pyimagesearch.networks.paper_networks import GRAPH
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.best_score import BestScore
from pyimagesearch.training.resume import get_restart_hint

PROGRESS = "progress"  # the entry of the file that is not a variable
OPTIMIZERS = ("gOptimizer", "dOptimizer")
EMA = "average"
ITERATION, LEARNING_RATE = "iteration", "learning_rate"  # names of Keras's variables


class Checkpoint(NamedTuple):
    """The state of a training between two epochs.

    The state of the data is their number: the pairs that follow, and their crops, are
    a function of the seed and of the position.
    """

    epochs: int  # finished epochs
    steps: int  # finished steps
    history: list[dict[str, float]]  # one row per epoch; see `HistoryLogger`
    variables: dict[str, np.ndarray]  # see `collect_variables`
    pairs: int | None = None  # pairs in the finished steps; None before version 2
    best: BestScore | None = None  # if the best generator is kept
    graph: int = 1  # see `paper_networks.GRAPH`


def collect_variables(model: Pix2PixTraining) -> dict[str, keras.Variable]:
    """Collect all variables that a training step changes, except for metrics.

    These are weights, moving statistics and dropout seeds of both networks, slots and
    counters of the optimizers, and the loss scales and the EMA generator if any.

    Args:
        model: Pix2PixTraining, compiled.

    Returns:
        dict of str to keras.Variable, with keys "part/number".
    """
    parts = {"generator": model.generator, "discriminator": model.discriminator}
    parts |= {name: getattr(model, name) for name in OPTIMIZERS}
    if model.ema:
        parts[EMA] = model.ema.network
    return {
        f"{part}/{number:03d}": variable
        for part, owner in parts.items()
        for number, variable in enumerate(owner.variables)
    }


def snapshot_variables(model: Pix2PixTraining) -> dict[str, np.ndarray]:
    """Copy the variables of a compiled model; see `collect_variables`."""
    return {
        name: keras.ops.convert_to_numpy(variable)
        for name, variable in collect_variables(model).items()
    }


def check_graph(checkpoint: Checkpoint, network: str, run: Path) -> None:
    """Check that the weights of a checkpoint have the meaning that they have here.

    Args:
        checkpoint: Checkpoint.
        network: str, "tutorial" or "paper".
        run: Path, the run's folder.

    Raises:
        UserError: if the paper's generator was another function of the same weights.
    """
    if network == "paper" and checkpoint.graph != GRAPH:
        raise UserError(
            f"the run in {run} was trained by version 1, whose U-Net of the paper "
            f"joined skip connections after LeakyReLU; the authors' network, which "
            f"this version builds, joins them before ReLU, so the weights do not fit. "
            f"Run without --resume and --init-from to start over; its "
            f"{config.GENERATOR_FILE} still works with inference, evaluate and export"
        )


def restore_model(model: Pix2PixTraining, checkpoint: Checkpoint, run: Path) -> None:
    """Assign the variables of a checkpoint to a model.

    The learning rate, which is a setting, stays that of the model. An EMA that the
    checkpoint does not have starts with the weights of the generator.

    Args:
        model: Pix2PixTraining, compiled.
        checkpoint: Checkpoint, of the same networks and optimizers.
        run: Path, the run's folder, for the error message.

    Raises:
        UserError: if the networks or the optimizers differ.
    """
    parts = group_by_part(collect_variables(model))
    values = group_by_part(checkpoint.variables)
    if EMA in parts and EMA not in values:
        values[EMA] = values.get("generator", [])
    matches = []
    for part, variables in parts.items():
        arrays = values.get(part, [])
        if part in OPTIMIZERS:
            variables, arrays = _match_schedule(variables, arrays)
        if [tuple(v.shape) for v in variables] != [array.shape for array in arrays]:
            raise UserError(
                f"the {part} of the checkpoint in {run} does not match that of the "
                f"settings: {get_restart_hint(run)}"
            )
        matches += zip(variables, arrays, strict=True)
    for variable, array in matches:
        if variable.name != LEARNING_RATE:
            variable.assign(array)


def group_by_part(variables: dict[str, Any]) -> dict[str, list]:
    """Group the values of `collect_variables`, or of a `Checkpoint`, by their part."""
    parts: dict[str, list] = {}
    for name in sorted(variables):
        parts.setdefault(name.partition("/")[0], []).append(variables[name])
    return parts


def _match_schedule(variables: list, arrays: list) -> tuple[list, list]:
    """Leave out the learning rate, if only one of two optimizers has one.

    An optimizer with a schedule has no variable for the learning rate.
    """
    place = max(n for n, v in enumerate(variables) if v.name == ITERATION) + 1
    has_rate = len(variables) > place and variables[place].name == LEARNING_RATE
    if has_rate and len(arrays) == len(variables) - 1:
        return variables[:place] + variables[place + 1 :], arrays
    if not has_rate and len(arrays) == len(variables) + 1:
        return variables, arrays[:place] + arrays[place + 1 :]
    return variables, arrays


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
        if progress.get("best"):
            progress["best"] = BestScore(*progress["best"])
        return Checkpoint(**progress, variables=variables)
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError, LookupError, TypeError, BadZipFile) as error:
        raise UserError(
            f"{path} is not a checkpoint ({error}): run without --resume to start "
            f"over, with --init-from {path.parents[1] / config.GENERATOR_FILE} to "
            f"start with the generator"
        ) from error
