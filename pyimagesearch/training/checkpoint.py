"""Checkpoints: the state of a training in one file."""

import json
import math
import re
import struct
from pathlib import Path
from typing import IO, Any, NamedTuple
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import keras
import numpy as np

from pyimagesearch import config
from pyimagesearch.atomic import write_atomic
from pyimagesearch.errors import UserError
from pyimagesearch.networks.paper_networks import GRAPH
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.run_record import EPOCH, check_epochs
from pyimagesearch.schemas import (
    Choice,
    Integer,
    Items,
    Nullable,
    Number,
    Record,
    SchemaError,
    check_file,
    create_missing_error,
    parse_json,
)
from pyimagesearch.training.best_score import SCORES, BestScore
from pyimagesearch.training.resume import get_restart_hint

PROGRESS = "progress"  # the entry of the file that is not a variable
OPTIMIZERS = ("gOptimizer", "dOptimizer")
EMA = "average"
PARTS = ("generator", "discriminator", *OPTIMIZERS, EMA)
VARIABLE = re.compile(f"({'|'.join(PARTS)})/([0-9]{{3,5}})")
MAX_PROGRESS = 128_000_000  # bytes, 4 for each character: 50,000 epochs have 100 MB
MAX_UNPACKED = 16_000_000_000  # bytes; the largest networks of a recipe have 0.9 GB
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
SCHEMA = Record(
    {"epochs": Integer(1), "steps": Integer(), "history": Items(EPOCH)},
    {
        "pairs": Nullable(Integer()),
        "graph": Integer(1),
        # Written as a list of three; see `_read_progress`.
        "best": Nullable(
            Record(
                {
                    "score": Choice(SCORES),
                    "epoch": Integer(),
                    "value": Number(is_finite=False),
                }
            )
        ),
    },
)
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
        network: str, the value of --network.
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
        if [_describe(v) for v in variables] != [_describe(a) for a in arrays]:
            raise UserError(
                f"the {part} of the checkpoint in {run} does not match that of the "
                f"settings: {get_restart_hint(run)}"
            )
        matches += zip(variables, arrays, strict=True)
    for variable, array in matches:
        if variable.name != LEARNING_RATE:
            variable.assign(array)


def _describe(array: keras.Variable | np.ndarray) -> tuple[tuple[int, ...], bool]:
    """Return the shape, and whether the values are floats; precisions may differ."""
    return tuple(array.shape), "float" in str(array.dtype)


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
    """Read a checkpoint and check it, or return None if there is no file.

    Nothing is unpacked before its size is known. Entries that this version does not
    know are left out.

    Raises:
        UserError: if the file is damaged, or is not what `write_checkpoint` writes.
    """
    try:
        check_file(path)
        with path.open("rb") as file, ZipFile(file) as archive:
            variables, progress = _read_archive(archive, path.stat().st_size)
        return Checkpoint(**progress, variables=variables)
    except FileNotFoundError:
        return None
    # The errors of `zipfile` and NumPy for damaged files.
    except (
        *(OSError, EOFError, ValueError, LookupError, TypeError, BadZipFile),
        *(NotImplementedError, RuntimeError, struct.error, OverflowError),
    ) as error:
        raise UserError(
            f"{path} is not a checkpoint ({error}): run without --resume to start "
            f"over, with --init-from {path.parents[1] / config.GENERATOR_FILE} to "
            f"start with the generator"
        ) from error


