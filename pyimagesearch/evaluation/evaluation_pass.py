"""One pass over a dataset that evaluates a generator."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.cli import (
    info,
    make_output_folder,
    progbar_verbose,
    warning,
)
from pyimagesearch.data_preprocess import make_batches
from pyimagesearch.datasets.folders import list_pairs
from pyimagesearch.datasets.pairs import PairFiles
from pyimagesearch.datasets.palettes import choose_palette
from pyimagesearch.datasets.sources import Source, open_source_from_settings
from pyimagesearch.datasets.stream import OrderedPass
from pyimagesearch.devices import configure_devices
from pyimagesearch.errors import UserError
from pyimagesearch.evaluation.evaluation_settings import (
    REPORT_FOLDER,
)
from pyimagesearch.evaluation.evaluators import (
    FEATURE_METRICS,
    FeatureEvaluator,
    ImageEvaluator,
    LabelEvaluator,
    ReadBackEvaluator,
    create_inception,
)
from pyimagesearch.evaluation.report import replace_images, save_images, write_page
from pyimagesearch.evaluation.scores import (
    COPY,
    MEAN,
    MODEL,
    format_scores,
    write_metrics,
)
from pyimagesearch.run_record import read_history, read_run_record
from pyimagesearch.translation.generator import create_predictor, load_generator
from pyimagesearch.visualization import to_uint8


def compute_mean_image(pairs: tf.data.Dataset, number: int) -> np.ndarray:
    """The mean over all targets: the best guess of one who does not see the input.

    Args:
        pairs: batches of (inputMask, realImage), each float32 (B, H, W, 3), once.
        number: how many pairs there are.

    Returns:
        float32 (H, W, 3).
    """
    progress = keras.utils.Progbar(number, verbose=progbar_verbose(), unit_name="pair")
    total = 0.0
    for _, target in pairs.as_numpy_iterator():
        total = total + target.sum(0, dtype=np.float64)
        progress.add(len(target))
    return (total / number).astype(np.float32)


def build_evaluators(
    settings: argparse.Namespace, source: Source, shape: tuple[int, ...]
) -> list:
    """What scores the pictures, in the order of the scores.

    Args:
        settings: the flags `palette`, `segmenter`, `fid`, `kid` and `dataset`.
        source: of the pairs.
        shape: of a full batch, (batch_size, H, W, 3).

    Raises:
        UserError: where a flag does not go with the pairs, or what it names cannot be
            had.
    """
    palette = choose_palette(settings.palette, settings.dataset)
    if settings.palette and not (source.makes_labels or source.reads_labels):
        raise UserError(
            f"--palette {settings.palette} is for label maps, and neither side of the "
            f"pairs is one: --label-side says which"
        )
    judges = [ImageEvaluator(shape)]
    if source.makes_labels and palette:
        judges.append(LabelEvaluator(palette))
    elif source.makes_labels:
        info("no label scores: --palette names the colours of the classes")
    if settings.segmenter:
        if not source.reads_labels or palette is None:
            raise UserError(
                "--segmenter reads photos back into the labels they were made from: "
                "it takes --palette, and --label-side for the side of the input"
            )
        segmenter = _load_segmenter(settings.segmenter, source.direction, shape)
        judges.append(ReadBackEvaluator(palette, segmenter))
    names = [name for name in FEATURE_METRICS if getattr(settings, name)]
    if names:
        judges.append(FeatureEvaluator(names, create_inception(shape)))
    return judges


def _load_segmenter(path: str, direction: str, shape: tuple[int, ...]) -> Callable:
    segmenter = load_generator(path)
    if segmenter.input_shape[1:] != shape[1:]:
        sizes = ["x".join(map(str, s[1:3])) for s in (segmenter.input_shape, shape)]
        raise UserError(
            f"--segmenter {path} takes pictures of {sizes[0]}, and the generator makes "
            f"{sizes[1]}: both are to be trained with one --image-size"
        )
    record = read_run_record(Path(path).absolute().parent.parent)
    if record and record.get("source", {}).get("direction") == direction:
        raise UserError(
            f"--segmenter {path} was trained {direction}, as the generator was: it is "
            f"to be one of the other direction"
        )
    return create_predictor(segmenter, shape[0], "--segmenter")


def evaluate_pairs(
    pairs: tf.data.Dataset,
    names: list[str],
    predict: Callable[[np.ndarray], np.ndarray],
    mean: np.ndarray | None,
    judges: list,
    show: Callable[[int, np.ndarray, np.ndarray, np.ndarray], None],
) -> dict:
    """Scores a generator and what it is held against, batch by batch.

    Args:
        pairs: batches of (inputMask, realImage), each float32 (B, H, W, 3), once.
        names: the pairs', in their order.
        predict: the generator; see `fixed_size.predictor`.
        mean: of `mean_picture`, None where there is none.
        judges: such as `PictureScores`.
        show: is given the number, input, prediction and target of each picture, uint8
            (H, W, 3).

    Returns:
        "scores": {name: see `scores.entry`}; "classes": a list of {"name", "color",
        "share", "accuracy", "iou"}, None where no label maps are scored; "images": a
        list of {"name", "scores"}.
    """
    progress = keras.utils.Progbar(
        len(names), verbose=progbar_verbose(), unit_name="pair"
    )
    number = 0
    for input_mask, target in pairs.as_numpy_iterator():
        generated = predict(input_mask)
        outputs = {MODEL: generated, COPY: input_mask}
        if mean is not None:
            outputs[MEAN] = np.broadcast_to(mean, target.shape)
        for judge in judges:
            judge.add(input_mask, target, outputs)
        for pictures in zip(
            *map(to_uint8, (input_mask, generated, target)), strict=True
        ):
            show(number, *pictures)
            number += 1
        progress.add(len(target))

    scores, of_pictures, classes = {}, {}, None
    for judge in judges:
        scores |= judge.scores()
        of_pictures |= judge.of_pictures()
        if isinstance(judge, LabelEvaluator):
            classes = judge.of_classes()
    return {
        "scores": scores,
        "classes": classes,
        "images": [
            {
                "name": name,
                "scores": {score: of_pictures[score][i] for score in of_pictures},
            }
            for i, name in enumerate(names)
        ],
    }


def evaluate_run(settings: argparse.Namespace) -> None:
    """Score a generator, and write `metrics.json`, `metrics.csv` and the report.

    Args:
        settings: Namespace, as returned by `parse_evaluation_settings`.
    """
    configure_devices(deterministic=True)  # the same figures on every run
    folder = Path(settings.run)
    model = settings.model or folder / config.GENERATOR_FILE
    info(f"loading the generator from {model}...")
    generator = load_generator(model)
    source = open_source_from_settings(settings)
    shape = _get_batch_shape(generator, model, settings.batch_size)
    judges = build_evaluators(settings, source, shape)
    files = _open_files(source, settings, shape, settings.split)
    # What the run says of itself is not said of another model.
    record = None if settings.model else read_run_record(folder)
    history = [] if settings.model else read_history(folder / config.HISTORY_FILE)
    output = make_output_folder(settings.output or folder / REPORT_FOLDER)
    mean = _compute_training_mean(source, settings, shape)

    info(f"scoring {len(files)} pairs from {source.folder}...")
    with tempfile.TemporaryDirectory(dir=output, prefix=".pictures-") as pictures:
        count = settings.gallery if settings.report else 0
        results = evaluate_pairs(
            make_batches(OrderedPass(files, settings.batch_size), source.direction),
            [f"{settings.split}/{pair.name}" for pair in files.pairs],
            create_predictor(generator, settings.batch_size),
            mean,
            judges,
            _create_gallery(Path(pictures), len(files), count),
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
    print(format_scores(evaluation["scores"]))
    info(f"wrote the results to {output}")


def _get_batch_shape(generator, model, batch_size: int) -> tuple[int, ...]:
    """Of a full batch, (batch_size, H, W, 3)."""
    if None in generator.input_shape[1:]:
        raise UserError(
            f"{model} takes pictures of any size, and scores compare at one: --model "
            f"names the generator that it was made from"
        )
    return (batch_size, *generator.input_shape[1:])


def _open_files(source: Source, settings, shape, split: str) -> PairFiles:
    pairs = list_pairs(source.folder, split, settings.val_fraction)
    return PairFiles(pairs, *shape[1:3], source.label_side)


def _compute_training_mean(source: Source, settings, shape) -> np.ndarray | None:
    try:
        files = _open_files(source, settings, shape, "train")
    except UserError as error:  # pairs to score are enough to score
        warning(f"there is no mean picture to compare with: {error}")
        return None
    info(f"taking the mean of {len(files)} training targets...")
    pairs = make_batches(OrderedPass(files, settings.batch_size), source.direction)
    return compute_mean_image(pairs, len(files))


def _create_gallery(folder: Path, pairs: int, count: int) -> Callable:
    """Saves the pictures of `count` pairs that are spread over the set."""
    spread = np.linspace(0, pairs - 1, min(count, pairs))
    shown = set(spread.round().astype(int).tolist())

    def show(number: int, *pictures: np.ndarray) -> None:
        if number in shown:
            save_images(folder, number + 1, *pictures)

    return show
