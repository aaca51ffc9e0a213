"""The experiments: every variant on every task, with its seeds."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from pyimagesearch.atomic import write_atomic
from pyimagesearch.errors import UserError
from pyimagesearch.schemas import (
    Integer,
    Items,
    Nullable,
    Number,
    Record,
    SchemaError,
    Text,
    read_json,
)

BASELINE = "tutorial"  # the recipe that the others are compared with
FAST = "fast"
FORMER = "fast, paper's networks"  # the recipe in whose place `fast` is
NO_CLASSES = "fast, no class colors"  # its generator sees label maps as colors alone
COMPARED = (BASELINE, "paper", FORMER, FAST)
SEEDS = (42, 43)
POINTS = 8  # of every training, after which all pairs are scored

# What is generated from what: the dataset, its direction and its palette.
TASKS = {
    "facades": ("facades", "BtoA"),  # labels -> photo
    "streets-photos": ("streets", "BtoA"),  # labels -> photo
    "streets-labels": ("streets", "AtoB"),  # photo -> labels
}
SEGMENTER_TASKS = {"facades": "facades-labels", "streets-photos": "streets-labels"}
VARIANTS = {
    BASELINE: ("--recipe", BASELINE),
    "paper": ("--recipe", "paper"),
    FAST: ("--recipe", FAST),
    # each part of `fast`, taken away
    FORMER: ("--recipe", FAST, "--network", "paper", "--width", "32"),
    "fast, lambda 100": ("--recipe", FAST, "--l1-weight", "100"),
    "fast, rate 2e-4": ("--recipe", FAST, "--learning-rate", "2e-4"),
    "fast, constant rate": ("--recipe", FAST, "--lr-decay", "none"),
    "fast, no EMA": ("--recipe", FAST, "--no-average-weights"),
    "fast, batch 1": ("--recipe", FAST, "--batch-size", "1"),
    "fast, resize": ("--recipe", FAST, "--augment", "resize"),
    NO_CLASSES: ("--recipe", FAST),
}
SCORES = (  # of a table, in the order of its columns, if the task has them
    *("l1", "psnr", "ssim", "sharpness", "grid_artifacts"),
    *("pixel_accuracy", "class_iou", "read_back_class_iou"),
)
RESULT_FILE = "result.json"
MAX_RESULT = 1_000_000  # bytes; the file has some thousands
LOG_FILE = "training.log"
SCRIPTS = Path(__file__).resolve().parents[1]
ENTRY = ("mean", "low", "high")  # a score and its 95 % interval
RESULT = Record(
    {
        "flags": Text(),
        "training": Record(
            {
                "seconds": Number(0),
                "steps": Integer(1),
                "batch_size": Integer(1),
                "precision": Text(),
                "curve": Items(Record(rest=Number()), length=POINTS),
            }
        ),
        "scores": Record(rest=Record({name: Nullable(Number()) for name in ENTRY})),
    }
)
GENERATOR = "models/generator.keras"
TRAINING_FILE = "training.json"
DATA_FLAGS = ("--data", "--direction", "--label-side")


class Experiment(NamedTuple):
    """One training of the study.

    Attributes:
        task: str, a name in `TASKS`, or in the values of `SEGMENTER_TASKS`.
        variant: str, a name in `VARIANTS`.
        seed: int, the seed of the training.
    """

    task: str
    variant: str
    seed: int

    @property
    def folder(self) -> str:
        """The folder of the training, relative to the folder of the study."""
        name = re.sub(r"[^a-z0-9.]+", "-", self.variant)
        return f"runs/{self.task}/{name}-{self.seed}"


def list_experiments(
    tasks: list[str], variants: list[str], seeds: list[int]
) -> list[Experiment]:
    """List the experiments: all that are compared come before the other variants.

    `NO_CLASSES` is left out where the input is no label map.

    Args:
        tasks: list of str, names in `TASKS`.
        variants: list of str, names in `VARIANTS`.
        seeds: list of int.

    Returns:
        list of Experiment, in the order in which they run.
    """
    return [
        Experiment(task, variant, seed)
        for is_compared in (True, False)
        for seed in seeds
        for task in tasks
        for variant in variants
        if (variant in COMPARED) == is_compared
        and (variant != NO_CLASSES or task in SEGMENTER_TASKS)
    ]


def get_segmenter(experiment: Experiment) -> Experiment | None:
    """Return the training whose generator reads photos back, None for label maps."""
    task = SEGMENTER_TASKS.get(experiment.task)
    return task and Experiment(task, FAST, SEEDS[0])


def list_flags(
    experiment: Experiment, pairs: Path, image_size: tuple[int, int]
) -> list[str]:
    """List the flags of `train_pix2pix.py`, without `--output`.

    Args:
        experiment: Experiment, the training.
        pairs: Path, the folder of its pairs; see `unseen_pairs`.
        image_size: tuple of int, (height, width) in pixels.

    Returns:
        list of str, the flags and their values.
    """
    dataset, direction = get_dataset(experiment.task)
    palette = () if experiment.variant == NO_CLASSES else ("--palette", dataset)
    return [
        *("--data", str(pairs), "--direction", direction, "--label-side", "B"),
        *palette,
        *("--image-size", "x".join(map(str, image_size))),
        *VARIANTS[experiment.variant],
        *("--seed", str(experiment.seed)),
    ]


def get_dataset(task: str) -> tuple[str, str]:
    """Return the name of a task's dataset, and the direction."""
    if task == "facades-labels":
        return "facades", "AtoB"
    return TASKS[task]


