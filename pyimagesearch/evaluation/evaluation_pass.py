"""Evaluate the generator of a run on a whole dataset."""

import argparse
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.atomic import create_temporary_folder, report_as
from pyimagesearch.cli import (
    info,
    make_output_folder,
    progbar_verbose,
    show_lines,
    warning,
)
from pyimagesearch.data_preprocess import make_batches
from pyimagesearch.datasets.pairs import PairFiles, match_depth
from pyimagesearch.datasets.side_formats import PairFormat
from pyimagesearch.datasets.sources import Source, open_source_from_settings
from pyimagesearch.datasets.stream import OrderedPass
from pyimagesearch.devices import configure_devices
from pyimagesearch.errors import UserError
from pyimagesearch.evaluation.evaluation_settings import REPORT_FOLDER
from pyimagesearch.evaluation.evaluator_choice import build_evaluators
from pyimagesearch.evaluation.evaluators import Evaluator, LabelEvaluator
from pyimagesearch.evaluation.report import replace_images, save_images, write_page
from pyimagesearch.evaluation.scores import (
    COPY,
    MEAN,
    MODEL,
    format_scores,
    write_metrics,
)
from pyimagesearch.run_record import read_history, read_run_record
from pyimagesearch.translation.generator import (
    create_predictor,
    get_channels,
    load_generator,
)
from pyimagesearch.translation.run_settings import find_formats, find_generator
from pyimagesearch.visualization import to_display


def evaluate_run(settings: argparse.Namespace) -> None:
    """Evaluate a generator and write `metrics.json`, `metrics.csv` and the report.

    Args:
        settings: argparse.Namespace, as returned by `parse_evaluation_settings`.

    Raises:
        UserError: if the generator or the pairs cannot be used.
    """
    configure_devices(deterministic=True)  # every run gives the same scores
    model = find_generator(settings)
    info(f"loading the generator from {model}...")
    generator = load_generator(model)
    formats = find_formats(settings, model, get_channels(generator))
    source = open_source_from_settings(settings)
    shape = _get_batch_shape(generator, model, settings.batch_size)
    files = _open_files(source, formats, shape, settings.split)
    evaluators = build_evaluators(settings, source, len(files), shape, formats)
    record, history = _read_run(settings)
    pairs = make_batches(OrderedPass(files, settings.batch_size), source.direction)
    check_labels(pairs, evaluators)
    has_copy = _has_copy(formats)
    output = make_output_folder(settings.output or Path(settings.run, REPORT_FOLDER))
    mean = _compute_training_mean(source, formats, shape)

    info(f"evaluating {len(files)} pairs from {source.folder}...")
    with create_temporary_folder(output) as images, report_as(output, images):
        count = settings.gallery if settings.report else 0
        evaluation = {
            "model": str(model),
            "segmenter": settings.segmenter,
            "split": settings.split,
            "pairs": len(files),
            **_describe_data(source, formats, shape),
            **evaluate_pairs(
                pairs,
                [f"{settings.split}/{pair.name}" for pair in files.pairs],
                create_predictor(generator, settings.batch_size),
                mean,
                has_copy,
                evaluators,
                _create_gallery(images, len(files), count),
            ),
        }
        write_metrics(output, evaluation)
        if settings.report:
            replace_images(output, images)
            write_page(output, evaluation, record, history)
    show_lines(format_scores(evaluation["scores"]))
    info(f"wrote the results to {output}")


def _describe_data(source: Source, formats: PairFormat, shape) -> dict:
    return {
        "folder": str(source.folder),
        "direction": source.direction,
        "image_size": list(shape[1:3]),
        "input": formats.input.describe(),
        "target": formats.target.describe(),
        "shown": {name: side.caption for name, side in formats._asdict().items()},
    }


def _has_copy(formats: PairFormat) -> bool:
    """Return whether an input can be compared with its target, as a baseline."""
    input_kind, target_kind = ((side.channels, side.value_range) for side in formats)
    if input_kind != target_kind:
        info(f"the baseline {COPY!r} is left out: inputs are of another kind")
    return input_kind == target_kind


def _read_run(settings) -> tuple[dict | None, list[dict[str, float]]]:
    """Read the record and the history, which belong to the run's own generator."""
    if settings.model:
        return None, []
    folder = Path(settings.run)
    return read_run_record(folder), read_history(folder / config.HISTORY_FILE)


def _get_batch_shape(generator, model, batch_size: int) -> tuple[int, ...]:
    """Return the shape of a full batch of targets, (batch_size, H, W, C)."""
    if None in generator.input_shape[1:]:
        raise UserError(
            f"{model} accepts images of any size, and scores need a fixed size: pass "
            f"the generator of the training with --model, not an exported file"
        )
    return (batch_size, *generator.output_shape[1:])


def _open_files(source: Source, formats: PairFormat, shape, split: str) -> PairFiles:
    pairs = source.pairs.list_pairs(split)
    sides = match_depth(pairs, formats.order_sides(source.direction))
    return PairFiles(pairs, *shape[1:3], source.label_side, sides)


