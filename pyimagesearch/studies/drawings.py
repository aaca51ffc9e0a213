"""The study's pictures: curves, and what the recipes make of the same inputs."""

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pyimagesearch import config
from pyimagesearch.atomic import write_atomic
from pyimagesearch.data_preprocess import make_batches
from pyimagesearch.datasets.folders import list_pairs
from pyimagesearch.datasets.pairs import PairFiles
from pyimagesearch.datasets.sources import open_source_from_settings
from pyimagesearch.datasets.stream import OrderedPass
from pyimagesearch.metrics.score_kinds import SCORE_KINDS
from pyimagesearch.studies.plan import POINTS, RECIPES, SEEDS, Cell
from pyimagesearch.studies.summary import of_variants, scores_of
from pyimagesearch.training.training_settings import parse_training_settings
from pyimagesearch.translation.generator import load_generator
from pyimagesearch.visualization import save_grid

DPI = 110
PANEL = (3.2, 2.7)  # inches
ROWS = 4  # of pictures


def save_study_curves(path: Path, study: dict, name: str) -> None:
    """Draws each score over the seconds and over the pictures seen, and saves a PNG.

    Args:
        path: the file to write.
        study: see `study.main`.
        name: the set.
    """
    scores = scores_of(study, name)
    variants = of_variants(study, name)
    size = (PANEL[0] * len(scores), PANEL[1] * 2 + 0.6)
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, len(scores), squeeze=False)
    for column, score in enumerate(scores):
        for place, (variant, cells) in enumerate(variants.items()):
            for cell in cells:
                first = cell is cells[0]
                look = {
                    "color": f"C{place % 10}",
                    "linestyle": "-" if variant in RECIPES else ":",
                    "linewidth": 1.8 if variant in RECIPES else 1.1,
                    "label": variant if first and not column else None,
                }
                values = [point[score] for point in cell["curve"]]
                part = np.arange(1, len(values) + 1) / POINTS
                axes[0, column].plot(part * study["seconds"], values, **look)
                look["label"] = None
                images = part * cell["steps"] * cell["batch_size"]
                axes[1, column].plot(images, values, **look)
        axes[0, column].set_title(SCORE_KINDS[score].title)
        axes[0, column].set_xlabel("seconds")
        axes[1, column].set_xlabel("pictures seen")
        for panel in axes[:, column]:
            panel.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    with write_atomic(path) as temporary:
        figure.savefig(temporary)


def save_study_pictures(path: Path, folder: Path, study: dict, name: str) -> None:
    """Draws validation pictures as each recipe makes them, and saves a PNG.

    Args:
        path: the file to write.
        folder: the study's.
        study: see `study.main`.
        name: the set.
    """
    variants = of_variants(study, name)
    cells = [variants[recipe][0] for recipe in RECIPES if recipe in variants]
    settings = parse_training_settings(cells[0]["flags"].split())
    source = open_source_from_settings(settings)
    pairs = list_pairs(source.folder, "val", settings.val_fraction)
    spread = pairs[:: max(1, len(pairs) // ROWS)][:ROWS]
    files = PairFiles(spread, *settings.image_size, source.label_side)
    ordered = make_batches(OrderedPass(files, len(spread)), source.direction)
    input_mask, target = next(ordered.as_numpy_iterator())
    columns = {"Input": input_mask}
    for cell in cells:
        run = folder / Cell(name, cell["variant"], SEEDS[0]).folder
        generator = load_generator(run / config.GENERATOR_FILE)
        columns[cell["variant"]] = generator(input_mask, training=False)
    save_grid(path, columns | {"Target": target})