def run_experiment(
    study: Path, experiment: Experiment, flags: list[str], seconds: float
) -> dict:
    """Train and evaluate, unless it is done already, and return the result.

    Args:
        study: Path, the folder of the study.
        experiment: Experiment, the training. That of `get_segmenter` is done.
        flags: list of str, as returned by `list_flags`.
        seconds: float, what the training may take.

    Returns:
        dict, "task", "variant", "seed", "flags", "training" (see `train_for`), and
        "scores": by name, dicts with "mean", "low" and "high".

    Raises:
        UserError: if the training or the evaluation fails, or the folder has the
            result of a training with other flags.
    """
    run = study / experiment.folder
    path = run / RESULT_FILE
    if path.exists():
        result = _read_result(path)
        if result["flags"] != shlex.join(flags):
            raise UserError(
                f"the training in {run} has the flags {result['flags']}: choose "
                f"another --output, or remove that folder"
            )
    else:
        run.mkdir(parents=True, exist_ok=True)
        _call("recipe_study.timed_training", [str(run), str(seconds), *flags], run)
        segmenter = get_segmenter(experiment)
        path_to_it = segmenter and study / segmenter.folder / GENERATOR
        result = {
            "flags": shlex.join(flags),
            "training": json.loads((run / TRAINING_FILE).read_text()),
            "scores": _evaluate(run, experiment.task, flags, path_to_it),
        }
        with write_atomic(path) as temporary:
            temporary.write_text(json.dumps(result) + "\n", encoding="utf-8")
    return experiment._asdict() | result


def _evaluate(run: Path, task: str, flags: list[str], segmenter: Path | None) -> dict:
    dataset, _ = get_dataset(task)
    values = dict(zip(flags[::2], flags[1::2], strict=False))
    own = [word for flag in DATA_FLAGS for word in (flag, values[flag])]
    own += ["--palette", dataset]
    if segmenter:
        own += ["--segmenter", str(segmenter)]
    output = ["--model", str(run / GENERATOR), "--output", str(run), "--no-report"]
    _call("pyimagesearch.evaluate", [*own, *output], run)
    entries = json.loads((run / "metrics.json").read_text())["scores"]
    return {
        name: {key: entries[name][key] for key in ENTRY}
        for name in SCORES
        if name in entries
    }


def _call(module: str, words: list[str], run: Path) -> None:
    log = run / LOG_FILE
    paths = os.pathsep.join([str(SCRIPTS), str(SCRIPTS.parent)])
    with log.open("a", encoding="utf-8") as file:
        status = subprocess.run(
            [sys.executable, "-m", module, *words],
            stdout=file,
            stderr=file,
            env={**os.environ, "PYTHONPATH": paths},
            check=False,
        ).returncode
    if status:
        last = log.read_text(encoding="utf-8").splitlines()[-1:]
        raise UserError(
            f"{module} ended with exit status {status}: {' '.join(last)} (see {log})"
        )


def _read_result(path: Path) -> dict:
    try:
        result = read_json(path, MAX_RESULT)
        RESULT.check(result)
    except (OSError, SchemaError) as error:
        raise UserError(
            f"{path} has no result of a training: {error}. Remove it to train again"
        ) from error
    return result
