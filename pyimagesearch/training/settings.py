"""The settings of a training: a recipe's defaults, and the flags, which beat them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.command_line import Parser, add_dataset_flags
from pyimagesearch.errors import UserError
from pyimagesearch.training.flags import add_training_flags
from pyimagesearch.training.networks import complete_network_settings
from pyimagesearch.training.resume import refuse_contradictions, resumable


def training_settings(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Resolves every setting of `train_pix2pix.py`.

    Args:
        arguments: the command line, without the command; `sys.argv`'s if None.

    Raises:
        UserError: where a flag is unknown or its value makes no sense.
    """
    parser = _parser()
    asked = parser.parse_args(arguments)
    recorded = resumable(Path(asked.output)) if asked.resume else None
    if recorded:
        # A run from before a flag did what is the flag's default.
        recorded = {**vars(parser.parse_args([])), **recorded}
        parser.set_defaults(**{name: recorded[name] for name in vars(asked)})
    elif asked.recipe in config.RECIPES:
        parser.set_defaults(**config.RECIPES[asked.recipe])
    else:
        names = ", ".join(config.RECIPES)
        raise UserError(f"--recipe {asked.recipe} is not one of {names}")

    settings = parser.parse_args(arguments)
    if settings.data:
        settings.dataset = None
    if recorded:
        refuse_contradictions(settings, recorded)
    complete_network_settings(settings)
    return settings


def _parser() -> Parser:
    parser = Parser(
        "python train_pix2pix.py",
        "Trains pix2pix: a generator of images from images.",
        "--dataset streets --recipe quick --resume",
    )
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        default="tutorial",
        help=f"a named set of the defaults below: {', '.join(config.RECIPES)}",
    )
    add_dataset_flags(parser)
    add_training_flags(parser)
    return parser
