"""The settings of a training: a recipe's defaults, and the flags, which beat them."""

import argparse
from collections.abc import Sequence

from pyimagesearch import config
from pyimagesearch.command_line import (
    Parser,
    add_dataset_flags,
    image_size,
    positive_float,
    positive_int,
    share,
    whole_number,
)
from pyimagesearch.errors import UserError


def training_settings(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Resolves every setting of `train_pix2pix.py`.

    Args:
        arguments: the command line, without the command; `sys.argv`'s if None.

    Raises:
        UserError: where a flag is unknown or its value makes no sense.
    """
    parser = _parser()
    recipe = parser.parse_args(arguments).recipe
    if recipe not in config.RECIPES:
        raise UserError(f"--recipe {recipe} is not one of {', '.join(config.RECIPES)}")
    parser.set_defaults(**config.RECIPES[recipe])
    settings = parser.parse_args(arguments)
    if settings.data:
        settings.dataset = None
    return settings


def _parser() -> Parser:
    parser = Parser("Trains pix2pix: a generator of images from images.")
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        default="tutorial",
        help=f"a named set of the defaults below: {', '.join(config.RECIPES)}",
    )
    add_dataset_flags(parser)
    _add_input_flags(parser)
    _add_training_flags(parser)
    _add_loss_flags(parser)
    _add_output_flags(parser)
    return parser


def _add_input_flags(parser: Parser) -> None:
    group = parser.add_argument_group("what the networks see")
    group.add_argument(
        "--image-size",
        type=image_size,
        metavar="N|HxW",
        default=(config.IMAGE_HEIGHT, config.IMAGE_WIDTH),
        help="pixels, multiples of 16",
    )
    group.add_argument(
        "--augment",
        choices=("resize", "crop"),
        default=config.AUGMENT,
        help="resize: the tutorial's jitter; crop: the paper's, with mirroring",
    )
    group.add_argument(
        "--cache",
        choices=("auto", "memory", "none"),
        default=config.CACHE,
        help="where decoded images are kept; auto: in memory, if they fit "
        f"{100 * config.CACHE_SHARE:.0f}%% of what is free",
    )


def _add_training_flags(parser: Parser) -> None:
    group = parser.add_argument_group("training")
    group.add_argument(
        "--batch-size",
        type=positive_int,
        metavar="N",
        default=config.TRAIN_BATCH_SIZE,
        help="pairs",
    )
    group.add_argument(
        "--epochs",
        type=positive_int,
        metavar="N",
        default=config.EPOCHS,
        help="of --steps-per-epoch steps each",
    )
    group.add_argument(
        "--steps-per-epoch",
        type=positive_int,
        metavar="N",
        default=config.STEPS_PER_EPOCH,
        help="of one batch each",
    )
    group.add_argument(
        "--validation-steps",
        type=positive_int,
        metavar="N",
        default=config.VALIDATION_STEPS,
        help=f"after every epoch, of {config.INFER_BATCH_SIZE} validation pairs each",
    )
    group.add_argument(
        "--seed",
        type=whole_number,
        metavar="N",
        default=config.SEED,
        help="of the weights, the order of the pairs, the crops and the dropout",
    )


def _add_loss_flags(parser: Parser) -> None:
    group = parser.add_argument_group("losses and optimizers")
    group.add_argument(
        "--learning-rate",
        type=positive_float,
        metavar="X",
        default=config.LEARNING_RATE,
        help="of both Adam optimizers",
    )
    group.add_argument(
        "--lr-decay",
        choices=("none", "linear"),
        default=config.LR_DECAY,
        help="linear: constant for half of the run, then linearly to 0",
    )
    group.add_argument(
        "--beta-1",
        type=share,
        metavar="X",
        default=config.BETA_1,
        help="of both Adam optimizers; the paper's is 0.5",
    )
    group.add_argument(
        "--l1-weight",
        type=positive_float,
        metavar="X",
        default=config.L1_WEIGHT,
        help="the paper's lambda, there 100",
    )


def _add_output_flags(parser: Parser) -> None:
    group = parser.add_argument_group("what is written")
    group.add_argument(
        "--output",
        metavar="DIR",
        default=config.BASE_OUTPUT_PATH,
        help="the run's folder",
    )
    group.add_argument(
        "--monitor-interval",
        type=positive_int,
        metavar="N",
        default=config.MONITOR_INTERVAL,
        help="epochs from one grid of pictures to the next",
    )
