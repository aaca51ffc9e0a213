"""The flags of what is measured on pairs."""

from pyimagesearch import config
from pyimagesearch.command_line import (
    Parser,
    add_dataset_flags,
    image_size,
    positive_float,
    positive_int,
)


def add_pairs_flags(parser: Parser, batch_size: int) -> None:
    """Adds the image size, the batch size, how long and how often, and which pairs.

    Args:
        parser: of one benchmark.
        batch_size: the default.
    """
    parser.add_argument(
        "--image-size",
        type=image_size,
        metavar="N|HxW",
        default=(config.IMAGE_HEIGHT, config.IMAGE_WIDTH),
        help="pixels",
    )
    parser.add_argument(
        "--batch-size",
        type=positive_int,
        metavar="N",
        default=batch_size,
        help="images at a time",
    )
    parser.add_argument(
        "--rounds", type=positive_int, metavar="N", default=5, help="medians are of N"
    )
    parser.add_argument(
        "--seconds",
        type=positive_float,
        metavar="X",
        default=2.0,
        help="of each kind in each round",
    )
    add_dataset_flags(parser)
    parser.set_defaults(dataset="streets")
