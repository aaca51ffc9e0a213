"""Validation pairs of the run, as examples on the page."""

import argparse
from typing import NamedTuple

import numpy as np

from pyimagesearch import config
from pyimagesearch.cli import info
from pyimagesearch.datasets.catalog import get_dataset
from pyimagesearch.datasets.pairs import PairFiles, match_depth
from pyimagesearch.datasets.palettes import Palette, choose_palette
from pyimagesearch.datasets.side_formats import PairFormat
from pyimagesearch.datasets.sources import (
    Source,
    is_available,
    open_source_from_settings,
)
from pyimagesearch.errors import UserError


class Example(NamedTuple):
    """A validation pair at the size of the page."""

    name: str
    input: np.ndarray  # (height, width, C), as the format of the inputs stores it
    target: np.ndarray  # (height, width, D), likewise


class InputKind(NamedTuple):
    """What the inputs of a generator are."""

    reads_labels: bool  # whether they are known to be label maps
    palette: Palette | None  # the classes of the label maps, if they are known


def open_validation(settings: argparse.Namespace) -> Source | None:
    """Open the dataset of the run, if it is on this machine.

    Args:
        settings: argparse.Namespace, as returned by `parse_demo_settings`.

    Returns:
        Source, or None; the reason is printed.
    """
    if not settings.has_dataset:
        info("no dataset is known for this generator: the page has no examples")
        return None
    if not is_available(settings):
        info(
            f"the dataset {settings.dataset} is not on this machine: the page has no "
            f"examples"
        )
        return None
    try:
        return open_source_from_settings(settings)
    except UserError as error:
        info(f"the page has no examples: {error}")
        return None


def find_input_kind(
    settings: argparse.Namespace, source: Source | None, formats: PairFormat
) -> InputKind:
    """Find whether a generator reads label maps, and their classes.

    Args:
        settings: argparse.Namespace, as returned by `parse_demo_settings`.
        source: Source or None, the dataset if it is on this machine.
        formats: PairFormat of the generator.

    Raises:
        UserError: if the file of `--palette` cannot be read.
    """
    if settings.palette:
        return InputKind(True, choose_palette(settings.palette, None))
    if formats.input.palette:
        return InputKind(True, formats.input.palette)
    reads_labels = source.reads_labels if source else _names_labels(settings)
    if not reads_labels or settings.data:
        return InputKind(reads_labels, None)
    return InputKind(True, choose_palette(None, settings.dataset))


def _names_labels(settings: argparse.Namespace) -> bool:
    """Return whether the inputs of a named dataset, wherever it is, are label maps."""
    if settings.data or not settings.has_dataset:
        return False
    entry = get_dataset(settings.dataset)
    label_side = settings.label_side or entry.label_side
    return label_side == (settings.direction or entry.direction)[0]


def read_examples(
    source: Source | None,
    formats: PairFormat,
    image_size: tuple[int, int],
    number: int = config.DEMO_EXAMPLES,
) -> list[Example]:
    """Read the first validation pairs.

    Args:
        source: Source or None, the dataset.
        formats: PairFormat of the generator.
        image_size: tuple of int, (height, width) in pixels.
        number: int, how many at most.

    Returns:
        list of Example, empty without a dataset, or if its pairs cannot be read; the
        reason is printed.
    """
    if source is None:
        return []
    try:
        pairs = source.pairs.list_pairs("val")[:number]
        sides = match_depth(pairs, formats.order_sides(source.direction))
        files = PairFiles(pairs, *image_size, source.label_side, sides)
        examples = []
        for index, pair in enumerate(pairs):
            ordered = files[index]
            if source.direction == "BtoA":
                ordered = ordered[::-1]
            examples.append(Example(pair.left.name, *ordered))
        return examples
    except UserError as error:
        info(f"the page has no examples: {error}")
        return []
