"""`python -m pyimagesearch.evaluate`: a trained generator's scores on a whole set."""

import csv
from pathlib import Path

import numpy as np

from pyimagesearch import config  # first: it turns TensorFlow's start-up noise down

# isort: split
from pyimagesearch.command_line import run, source_of, writable_folder
from pyimagesearch.console import info, warning
from pyimagesearch.data_preprocess import batches
from pyimagesearch.datasets.folders import list_pairs
from pyimagesearch.datasets.pairs import PairFiles
from pyimagesearch.datasets.sources import Source
from pyimagesearch.datasets.stream import OrderedPass
from pyimagesearch.errors import UserError
from pyimagesearch.results.evaluation.files import table, write_metrics
from pyimagesearch.results.evaluation.fixed_size import predictor
from pyimagesearch.results.evaluation.flags import REPORT_FOLDER, evaluation_settings
from pyimagesearch.results.evaluation.judges import chosen_judges
from pyimagesearch.results.evaluation.mean_picture import mean_picture
from pyimagesearch.results.evaluation.stream import evaluated
from pyimagesearch.results.generator_file import load_generator
from pyimagesearch.results.report import remove_pictures, save_pictures, write_page
from pyimagesearch.training.record import read_record


def main() -> None:
    """Scores the generator, and writes the figures and the page."""
    settings = evaluation_settings()
    folder = Path(settings.run)
    model = settings.model or folder / config.GENERATOR_FILE
    info(f"loading the generator from {model}...")
    generator = load_generator(model)
    source = source_of(settings)
    shape = (settings.batch_size, *generator.input_shape[1:])
    judges = chosen_judges(settings, source, shape)
    files = _files(source, settings, shape, settings.split)
    output = writable_folder(settings.output or folder / REPORT_FOLDER)
    mean = _mean_of_training(source, settings, shape)

    shown = set()
    if settings.report:
        remove_pictures(output)
        count = min(settings.gallery, len(files))
        shown = set(np.linspace(0, len(files) - 1, count).round().astype(int).tolist())

    def show(number, *pictures):
        if number in shown:
            save_pictures(output, number + 1, *pictures)

    info(f"scoring {len(files)} pairs from {source.folder}...")
    evaluation = {
        "model": str(model),
        "split": settings.split,
        "pairs": len(files),
        "direction": source.direction,
        "image_size": list(shape[1:3]),
        **evaluated(
            batches(OrderedPass(files, settings.batch_size), source.direction),
            [f"{settings.split}/{pair.name}" for pair in files.pairs],
            predictor(generator, settings.batch_size),
            mean,
            judges,
            show,
        ),
    }
    write_metrics(output, evaluation)
    if settings.report:  # what the run says of itself is not said of another model
        record = None if settings.model else read_record(folder)
        history = [] if settings.model else _history(folder / config.HISTORY_FILE)
        write_page(output, evaluation, record, history)
    print(table(evaluation["scores"]))
    info(f"wrote the results to {output}")


def _files(source: Source, settings, shape, split: str) -> PairFiles:
    pairs = list_pairs(source.folder, split, settings.val_fraction)
    return PairFiles(pairs, *shape[1:3], source.label_side)


def _mean_of_training(source: Source, settings, shape) -> np.ndarray | None:
    try:
        files = _files(source, settings, shape, "train")
    except UserError as error:  # pairs to score are enough to score
        warning(f"there is no mean picture to compare with: {error}")
        return None
    info(f"taking the mean of {len(files)} training targets...")
    pairs = batches(OrderedPass(files, settings.batch_size), source.direction)
    return mean_picture(pairs, len(files))


def _history(path: Path) -> list[dict[str, float]]:
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            {name: float(value) for name, value in row.items()}
            for row in csv.DictReader(file)
        ]


if __name__ == "__main__":
    run(main)