def check_labels(pairs: tf.data.Dataset, evaluators: list[Evaluator]) -> None:
    """Check that the label maps have a class, reading no more pairs than needed.

    Args:
        pairs: tf.data.Dataset, batches of (inputMask, realImage), float32 (B, H, W, C)
            and (B, H, W, D).
        evaluators: list of Evaluator; only a `LabelEvaluator` needs labels.

    Raises:
        UserError: if all pixels of all label maps are unlabelled.
    """
    for evaluator in evaluators:
        if isinstance(evaluator, LabelEvaluator) and not any(
            evaluator.has_labels(*batch) for batch in pairs.as_numpy_iterator()
        ):
            raise UserError(
                "no pixel of the label maps has the color of a class: pass the palette "
                "of these label maps with --palette"
            )


def _compute_training_mean(
    source: Source, formats: PairFormat, shape
) -> np.ndarray | None:
    """Compute the mean of the training targets, or None without training pairs."""
    try:
        files = _open_files(source, formats, shape, "train")
    except UserError as error:  # the training pairs are only needed for this baseline
        warning(f"the baseline {MEAN!r} is left out, it needs training pairs: {error}")
        return None
    info(f"computing the mean of {len(files)} training targets...")
    pairs = make_batches(OrderedPass(files, shape[0]), source.direction)
    return compute_mean_image(pairs, len(files))


def compute_mean_image(pairs: tf.data.Dataset, number: int) -> np.ndarray:
    """Compute the mean of all targets: the best constant guess.

    Args:
        pairs: tf.data.Dataset, batches of (inputMask, realImage), float32 (B, H, W, C)
            and (B, H, W, D).
        number: int, how many pairs there are.

    Returns:
        float32 array (H, W, D).
    """
    progress = _create_progress(number)
    total = 0.0
    for _, target in pairs.as_numpy_iterator():
        total = total + target.sum(0, dtype=np.float64)
        progress.add(len(target))
    return (total / number).astype(np.float32)


def _create_progress(number: int) -> keras.utils.Progbar:
    return keras.utils.Progbar(number, verbose=progbar_verbose(), unit_name="pair")


def _create_gallery(folder: Path, number: int, count: int) -> Callable:
    """Create a function that saves the images of `count` evenly spread pairs."""
    spread = np.linspace(0, number - 1, min(count, number))
    chosen = set(spread.round().astype(int).tolist())

    def save(index: int, *images: np.ndarray) -> None:
        if index in chosen:
            save_images(folder, index + 1, *images)

    return save


def evaluate_pairs(
    pairs: tf.data.Dataset,
    names: list[str],
    predict: Callable[[np.ndarray], np.ndarray],
    mean: np.ndarray | None,
    has_copy: bool,
    evaluators: list[Evaluator],
    save: Callable[[int, np.ndarray, np.ndarray, np.ndarray], None],
) -> dict:
    """Evaluate a generator and its baselines, batch by batch.

    Args:
        pairs: tf.data.Dataset, batches of (inputMask, realImage), float32 (B, H, W, C)
            and (B, H, W, D) in [-1, 1].
        names: list of str, the name of every pair, in order.
        predict: callable, as returned by `create_predictor`.
        mean: float32 array (H, W, D), as returned by `compute_mean_image`, or None.
        has_copy: bool, whether the inputs are images like the targets: a baseline.
        evaluators: list of Evaluator.
        save: callable, gets the index, input, prediction and target of every pair; the
            images are uint8 (H, W, 3).

    Returns:
        dict with "scores" (maps a name to its entry, see `scores.create_entry`),
        "classes" (list, see `LabelEvaluator.compute_class_scores`, or None without
        label maps) and "images" (list of {"name", "scores"}).
    """
    progress = _create_progress(len(names))
    index = 0
    for input_mask, target in pairs.as_numpy_iterator():
        prediction = predict(input_mask)
        outputs = {MODEL: prediction}
        if has_copy:
            outputs[COPY] = input_mask
        if mean is not None:
            outputs[MEAN] = np.broadcast_to(mean, target.shape)
        for evaluator in evaluators:
            evaluator.add(input_mask, target, outputs)
        columns = map(to_display, (input_mask, prediction, target))
        for images in zip(*columns, strict=True):
            save(index, *images)
            index += 1
        progress.add(len(target))
    return _collect_scores(evaluators, names)


def _collect_scores(evaluators: list[Evaluator], names: list[str]) -> dict:
    scores, image_scores, classes = {}, {}, None
    for evaluator in evaluators:
        scores |= evaluator.compute_scores()
        image_scores |= evaluator.compute_image_scores()
        if isinstance(evaluator, LabelEvaluator):
            classes = evaluator.compute_class_scores()
    return {
        "scores": scores,
        "classes": classes,
        "images": [
            {"name": name, "scores": {s: image_scores[s][i] for s in image_scores}}
            for i, name in enumerate(names)
        ],
    }
