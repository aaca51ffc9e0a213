"""`python -m pyimagesearch.study`: what each recipe is worth at equal seconds."""

import concurrent.futures
import contextlib
import json
import multiprocessing
import signal
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from pyimagesearch import config  # noqa: F401  first: it turns TensorFlow's noise down

# isort: split
from pyimagesearch.atomic import write_atomic
from pyimagesearch.cli import (
    INTERRUPTED,
    Parser,
    info,
    make_output_folder,
    parse_positive_float,
    parse_size,
    run_command,
)
from pyimagesearch.errors import RunStoppedError, UserError
from pyimagesearch.studies.drawings import save_study_curves, save_study_pictures
from pyimagesearch.studies.pace import measured
from pyimagesearch.studies.plan import POINTS, SETS, VARIANTS, cells
from pyimagesearch.studies.tables import tables
from pyimagesearch.studies.training import flags_of, trained

STUDY_FILE = "study.json"
PACE_FILE = "pace.json"
PACE_SHARE = 1 / 60  # of the seconds of a training, for each kind of step and round


def main() -> None:
    """Trains what is not yet trained, and writes tables and pictures of all of it.

    The figures, in `study.json`: "seconds" and "image_size", as asked for; "pace", of
    `pace.measured`; and "cells", of `training.trained`, one for each training.
    """
    settings = _parser().parse_args()
    folder = make_output_folder(settings.output)
    with _interruptible():
        study = _trained(folder, settings)
    for name, table in tables(study).items():
        print(f"\n{name}\n\n{table}")
        with write_atomic(folder / f"{name}.md") as temporary:
            temporary.write_text(table + "\n", encoding="utf-8")
        save_study_curves(folder / f"{name}-curves.png", study, name)
        save_study_pictures(folder / f"{name}-pictures.png", folder, study, name)
    info(f"wrote the study to {folder}")


def _trained(folder: Path, settings: Namespace) -> dict:
    pace = _pace(folder, settings)
    plan = cells(settings.sets, settings.recipes)
    study = {
        "seconds": settings.seconds,
        "image_size": settings.image_size,
        "pace": pace,
        "cells": [],
    }
    for number, cell in enumerate(plan, start=1):
        info(f"{number} of {len(plan)}: {cell.variant}, {cell.set}, seed {cell.seed}")
        step = pace["steps"][cell.variant]["seconds"]
        steps = max(1, round(settings.seconds / POINTS / step))
        flags = flags_of(cell, settings.image_size, steps, settings.facades_url)
        study["cells"].append(trained(folder, cell, flags))
        _write(folder / STUDY_FILE, study)
    return study


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Ends the training that is going on, too, whatever signal ends the study."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        sentence = "interrupted: the same command goes on from here"
        raise RunStoppedError(sentence, INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _pace(folder: Path, settings: Namespace) -> dict:
    """The pace that the study began with, so that it goes on with equal steps."""
    asked = {"seconds": settings.seconds, "image_size": list(settings.image_size)}
    path, steps = folder / PACE_FILE, {}
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["asked"] != asked:
            raise UserError(
                f"{folder} has a study of other --seconds or another --image-size: go "
                f"on with its own, or name another --output"
            )
        steps = kept["pace"]["steps"]
        if steps.keys() >= set(settings.recipes):
            return kept["pace"]
    missing = [recipe for recipe in settings.recipes if recipe not in steps]
    # In a process of its own, whose memory is free again for the trainings.
    spawned = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=spawned) as pool:
        seconds = PACE_SHARE * settings.seconds
        pace = pool.submit(measured, missing, settings.image_size, seconds).result()
    pace["steps"] = steps | pace["steps"]
    _write(path, {"asked": asked, "pace": pace})
    return pace


def _write(path: Path, figures: dict) -> None:
    with write_atomic(path) as temporary:
        temporary.write_text(json.dumps(figures) + "\n", encoding="utf-8")


def _parser() -> Parser:
    parser = Parser(
        "python -m pyimagesearch.study",
        "Trains the recipes and what lies between them for equal seconds, and compares "
        "their validation scores. Cut off, the same command goes on.",
        "--seconds 60 --sets streets",
    )
    parser.add_argument(
        "--seconds",
        type=parse_positive_float,
        metavar="X",
        default=180.0,
        help="of each training, without its validation",
    )
    parser.add_argument(
        "--image-size",
        type=parse_size,
        metavar="N|HxW",
        default=(128, 128),
        help="pixels",
    )
    parser.add_argument(
        "--sets", nargs="+", choices=tuple(SETS), default=list(SETS), metavar="NAME"
    )
    parser.add_argument(
        "--recipes",
        nargs="+",
        choices=tuple(VARIANTS),
        default=list(VARIANTS),
        metavar="NAME",
        help="those to train",
    )
    parser.add_argument(
        "--facades-url",
        metavar="URL",
        help="the facades archive on another server, or as a local file",
    )
    parser.add_argument(
        "--output", metavar="DIR", default="study", help="the study's folder"
    )
    return parser


if __name__ == "__main__":
    run_command(main)
