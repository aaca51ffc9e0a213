"""`python -m pyimagesearch.evaluate`: a trained generator's scores on a whole set."""

import tempfile
from collections.abc import Callable
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
from pyimagesearch.evaluation.report import replace_images, save_images, write_page
from pyimagesearch.results.evaluation.files import table, write_metrics
from pyimagesearch.results.evaluation.flags import REPORT_FOLDER, evaluation_settings
from pyimagesearch.results.evaluation.judges import chosen_judges
from pyimagesearch.results.evaluation.mean_picture import mean_picture
from pyimagesearch.results.evaluation.stream import evaluated
from pyimagesearch.results.fixed_size import predictor
from pyimagesearch.results.generator_file import load_generator
from pyimagesearch.training.devices import prepare_devices
from pyimagesearch.training.history import read_history
from pyimagesearch.training.record import read_record


def main() -> None:
    """Scores the generator, and writes the figures and the page."""
    settings = evaluation_settings()
    prepare_devices(deterministic=True)  # the same figures on every run
    folder = Path(settings.run)
    model = settings.model or folder / config.GENERATOR_FILE
    info(f"loading the generator from {model}...")
    generator = load_generator(model)
    source = source_of(settings)
    shape = _batch_shape(generator, model, settings.batch_size)
    judges = chosen_judges(settings, source, shape)
    files = _files(source, settings, shape, settings.split)
    # What the run says of itself is not said of another model.
    record = None if settings.model else read_record(folder)
    history = [] if settings.model else read_history(folder / config.HISTORY_FILE)
    output = writable_folder(settings.output or folder / REPORT_FOLDER)
    mean = _mean_of_training(source, settings, shape)

    info(f"scoring {len(files)} pairs from {source.folder}...")
    with tempfile.TemporaryDirectory(dir=output, prefix=".pictures-") as pictures:
        count = settings.gallery if settings.report else 0
        results = evaluated(
            batches(OrderedPass(files, settings.batch_size), source.direction),
            [f"{settings.split}/{pair.name}" for pair in files.pairs],
            predictor(generator, settings.batch_size),
            mean,
            judges,
            _gallery(Path(pictures), len(files), count),
        )
        evaluation = {
            "model": str(model),
            "segmenter": settings.segmenter,
            "folder": str(source.folder),
            "split": settings.split,
            "pairs": len(files),
            "direction": source.direction,
            "image_size": list(shape[1:3]),
            **results,
        }
        write_metrics(output, evaluation)
        if settings.report:
            replace_images(output, Path(pictures))
            write_page(output, evaluation, record, history)
    print(table(evaluation["scores"]))
    info(f"wrote the results to {output}")


def _batch_shape(generator, model, batch_size: int) -> tuple[int, ...]:
    """Of a full batch, (batch_size, H, W, 3)."""
    if None in generator.input_shape[1:]:
        raise UserError(
            f"{model} takes pictures of any size, and scores compare at one: --model "
            f"names the generator that it was made from"
        )
    return (batch_size, *generator.input_shape[1:])


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


def _gallery(folder: Path, pairs: int, count: int) -> Callable:
    """Saves the pictures of `count` pairs that are spread over the set."""
    spread = np.linspace(0, pairs - 1, min(count, pairs))
    shown = set(spread.round().astype(int).tolist())

    def show(number: int, *pictures: np.ndarray) -> None:
        if number in shown:
            save_images(folder, number + 1, *pictures)

    return show


if __name__ == "__main__":
    run(main)
