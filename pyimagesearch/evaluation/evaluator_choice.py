"""Choose and build the evaluators that the flags ask for."""

import argparse
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from pyimagesearch.cli import info
from pyimagesearch.datasets.palettes import choose_palette
from pyimagesearch.datasets.side_formats import PairFormat
from pyimagesearch.datasets.sources import Source
from pyimagesearch.errors import UserError
from pyimagesearch.evaluation.evaluation_settings import FEATURE_SCORES
from pyimagesearch.evaluation.evaluators import (
    Evaluator,
    FeatureEvaluator,
    ImageEvaluator,
    LabelEvaluator,
    ReadBackEvaluator,
    TextureEvaluator,
)
from pyimagesearch.metrics.texture import WINDOW, can_measure_grids
from pyimagesearch.run_record import read_run_record
from pyimagesearch.translation.generator import (
    FixedBatch,
    create_predictor,
    load_generator,
)
from pyimagesearch.translation.run_settings import find_run


def build_evaluators(
    settings: argparse.Namespace,
    source: Source,
    number: int,
    shape: tuple[int, ...],
    formats: PairFormat,
) -> list[Evaluator]:
    """Build the evaluators that the flags ask for, in the order of their scores.

    Args:
        settings: argparse.Namespace, as returned by `parse_evaluation_settings`.
        source: Source, the pairs.
        number: int, how many pairs are evaluated.
        shape: tuple of int, (batch_size, H, W, C), of a batch of targets.
        formats: PairFormat, of the inputs and the targets.

    Raises:
        UserError: if a flag does not fit the pairs, or a file that it names cannot be
            loaded.
    """
    names = [name for name in FEATURE_SCORES if getattr(settings, name)]
    if names and number < 2:
        flags = " and ".join(f"--{name}" for name in names)
        raise UserError(
            f"{flags} cannot be computed from {number} pair: FID and KID compare the "
            f"distributions of at least 2 images. Evaluate more pairs, or leave out "
            f"{flags}"
        )
    labels = formats.target if source.makes_labels else formats.input
    palette = choose_palette(settings.palette, settings.dataset) or labels.palette
    if settings.palette and not (source.makes_labels or source.reads_labels):
        raise UserError(
            f"--palette {settings.palette} is for label maps, and neither side of the "
            f"pairs is one: set the side of the label maps with --label-side"
        )
    height, width = shape[1:3]
    if not can_measure_grids(height, width):
        info(f"no grid artifacts: they need images of {WINDOW}x{WINDOW} pixels or more")
    evaluators: list[Evaluator] = [
        ImageEvaluator(shape, formats.target),
        TextureEvaluator(height, width),
    ]
    if source.makes_labels and palette:
        evaluators.append(LabelEvaluator(palette))
    elif source.makes_labels:
        info("no label scores: they need the colors of the classes (--palette)")
    if settings.segmenter:
        if not source.reads_labels or palette is None:
            raise UserError(
                "--segmenter translates generated photos back into label maps: it "
                "requires --palette, and --label-side must name the input side"
            )
        segmenter = _load_segmenter(settings.segmenter, source.direction, shape)
        evaluators.append(ReadBackEvaluator(palette, segmenter))
    if names:
        evaluators.append(FeatureEvaluator(names, create_inception(shape)))
    return evaluators


def _load_segmenter(path: str, direction: str, shape: tuple[int, ...]) -> Callable:
    segmenter = load_generator(path)
    if segmenter.input_shape[1:] != shape[1:]:
        sizes = ["x".join(map(str, s[1:3])) for s in (segmenter.input_shape, shape)]
        raise UserError(
            f"--segmenter {path} takes images of {sizes[0]} pixels, but the generator "
            f"outputs {sizes[1]}: train both with the same --image-size"
        )
    record = read_run_record(find_run(Path(path)))
    if record and record.get("source", {}).get("direction") == direction:
        raise UserError(
            f"--segmenter {path} was trained {direction}, like the generator: it must "
            f"be trained in the other direction"
        )
    return create_predictor(segmenter, shape[0], "--segmenter")


INCEPTION_SIZE = (299, 299)  # pixels


def create_inception(shape: tuple[int, ...]) -> FixedBatch:
    """Create the feature extractor: Keras's InceptionV3 with global average pooling.

    Its weights are not those of the FID and KID papers. Compare the resulting scores
    only with one another.

    Args:
        shape: tuple of int, (batch_size, H, W, C).

    Returns:
        FixedBatch, maps float32 (B, H, W, C) in [-1, 1] to float32 (B, 2048).

    Raises:
        UserError: if the weights cannot be downloaded.
    """
    try:
        network = keras.applications.InceptionV3(
            include_top=False, pooling="avg", input_shape=(*INCEPTION_SIZE, 3)
        )
    except Exception as error:  # Keras raises a bare Exception if a download fails
        raise UserError(
            f"--fid and --kid need the weights of Keras's InceptionV3, and their "
            f"download failed ({error}): check the network, or put the file into the "
            f"folder models/ of KERAS_HOME yourself"
        ) from error

    def extract(images):
        channels = shape[3]
        images = images[..., :3] if channels >= 3 else images[..., :1]
        images = tf.repeat(images, 3 // images.shape[-1], axis=-1)
        images = tf.image.resize(images, INCEPTION_SIZE, antialias=True)
        return network(images, training=False)

    return FixedBatch(extract, shape)
