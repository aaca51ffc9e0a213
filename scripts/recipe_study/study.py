"""The command: measure the steps, run the experiments, write tables and figures."""

import concurrent.futures
import contextlib
import json
import multiprocessing
import signal
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from pyimagesearch.atomic import write_atomic
from pyimagesearch.cli import (
    SIGNALLED,
    Parser,
    info,
    make_output_folder,
    parse_positive_float,
    parse_size,
)
from pyimagesearch.errors import RunStoppedError, UserError
from pyimagesearch.schemas import (
    Integer,
    Items,
    Number,
    Record,
    SchemaError,
    read_json,
)
from recipe_study.experiments import (
    DATASETS,
    EPOCHS,
    VARIANTS,
    list_experiments,
    list_flags,
    run_experiment,
)
from recipe_study.tables import create_tables

STUDY_FILE = "study.json"
STEP_TIMES_FILE = "step_times.json"
MAX_STEP_TIMES = 1_000_000  # bytes; the file has some hundreds
STEP_TIMES = Record(
    {
        "asked": Record(
            {"seconds": Number(0), "image_size": Items(Integer(1), length=2)}
        ),
        "step_times": Record(
            {"steps": Record(rest=Record({"seconds": Number(1e-9)}))},
        ),
    }
)
MEASURED_SHARE = 1 / 60  # of a training's seconds: one measurement of a step


def main() -> None:
    """Run the experiments that are missing, and write tables and figures of all.

    `study.json` has "seconds" and "image_size", as in the flags; "step_times", as
    returned by `measure_step_times`; and "experiments", a list of the results of
    `run_experiment`.
    """
    settings = parse_study_settings()
    # Matplotlib and TensorFlow take seconds to import: a wrong flag is answered before.
    from recipe_study.figures import save_study_curves, save_study_images

    folder = make_output_folder(settings.output)
    with _handle_interrupts():
        study = _run_experiments(folder, settings)
    for name, table in create_tables(study).items():
        print(f"\n{name}\n\n{table}")
        with write_atomic(folder / f"{name}.md") as temporary:
            temporary.write_text(table + "\n", encoding="utf-8")
        save_study_curves(folder / f"{name}-curves.png", study, name)
        save_study_images(folder / f"{name}-images.png", folder, study, name)
    info(f"wrote the study to {folder}")


def _run_experiments(folder: Path, settings: Namespace) -> dict:
    step_times = _read_or_measure_step_times(folder, settings)
    experiments = list_experiments(settings.datasets, settings.recipes)
    study = {
        "seconds": settings.seconds,
        "image_size": settings.image_size,
        "step_times": step_times,
        "experiments": [],
    }
    for number, experiment in enumerate(experiments, start=1):
        dataset, variant, seed = experiment
        info(f"{number} of {len(experiments)}: {variant}, {dataset}, seed {seed}")
        seconds = step_times["steps"][variant]["seconds"]
        steps = max(1, round(settings.seconds / EPOCHS / seconds))
        flags = list_flags(experiment, settings.image_size, steps, settings.facades_url)
        study["experiments"].append(run_experiment(folder, experiment, flags))
        _write_json(folder / STUDY_FILE, study)
    return study


@contextlib.contextmanager
def _handle_interrupts() -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into the end of the study and of its training."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        raise RunStoppedError(
            "interrupted: run the same command again to resume the study",
            SIGNALLED + signal.SIGINT,
        ) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _read_or_measure_step_times(folder: Path, settings: Namespace) -> dict:
    """Measure only what is not stored: a resumed study keeps its steps."""
    asked = {"seconds": settings.seconds, "image_size": list(settings.image_size)}
    path, steps = folder / STEP_TIMES_FILE, {}
    if path.exists():
        stored = _read_step_times(path)
        if stored["asked"] != asked:
            height, width = stored["asked"]["image_size"]
            raise UserError(
                f"the study in {folder} has --seconds {stored['asked']['seconds']} and "
                f"--image-size {height}x{width}: resume it with these, or choose "
                f"another --output"
            )
        steps = stored["step_times"]["steps"]
        if steps.keys() >= set(settings.recipes):
            return stored["step_times"]
    missing = [recipe for recipe in settings.recipes if recipe not in steps]
    step_times = measure_in_new_process(
        missing, settings.image_size, MEASURED_SHARE * settings.seconds
    )
    step_times["steps"] = steps | step_times["steps"]
    _write_json(path, {"asked": asked, "step_times": step_times})
    return step_times


def _read_step_times(path: Path) -> dict:
    try:
        stored = read_json(path, MAX_STEP_TIMES)
        STEP_TIMES.check(stored)
    except (OSError, SchemaError) as error:
        raise UserError(
            f"{path} has no times of steps: {error}. Remove it to measure them again"
        ) from error
    return stored


def measure_in_new_process(
    variants: list[str], image_size: tuple[int, int], seconds: float
) -> dict:
    """Call `measure_step_times` in a process that returns its memory when it ends."""
    from recipe_study.step_time import measure_step_times

    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(measure_step_times, variants, image_size, seconds).result()


def _write_json(path: Path, content: dict) -> None:
    with write_atomic(path) as temporary:
        temporary.write_text(json.dumps(content) + "\n", encoding="utf-8")


def parse_study_settings() -> Namespace:
    """Parse the command line.

    Returns:
        Namespace, with `seconds`, `image_size`, `datasets`, `recipes`, `facades_url`
        and `output`.

    Raises:
        UserError: if a flag is unknown or its value is invalid.
    """
    parser = Parser(
        "python scripts/recipe_study",
        "Train the recipes, and variants with one change each, for a similar time, and "
        "compare their validation scores. The same command resumes an interrupted "
        "study.",
        "--seconds 60 --datasets streets",
    )
    parser.add_argument(
        "--seconds",
        type=parse_positive_float,
        metavar="X",
        default=180.0,
        help="the steps of a training are as many as take X seconds at the measured "
        "time per step; the training itself takes longer",
    )
    parser.add_argument(
        "--image-size",
        type=parse_size,
        metavar="N|HxW",
        default=(128, 128),
        help="pixels",
    )
    parser.add_argument(
        "--datasets",
        nargs="+",
        choices=tuple(DATASETS),
        default=list(DATASETS),
        metavar="NAME",
        help="what to train on",
    )
    parser.add_argument(
        "--recipes",
        nargs="+",
        choices=tuple(VARIANTS),
        default=list(VARIANTS),
        metavar="NAME",
        help="the recipes and variants to train",
    )
    parser.add_argument(
        "--facades-url",
        metavar="URL",
        help="the facades archive: an address on another server, or a local file",
    )
    parser.add_argument(
        "--output", metavar="DIR", default="study", help="the folder of the study"
    )
    return parser.parse_args()
