"""One training of the study, as a user would start it."""

import subprocess
import sys
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import read_history, read_run_record
from pyimagesearch.studies.plan import POINTS, SETS, VARIANTS, Cell
from pyimagesearch.training.resume import (
    find_contradictions,
    format_value,
    get_recorded_settings,
)
from pyimagesearch.training.training_settings import parse_training_settings

SCRIPT = Path(__file__).parents[2] / "train_pix2pix.py"
LOG_FILE = "logs/training.log"
EVERYTHING = 1_000_000  # validation steps: all that there are
SCORES = {  # by their column in the history
    "val_l1Loss": "l1",
    "val_psnr": "psnr",
    "val_ssim": "ssim",
    "val_pixel_accuracy": "pixel_accuracy",
    "val_class_accuracy": "class_accuracy",
    "val_class_iou": "class_iou",
}


def flags_of(
    cell: Cell, image_size: tuple[int, int], steps: int, facades_url: str | None
) -> list[str]:
    """The flags of `train_pix2pix.py`, without the output.

    Args:
        cell: which training.
        image_size: (height, width), pixels.
        steps: of each of the `POINTS` epochs.
        facades_url: of `--facades-url`.
    """
    elsewhere = ["--dataset-url", facades_url] if facades_url else []
    return [
        *SETS[cell.set],
        *(elsewhere if cell.set == "facades" else []),
        *("--image-size", format_value(image_size)),
        *VARIANTS[cell.variant],
        *("--seed", str(cell.seed)),
        *("--strategy", "none"),  # the pace is one device's
        *("--epochs", str(POINTS)),
        *("--steps-per-epoch", str(steps)),
        *("--validation-steps", str(EVERYTHING)),
        *("--monitor-interval", str(POINTS)),
        *("--checkpoint-interval", str(POINTS // 2)),
    ]


def trained(study: Path, cell: Cell, flags: list[str]) -> dict:
    """Trains a cell, or goes on with it, unless that is done.

    Args:
        study: the study's folder.
        cell: which training.
        flags: of `flags_of`.

    Returns:
        "set", "variant", "seed", "flags", "steps", "batch_size", "precision",
        "seconds", which it took without the validation, and "curve", a list of the
        scores with the "steps" before them.

    Raises:
        UserError: where the training fails, with what it said last; or was done with
            other settings, such as a recipe has had since.
    """
    run = study / cell.folder
    record = read_run_record(run)
    if record and record["results"]:
        _refuse_other_settings(run, flags, record)
    else:
        _train(run, flags)
        record = read_run_record(run)
        # That of the paper's networks is some hundreds of megabytes.
        (run / config.CHECKPOINT_FILE).unlink()
    settings = record["settings"]
    steps, batch_size = settings["steps_per_epoch"], settings["batch_size"]
    rows = read_history(run / config.HISTORY_FILE)
    return {
        **cell._asdict(),
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


def _refuse_other_settings(run: Path, flags: list[str], record: dict) -> None:
    recorded = get_recorded_settings(record)
    asked = parse_training_settings([*flags, "--precision", recorded["precision"]])
    differing = find_contradictions(asked, recorded)
    if differing:
        raise UserError(
            f"the training in {run} has {differing}: name another --output, or remove "
            f"that training's folder"
        )


def _train(run: Path, flags: list[str]) -> None:
    log = run / LOG_FILE
    log.parent.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, str(SCRIPT), *flags, "--output", str(run), "--resume"]
    with log.open("a", encoding="utf-8") as said:
        status = subprocess.run(words, stdout=said, stderr=said, check=False).returncode
    if status:
        last = log.read_text(encoding="utf-8").splitlines()[-1:]
        raise UserError(f"a training ended with {status}: {' '.join(last)} (see {log})")
