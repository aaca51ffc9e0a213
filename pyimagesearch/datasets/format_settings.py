"""The flags that set the channels, the ranges and the palette of the images."""

import argparse
import math

from pyimagesearch.cli import Parser, parse_integer, parse_path
from pyimagesearch.datasets.palettes import PALETTES
from pyimagesearch.datasets.side_formats import MAX_CHANNELS, is_range
from pyimagesearch.errors import UserError

AUTO = "auto"


def parse_palette(text: str) -> str:
    """Parse the name of a palette, or the path of a file; an argparse type."""
    return text if text in PALETTES else parse_path(text)


PALETTE = {"type": parse_palette, "metavar": "NAME|FILE"}


def add_format_flags(parser: Parser) -> None:
    """Add the flags with which a training reads both sides of the pairs."""
    group = parser.add_argument_group("values of the images")
    text = (
        "number of channels; auto: 3 for the named datasets, the files' own without "
        "alpha for --data"
    )
    for side in ("input", "target"):
        flag = f"--{side}-channels"
        group.add_argument(
            flag, type=parse_channels, metavar="auto|N", default=AUTO, help=text
        )
    add_range_flags(
        group,
        "default: the full range of integers; floats need it; auto: the lowest and the "
        "highest value of the training images; two numbers for each file if a manifest "
        "stacks several inputs",
    )
    text = (
        f"the class colors of label maps: {', '.join(PALETTES)}, or a CSV file of "
        "name,r,g,b, whose first line is class index 0 [the dataset's own]"
    )
    group.add_argument("--palette", **PALETTE, help=text)


def add_range_flags(parser: argparse._ActionsContainer, default: str) -> None:
    """Add `--input-range` and `--target-range`.

    Args:
        parser: Parser, or a group of one.
        default: str, what the help says about the default.
    """
    for side in ("input", "target"):
        text = "the values that become black and white, -1 and 1 for the networks; "
        parser.add_argument(
            f"--{side}-range",
            nargs="+",
            action=_ParseRange,
            metavar="LOW HIGH|auto",
            help=text + default,
        )


def parse_channels(text: str) -> int | str:
    """Parse "auto" or a number of channels; an argparse type."""
    if text == AUTO:
        return text
    number = parse_integer(text, minimum=1)
    if number > MAX_CHANNELS:
        raise argparse.ArgumentTypeError(f"{text} is more than {MAX_CHANNELS}")
    return number


class _ParseRange(argparse.Action):
    """Parses `auto`, or numbers to a tuple of float."""

    def __call__(self, parser, namespace, values, option_string=None):
        value = AUTO if values == [AUTO] else parse_range(values, option_string)
        setattr(namespace, self.dest, value)


def parse_range(values: list[str], flag: str) -> tuple[float, ...]:
    """Parse the two values of a range, or of several ranges.

    Args:
        values: list of str.
        flag: str, for the message.

    Returns:
        tuple of float, (low, high) or (low, high, low, high, ...).

    Raises:
        UserError: if they are not pairs of numbers for which `is_range` is true.
    """
    try:
        numbers = tuple(map(float, values))
    except ValueError:
        numbers = (math.nan,)
    if (
        not numbers
        or len(numbers) % 2
        or not all(map(is_range, numbers[::2], numbers[1::2]))
    ):
        raise UserError(
            f"{flag} {' '.join(values)} is not a range: pass two numbers, the lower "
            f"one first"
        )
    return numbers
