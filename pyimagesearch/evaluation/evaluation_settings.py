"""The flags of `python -m pyimagesearch.evaluate`."""

import argparse

from pyimagesearch import config
from pyimagesearch.cli import DIR, FILE, INTEGER, INTEGER_OR_ZERO, Parser
from pyimagesearch.datasets.format_settings import PALETTE
from pyimagesearch.datasets.palettes import PALETTES
from pyimagesearch.translation.run_settings import add_run_flags, parse_run_flags

REPORT_FOLDER = "report"
FEATURE_SCORES = ("fid", "kid")


def parse_evaluation_settings() -> argparse.Namespace:
    """Parse the flags; see `parse_run_flags`."""
    parser = Parser(
        "python -m pyimagesearch.evaluate",
        "Score a trained generator on a whole dataset.",
        "--run outputs --split test",
    )
    add_run_flags(parser)
    text = "the pairs to evaluate; without a val folder, val uses the test folder"
    parser.add_argument("--split", choices=("val", "test"), default="val", help=text)
    text = f"the folder for the results [{REPORT_FOLDER}, in the folder of --run]"
    parser.add_argument("--output", **DIR, help=text)
    size, text = config.INFER_BATCH_SIZE, "pairs per batch"
    parser.add_argument("--batch-size", **INTEGER, default=size, help=text)
    _add_score_flags(parser)
    text = "the maximum number of pairs on the report page, spread over the dataset"
    parser.add_argument("--gallery", **INTEGER_OR_ZERO, default=200, help=text)
    text = "write only the scores, no report page and no images"
    parser.add_argument("--no-report", dest="report", action="store_false", help=text)
    return parse_run_flags(parser)


def _add_score_flags(parser: Parser) -> None:
    text = (
        f"the class colors: {', '.join(PALETTES)}, or a CSV file of name,r,g,b; colors "
        "named unlabelled are not scored [the training's]"
    )
    parser.add_argument("--palette", **PALETTE, help=text)
    text = (
        "a generator of the other direction, which translates generated photos back "
        "into label maps; these are scored"
    )
    parser.add_argument("--segmenter", **FILE, help=text)
    for name in FEATURE_SCORES:
        text = f"also compute the {name.upper()}, with Keras's InceptionV3"
        parser.add_argument(f"--{name}", action="store_true", help=text)
