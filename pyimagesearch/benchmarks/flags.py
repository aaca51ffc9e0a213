"""The flags of what is measured on pairs."""

from pyimagesearch import config
from pyimagesearch.cli import (
    Parser,
    parse_positive_float,
    parse_positive_int,
    parse_size,
)
from pyimagesearch.datasets.sources import add_dataset_flags


def add_pairs_flags(parser: Parser, batch_size: int) -> None:
    """Adds the image size, the batch size, how long and how often, and which pairs.

    Args:
        parser: of one benchmark.
        batch_size: the default.
    """
    parser.add_argument(
        "--image-size",
        type=parse_size,
        metavar="N|HxW",
        default=(config.IMAGE_HEIGHT, config.IMAGE_WIDTH),
        help="pixels",
    )
    parser.add_argument(
        "--batch-size",
        type=parse_positive_int,
        metavar="N",
        default=batch_size,
        help="images at a time",
    )
    parser.add_argument(
        "--rounds",
        type=parse_positive_int,
        metavar="N",
        default=5,
        help="medians are of N",
    )
    parser.add_argument(
        "--seconds",
        type=parse_positive_float,
        metavar="X",
        default=2.0,
        help="of each kind in each round",
    )
    add_dataset_flags(parser)
    parser.set_defaults(dataset="streets")