def _read_archive(archive: ZipFile, size: int) -> tuple[dict[str, np.ndarray], dict]:
    """Read the variables and the progress of a checkpoint of some bytes."""
    entries = {entry.filename.removesuffix(".npy"): entry for entry in archive.filelist}
    _check_entries(entries, archive, size)
    variables = {}
    for name in sorted(entries):
        if VARIABLE.fullmatch(name):
            variables[name] = _read_array(archive, entries[name], "biuf", 8)
        elif name.partition("/")[0] in PARTS:
            raise SchemaError(f'its entry "{name[:60]}" is not named like a variable')
    for part, arrays in group_by_part(variables).items():
        for number, array in enumerate(arrays):
            name = f"{part}/{number:03d}"
            if name not in variables:
                raise create_missing_error(name)
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise SchemaError(f'its entry "{name}" has NaN or infinite values')
    if PROGRESS not in entries:
        raise create_missing_error(PROGRESS)
    text = _read_array(archive, entries[PROGRESS], "U", MAX_PROGRESS)
    return variables, _read_progress(str(text))


def _check_entries(entries: dict[str, ZipInfo], archive: ZipFile, size: int) -> None:
    """Check that the entries are those of `np.savez`: once each, and not packed."""
    if len(entries) < len(archive.filelist):
        raise SchemaError("it has two entries of one name")
    if any(entry.compress_type != ZIP_STORED for entry in entries.values()):
        raise SchemaError(
            "its entries are compressed, and those of a checkpoint are not"
        )
    unpacked = sum(entry.file_size for entry in entries.values())
    if unpacked > min(size, MAX_UNPACKED):
        raise SchemaError(f"it unpacks to {unpacked:,} bytes, and has {size:,}")


def _read_array(
    archive: ZipFile, entry: ZipInfo, kinds: str, itemsize: int
) -> np.ndarray:
    """Read an array of a dtype of some kinds, after a check of its size."""
    with archive.open(entry) as file:
        shape, dtype = _read_header(file, entry.filename)
        held = entry.file_size - file.tell()
    if dtype.kind not in kinds or dtype.itemsize > itemsize:
        raise SchemaError(f'its entry "{entry.filename}" is of the dtype {dtype}')
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != held:
        raise SchemaError(
            f'its entry "{entry.filename}" has {held} bytes, which are no {dtype} of '
            f"the shape {shape}"
        )
    with archive.open(entry) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _read_header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], np.dtype]:
    """Read the shape and the dtype of an array in a file."""
    try:
        read_header = _HEADERS[np.lib.format.read_magic(file)]
        shape, _, dtype = read_header(file)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # NumPy's parser raises any kind
        raise SchemaError(f'its entry "{name}" is not an array') from error
    return shape, dtype


def _read_progress(text: str) -> dict[str, Any]:
    """Read what a checkpoint says beside its variables; see `Checkpoint`."""
    progress = parse_json(text)
    if isinstance(progress, dict) and isinstance(progress.get("best"), list):
        fields = zip(BestScore._fields, progress["best"], strict=False)
        progress["best"] = dict(fields)
    SCHEMA.check(progress, PROGRESS)
    check_epochs(progress["history"])
    progress = {name: progress[name] for name in Checkpoint._fields if name in progress}
    last = [*progress["history"][-1:], progress.get("best") or {}]
    if any(row.get("epoch", 0) >= progress["epochs"] for row in last):
        raise SchemaError(
            f"it has {progress['epochs']} epochs, and knows of epoch "
            f"{max(row.get('epoch', 0) for row in last)}, counted from 0"
        )
    if progress.get("best"):
        progress["best"] = BestScore(*map(progress["best"].get, BestScore._fields))
    return progress


def check_history(checkpoint: Checkpoint, path: Path) -> None:
    """Check that a checkpoint has the history of all its epochs.

    Args:
        checkpoint: Checkpoint, as returned by `read_checkpoint`.
        path: Path, its file, for the message.

    Raises:
        UserError: if an epoch, its time or its speed is missing.
    """
    needed = {"seconds", "images_per_second"}
    complete = [row for row in checkpoint.history if row.keys() >= needed]
    if len(complete) != checkpoint.epochs:
        raise UserError(
            f"{path} has {checkpoint.epochs} epochs, and the history of "
            f"{len(complete)}: {get_restart_hint(path.parents[1])}"
        )
