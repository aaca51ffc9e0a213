"""The figures of the study: curves, and images of each recipe for the same inputs."""

import shlex
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pyimagesearch.atomic import write_atomic
from pyimagesearch.data_preprocess import make_batches
from pyimagesearch.datasets.folders import list_pairs
from pyimagesearch.datasets.pairs import PairFiles
from pyimagesearch.datasets.stream import OrderedPass
from pyimagesearch.metrics.score_kinds import SCORE_KINDS
from pyimagesearch.training.training_settings import parse_training_settings
from pyimagesearch.translation.generator import load_generator
from pyimagesearch.visualization import save_grid
from recipe_study.experiments import COMPARED, GENERATOR, Experiment
from recipe_study.tables import CURVE_SCORES, group_by_variant

DPI = 110
PANEL = (3.2, 2.7)  # inches
ROWS = 4  # of images


def save_study_curves(path: Path, study: dict, task: str) -> None:
    """Draw each score over the seconds and over the images seen, as a PNG file.

    Args:
        path: Path, the file to write.
        study: dict, the content of `study.json`, see `study.main`.
        task: str, the name of the task.
    """
    variants = group_by_variant(study, task)
    first = next(iter(variants.values()))[0]["training"]["curve"][0]
    names = [name for name in CURVE_SCORES if name in first]
    size = (PANEL[0] * len(names), PANEL[1] * 2 + 0.6)
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, len(names), squeeze=False)
    for number, (variant, experiments) in enumerate(variants.items()):
        is_compared = variant in COMPARED
        style = {
            "color": f"C{number % 10}",
            "linestyle": "-" if is_compared else ":",
            "linewidth": 1.8 if is_compared else 1.1,
        }
        for experiment in experiments:
            training = experiment["training"]
            curve = training["curve"]
            seconds = [point["seconds"] for point in curve]
            images = [point["steps"] * training["batch_size"] for point in curve]
            for column, name in enumerate(names):
                values = [point[name] for point in curve]
                axes[0, column].plot(seconds, values, **style)
                axes[1, column].plot(images, values, **style)
        axes[0, 0].lines[-1].set_label(variant)
    for column, name in enumerate(names):
        axes[0, column].set_title(SCORE_KINDS[CURVE_SCORES[name]].title)
        axes[0, column].set_xlabel("seconds of training")
        axes[1, column].set_xlabel("images seen")
        for panel in axes[:, column]:
            panel.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    with write_atomic(path) as temporary:
        figure.savefig(temporary)


def save_study_images(path: Path, folder: Path, study: dict, task: str) -> None:
    """Draw unseen images, translated by each recipe, as a PNG file.

    Args:
        path: Path, the file to write.
        folder: Path, the folder of the study.
        study: dict, the content of `study.json`, see `study.main`.
        task: str, the name of the task.
    """
    variants = group_by_variant(study, task)
    experiments = [variants[name][0] for name in COMPARED if name in variants]
    first = next(iter(variants.values()))[0]
    settings = parse_training_settings(shlex.split(first["flags"]))
    pairs = list_pairs(settings.data, "val")
    spread = pairs[:: max(1, len(pairs) // ROWS)][:ROWS]
    files = PairFiles(spread, *settings.image_size, settings.label_side)
    batches = make_batches(OrderedPass(files, len(spread)), settings.direction)
    input_mask, target = next(batches.as_numpy_iterator())
    columns = {"Input": input_mask}
    for each in experiments:
        run = folder / Experiment(task, each["variant"], each["seed"]).folder
        generator = load_generator(run / GENERATOR)
        columns[each["variant"]] = generator(input_mask, training=False)
    save_grid(path, columns | {"Target": target})
