"""The flags of the evaluation."""

import argparse

from pyimagesearch import config
from pyimagesearch.command_line import Parser, positive_int, whole_number
from pyimagesearch.datasets.palette import PALETTES
from pyimagesearch.results.evaluation.feature_scores import METRICS
from pyimagesearch.results.run_flags import add_run_flags, parse_run_flags

REPORT_FOLDER = "report"


def evaluation_settings() -> argparse.Namespace:
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
        type=positive_int,
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
    for name in METRICS:
        parser.add_argument(
            f"--{name}",
            action="store_true",
            help=f"{name.upper()} too, by Keras's InceptionV3",
        )
    parser.add_argument(
        "--gallery",
        type=whole_number,
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
