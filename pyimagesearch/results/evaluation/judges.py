"""Which scores a set of pairs gets."""

import argparse
from collections.abc import Callable
from pathlib import Path

from pyimagesearch.console import info
from pyimagesearch.datasets.palette import chosen_palette
from pyimagesearch.datasets.sources import Source
from pyimagesearch.errors import UserError
from pyimagesearch.results.evaluation.feature_scores import (
    METRICS,
    FeatureScores,
    inception,
)
from pyimagesearch.results.evaluation.label_scores import LabelScores, ReadBackScores
from pyimagesearch.results.evaluation.picture_scores import PictureScores
from pyimagesearch.results.fixed_size import predictor
from pyimagesearch.results.generator_file import load_generator
from pyimagesearch.training.record import read_record


def chosen_judges(
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
    palette = chosen_palette(settings.palette, settings.dataset)
    if settings.palette and not (source.makes_labels or source.reads_labels):
        raise UserError(
            f"--palette {settings.palette} is for label maps, and neither side of the "
            f"pairs is one: --label-side says which"
        )
    judges = [PictureScores(shape)]
    if source.makes_labels and palette:
        judges.append(LabelScores(palette))
    elif source.makes_labels:
        info("no label scores: --palette names the colours of the classes")
    if settings.segmenter:
        if not source.reads_labels or palette is None:
            raise UserError(
                "--segmenter reads photos back into the labels they were made from: "
                "it takes --palette, and --label-side for the side of the input"
            )
        segmenter = _segmenter(settings.segmenter, source.direction, shape)
        judges.append(ReadBackScores(palette, segmenter))
    names = [name for name in METRICS if getattr(settings, name)]
    if names:
        judges.append(FeatureScores(names, inception(shape)))
    return judges


def _segmenter(path: str, direction: str, shape: tuple[int, ...]) -> Callable:
    segmenter = load_generator(path)
    if segmenter.input_shape[1:] != shape[1:]:
        sizes = ["x".join(map(str, s[1:3])) for s in (segmenter.input_shape, shape)]
        raise UserError(
            f"--segmenter {path} takes pictures of {sizes[0]}, and the generator makes "
            f"{sizes[1]}: both are to be trained with one --image-size"
        )
    record = read_record(Path(path).absolute().parent.parent)
    if record and record.get("source", {}).get("direction") == direction:
        raise UserError(
            f"--segmenter {path} was trained {direction}, as the generator was: it is "
            f"to be one of the other direction"
        )
    return predictor(segmenter, shape[0], "--segmenter")
