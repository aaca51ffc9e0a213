"""The flags of `python -m pyimagesearch.evaluate`."""

import argparse

from pyimagesearch import config
from pyimagesearch.cli import Parser, parse_integer, parse_positive_int
from pyimagesearch.datasets.palettes import PALETTES
from pyimagesearch.translation.run_settings import add_run_flags, parse_run_flags

REPORT_FOLDER = "report"
FEATURE_SCORES = ("fid", "kid")


def parse_evaluation_settings() -> argparse.Namespace:
    """The flags; see `parse_run_flags`."""
    parser = Parser(
        "python -m pyimagesearch.evaluate",
        "Scores a trained generator on a whole set of pairs.",
        "--run outputs --split test",
    )
    add_run_flags(parser)
    parser.add_argument(
        "--split",
        choices=("val", "test"),
        default="val",
        help="the pairs to score; without a val folder, val is test",
    )
    parser.add_argument(
        "--output",
        metavar="DIR",
        help=f"where the results go [{REPORT_FOLDER}, in the run]",
    )
    parser.add_argument(
        "--batch-size",
        type=parse_positive_int,
        metavar="N",
        default=config.INFER_BATCH_SIZE,
        help="pairs",
    )
    parser.add_argument(
        "--palette",
        metavar="NAME|FILE",
        help=f"of the label maps: {', '.join(PALETTES)}, or lines of name,r,g,b, of "
        f"which those named unlabelled are not scored; the dataset's own",
    )
    parser.add_argument(
        "--segmenter",
        metavar="FILE",
        help="a generator of the other direction, which reads photos back into labels",
    )
    for name in FEATURE_SCORES:
        parser.add_argument(
            f"--{name}",
            action="store_true",
            help=f"{name.upper()} too, by Keras's InceptionV3",
        )
    parser.add_argument(
        "--gallery",
        type=parse_integer,
        metavar="N",
        default=200,
        help="pictures on the page at most, spread over the set",
    )
    parser.add_argument(
        "--no-report",
        dest="report",
        action="store_false",
        help="write the figures only, no page and no pictures",
    )
    return parse_run_flags(parser)
