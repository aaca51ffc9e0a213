"""The experiments: every variant on every dataset, with its seeds."""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from pyimagesearch import config
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import read_history, read_run_record
from pyimagesearch.training.resume import find_contradictions, format_value
from pyimagesearch.training.training_settings import (
    parse_training_settings,
    read_recorded_settings,
)

BASELINE = "tutorial"  # the recipe that the others are compared with
BEST = "best"
RECIPES = (BASELINE, "paper", BEST)
EPOCHS = 8  # of every training: the scores are known after each
SEEDS = (42, 43)
ALL_PAIRS = 1_000_000  # validation steps, more than any dataset has

DATASETS = {
    "facades": ("--dataset", "facades"),  # labels -> photo
    "streets": ("--dataset", "streets", "--direction", "AtoB"),  # photo -> labels
}
VARIANTS = {
    **{recipe: ("--recipe", recipe) for recipe in RECIPES},
    # what the paper's recipe changes in the tutorial's, one at a time
    "tutorial, lambda 100": ("--l1-weight", "100"),
    "tutorial, beta_1 0.5": ("--beta-1", "0.5"),
    "tutorial, crop": ("--augment", "crop"),
    "tutorial, batch 1": ("--batch-size", "1"),
    "tutorial, paper's networks": ("--network", "paper"),
    # what `best` changes in the paper's recipe, undone one at a time
    "best, width 64": ("--recipe", BEST, "--width", "64"),
    "best, lambda 100": ("--recipe", BEST, "--l1-weight", "100"),
    "best, rate 2e-4": ("--recipe", BEST, "--learning-rate", "2e-4"),
    "best, no average": ("--recipe", BEST, "--no-average-weights"),
}
SCORES = {  # by their column in the history
    "val_l1Loss": "l1",
    "val_psnr": "psnr",
    "val_ssim": "ssim",
    "val_pixel_accuracy": "pixel_accuracy",
    "val_class_accuracy": "class_accuracy",
    "val_class_iou": "class_iou",
}
SCRIPT = Path(__file__).resolve().parents[2] / "train_pix2pix.py"
LOG_FILE = "logs/training.log"


class Experiment(NamedTuple):
    """One training of the study.

    Attributes:
        dataset: str, a name in `DATASETS`.
        variant: str, a name in `VARIANTS`.
        seed: int, the seed of the training.
    """

    dataset: str
    variant: str
    seed: int

    @property
    def folder(self) -> str:
        """The folder of the run, relative to the folder of the study."""
        name = re.sub(r"[^a-z0-9.]+", "-", self.variant)
        return f"runs/{self.dataset}/{name}-{self.seed}"


def list_experiments(datasets: list[str], variants: list[str]) -> list[Experiment]:
    """List the experiments: the recipes with every seed, then the rest with one.

    Args:
        datasets: list of str, names in `DATASETS`.
        variants: list of str, names in `VARIANTS`.

    Returns:
        list of Experiment, in the order in which they run.
    """
    return [
        Experiment(dataset, variant, seed)
        for is_recipe in (True, False)
        for seed in (SEEDS if is_recipe else SEEDS[:1])
        for variant in variants
        if (variant in RECIPES) == is_recipe
        for dataset in datasets
    ]


def list_flags(
    experiment: Experiment,
    image_size: tuple[int, int],
    steps: int,
    facades_url: str | None,
) -> list[str]:
    """List the flags of `train_pix2pix.py`, without `--output`.

    Args:
        experiment: Experiment, the training.
        image_size: tuple of int, (height, width) in pixels.
        steps: int, the steps of each of the `EPOCHS` epochs.
        facades_url: str or None, the value of `--facades-url`.

    Returns:
        list of str, the flags and their values.
    """
    url = ["--dataset-url", facades_url] if facades_url else []
    return [
        *DATASETS[experiment.dataset],
        *(url if experiment.dataset == "facades" else []),
        *("--image-size", format_value(image_size)),
        *VARIANTS[experiment.variant],
        *("--seed", str(experiment.seed)),
        *("--strategy", "none"),  # the step times are those of one device
        *("--epochs", str(EPOCHS)),
        *("--steps-per-epoch", str(steps)),
        *("--validation-steps", str(ALL_PAIRS)),
        *("--monitor-interval", str(EPOCHS)),
        *("--checkpoint-interval", str(EPOCHS // 2)),
    ]


def run_experiment(study: Path, experiment: Experiment, flags: list[str]) -> dict:
    """Start or resume a training, unless it is finished, and read its results.

    Args:
        study: Path, the folder of the study.
        experiment: Experiment, the training.
        flags: list of str, as returned by `list_flags`.

    Returns:
        dict, "dataset", "variant", "seed", "flags", "steps" (of the whole training),
        "batch_size", "precision", "seconds" (what the training took, without the
        validation), and "curve", for each epoch the scores and the "steps" so far.

    Raises:
        UserError: if the training fails, or if the folder has a finished training with
            other settings, for example because a recipe has changed.
    """
    run = study / experiment.folder
    record = read_run_record(run)
    if record and record.get("results"):
        _check_settings(run, flags)
    else:
        _train(run, flags)
        # The checkpoint of the paper's networks has some hundreds of megabytes.
        (run / config.CHECKPOINT_FILE).unlink()
    settings = read_recorded_settings(run)
    steps, batch_size = settings["steps_per_epoch"], settings["batch_size"]
    rows = read_history(run / config.HISTORY_FILE)
    return {
        **experiment._asdict(),
        "flags": " ".join(flags),
        "steps": steps * len(rows),
        "batch_size": batch_size,
        "precision": settings["precision"],
        "seconds": sum(steps * batch_size / row["images_per_second"] for row in rows),
        "curve": [
            {"steps": steps * number}
            | {name: row[column] for column, name in SCORES.items() if column in row}
            for number, row in enumerate(rows, start=1)
        ],
    }


def _check_settings(run: Path, flags: list[str]) -> None:
    recorded = read_recorded_settings(run)
    asked = parse_training_settings([*flags, "--precision", recorded["precision"]])
    differing = find_contradictions(asked, recorded)
    if differing:
        raise UserError(
            f"the training in {run} has {differing}: choose another --output, or "
            f"remove that folder"
        )


def _train(run: Path, flags: list[str]) -> None:
    log = run / LOG_FILE
    log.parent.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, str(SCRIPT), *flags, "--output", str(run), "--resume"]
    with log.open("a", encoding="utf-8") as file:
        status = subprocess.run(words, stdout=file, stderr=file, check=False).returncode
    if status:
        last = log.read_text(encoding="utf-8").splitlines()[-1:]
        raise UserError(
            f"a training ended with exit status {status}: {' '.join(last)} (see {log})"
        )
