"""The command: run the experiments, write tables and figures."""

import contextlib
import json
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
from pyimagesearch.schemas import Integer, Items, Number, Record, SchemaError, read_json
from recipe_study.experiments import (
    SEEDS,
    TASKS,
    VARIANTS,
    Experiment,
    get_dataset,
    get_segmenter,
    list_experiments,
    list_flags,
    run_experiment,
)
from recipe_study.tables import create_tables
from recipe_study.unseen_pairs import prepare_pairs

STUDY_FILE = "study.json"
MAX_STUDY = 32_000_000  # bytes
ASKED = {"seconds": Number(0), "image_size": Items(Integer(1), length=2)}


def main() -> None:
    """Run the experiments that are missing, and write tables and figures of all.

    `study.json` has "seconds" and "image_size", as in the flags, and "experiments", a
    list of the results of `run_experiment`.
    """
    settings = parse_study_settings()
    # Matplotlib and TensorFlow take seconds to import: a wrong flag is answered before.
    from recipe_study.figures import save_study_curves, save_study_images

    folder = make_output_folder(settings.output)
    _check_same_study(folder / STUDY_FILE, settings)
    with _handle_interrupts():
        study = _run_experiments(folder, settings)
    for task, table in create_tables(study).items():
        print(f"\n{task}\n\n{table}")
        with write_atomic(folder / f"{task}.md") as temporary:
            temporary.write_text(table + "\n", encoding="utf-8")
        save_study_curves(folder / f"{task}-curves.png", study, task)
        save_study_images(folder / f"{task}-images.png", folder, study, task)
    info(f"wrote the study to {folder}")


def _check_same_study(path: Path, settings: Namespace) -> None:
    if not path.exists():
        return
    try:
        stored = read_json(path, MAX_STUDY)
        Record(ASKED).check(stored)
    except (OSError, SchemaError) as error:
        raise UserError(f"{path} is not of a study: {error}. Remove it") from error
    if [stored[name] for name in ASKED] != [settings.seconds, [*settings.image_size]]:
        height, width = stored["image_size"]
        raise UserError(
            f"the study in {path.parent} has --seconds {stored['seconds']} and "
            f"--image-size {height}x{width}: resume it with these, or choose another "
            f"--output"
        )


def _run_experiments(folder: Path, settings: Namespace) -> dict:
    listed = list_experiments(settings.tasks, settings.recipes, settings.seeds)
    study = {
        "seconds": settings.seconds,
        "image_size": settings.image_size,
        "experiments": [],
    }
    for number, experiment in enumerate(listed, start=1):
        task, variant, seed = experiment
        info(f"{number} of {len(listed)}: {variant}, {task}, seed {seed}")
        for each in filter(None, (get_segmenter(experiment), experiment)):
            result = _run(folder, each, settings)
        study["experiments"].append(result)
        _write_json(folder / STUDY_FILE, study)
    return study


def _run(folder: Path, experiment: Experiment, settings: Namespace) -> dict:
    dataset, _ = get_dataset(experiment.task)
    url = settings.facades_url if dataset == "facades" else None
    pairs = prepare_pairs(folder, dataset, url, settings.tune)
    flags = list_flags(experiment, pairs, settings.image_size)
    return run_experiment(folder, experiment, flags, settings.seconds)


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


def _write_json(path: Path, content: dict) -> None:
    with write_atomic(path) as temporary:
        temporary.write_text(json.dumps(content) + "\n", encoding="utf-8")


def parse_study_settings() -> Namespace:
    """Parse the command line.

    Returns:
        Namespace, with `seconds`, `image_size`, `tasks`, `recipes`, `seeds`, `tune`,
        `facades_url` and `output`.

    Raises:
        UserError: if a flag is unknown or its value is invalid.
    """
    parser = Parser(
        "python scripts/recipe_study",
        "Train the recipes, and fast without each of its parts, for equal times, and "
        "score them on pairs that no setting was chosen on. The same command resumes "
        "an interrupted study.",
        "--seconds 60 --tasks facades --recipes tutorial fast",
    )
    add = parser.add_argument
    text = "seconds that the steps of each training take"
    number = {"type": parse_positive_float, "metavar": "X", "default": 180.0}
    add("--seconds", **number, help=text)
    size = {"type": parse_size, "metavar": "N|HxW", "default": (128, 128)}
    add("--image-size", **size, help="pixels")
    several = {"nargs": "+", "metavar": "NAME"}
    names = {"choices": tuple(TASKS), "default": list(TASKS), **several}
    add("--tasks", **names, help=f"what to train: {', '.join(TASKS)}")
    names = {"choices": tuple(VARIANTS), "default": list(VARIANTS), **several}
    add("--recipes", **names, help="the recipes and variants to train")
    seeds = {"type": int, "choices": SEEDS, "default": list(SEEDS), "nargs": "+"}
    add("--seeds", **seeds, help="the seeds of each training")
    text = "choose settings: score an eighth of the training pairs, train on the rest"
    add("--tune", action="store_true", help=text)
    text = "the facades archive: an address on another server, or a local file"
    add("--facades-url", metavar="URL", help=text)
    add("--output", metavar="DIR", default="study", help="the folder of the study")
    return parser.parse_args()
