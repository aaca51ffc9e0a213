"""The figures of the study: curves, and images of each recipe for the same inputs."""

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pyimagesearch import config
from pyimagesearch.atomic import write_atomic
from pyimagesearch.data_preprocess import make_batches
from pyimagesearch.datasets.pairs import PairFiles
from pyimagesearch.datasets.sources import open_source_from_settings
from pyimagesearch.datasets.stream import OrderedPass
from pyimagesearch.metrics.score_kinds import SCORE_KINDS
from pyimagesearch.training.training_settings import parse_training_settings
from pyimagesearch.translation.generator import load_generator
from pyimagesearch.visualization import save_grid
from recipe_study.experiments import RECIPES, Experiment
from recipe_study.tables import group_by_variant, list_scores

DPI = 110
PANEL = (3.2, 2.7)  # inches
ROWS = 4  # of images


def save_study_curves(path: Path, study: dict, dataset: str) -> None:
    """Draw each score over the seconds and over the images seen, as a PNG file.

    The seconds of an epoch are an equal share of what the training took.

    Args:
        path: Path, the file to write.
        study: dict, the content of `study.json`, see `study.main`.
        dataset: str, the name of the dataset.
    """
    scores = list_scores(study, dataset)
    size = (PANEL[0] * len(scores), PANEL[1] * 2 + 0.6)
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, len(scores), squeeze=False)
    variants = group_by_variant(study, dataset)
    for number, (variant, experiments) in enumerate(variants.items()):
        is_recipe = variant in RECIPES
        style = {
            "color": f"C{number % 10}",
            "linestyle": "-" if is_recipe else ":",
            "linewidth": 1.8 if is_recipe else 1.1,
        }
        for experiment in experiments:
            curve = experiment["curve"]
            share = np.arange(1, len(curve) + 1) / len(curve)
            images = share * experiment["steps"] * experiment["batch_size"]
            for column, score in enumerate(scores):
                values = [point[score] for point in curve]
                axes[0, column].plot(share * experiment["seconds"], values, **style)
                axes[1, column].plot(images, values, **style)
        axes[0, 0].lines[-1].set_label(variant)
    for column, score in enumerate(scores):
        axes[0, column].set_title(SCORE_KINDS[score].title)
        axes[0, column].set_xlabel("seconds of training")
        axes[1, column].set_xlabel("images seen")
        for panel in axes[:, column]:
            panel.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    with write_atomic(path) as temporary:
        figure.savefig(temporary)


def save_study_images(path: Path, folder: Path, study: dict, dataset: str) -> None:
    """Draw validation images, translated by each recipe, as a PNG file.

    Args:
        path: Path, the file to write.
        folder: Path, the folder of the study.
        study: dict, the content of `study.json`, see `study.main`.
        dataset: str, the name of the dataset.
    """
    variants = group_by_variant(study, dataset)
    experiments = [variants[recipe][0] for recipe in RECIPES if recipe in variants]
    first = next(iter(variants.values()))[0]
    settings = parse_training_settings(first["flags"].split())
    source = open_source_from_settings(settings)
    pairs = source.pairs.list_pairs("val")
    spread = pairs[:: max(1, len(pairs) // ROWS)][:ROWS]
    files = PairFiles(spread, *settings.image_size, source.label_side)
    batches = make_batches(OrderedPass(files, len(spread)), source.direction)
    input_mask, target = next(batches.as_numpy_iterator())
    columns = {"Input": input_mask}
    for each in experiments:
        run = folder / Experiment(dataset, each["variant"], each["seed"]).folder
        generator = load_generator(run / config.GENERATOR_FILE)
        columns[each["variant"]] = generator(input_mask, training=False)
    save_grid(path, columns | {"Target": target})
