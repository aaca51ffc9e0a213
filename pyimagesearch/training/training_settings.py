"""The settings of a training: its flags, its recipe and their defaults."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.cli import (
    Parser,
    parse_fraction,
    parse_integer,
    parse_positive_float,
    parse_positive_int,
    parse_size,
)
from pyimagesearch.datasets.sources import add_dataset_flags
from pyimagesearch.errors import UserError
from pyimagesearch.training.resume import check_same_settings, read_resumable_settings

PAPER_OPTIONS = {
    "width": config.WIDTH,
    "patch": config.PATCH,
    "norm": config.NORM,
    "upsample": config.UPSAMPLE,
}


def add_training_flags(parser: Parser) -> None:
    """Adds every flag of a training but those that name the pairs and the recipe."""
    _add_input_flags(parser)
    add_network_flags(parser)
    _add_length_flags(parser)
    _add_loss_flags(parser)
    _add_device_flags(parser)
    _add_output_flags(parser)


def _add_input_flags(parser: Parser) -> None:
    group = parser.add_argument_group("what the networks see")
    group.add_argument(
        "--image-size",
        type=parse_size,
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


def _add_length_flags(parser: Parser) -> None:
    group = parser.add_argument_group("training")
    group.add_argument(
        "--batch-size",
        type=parse_positive_int,
        metavar="N",
        default=config.TRAIN_BATCH_SIZE,
        help="pairs",
    )
    group.add_argument(
        "--epochs",
        type=parse_positive_int,
        metavar="N",
        default=config.EPOCHS,
        help="of --steps-per-epoch steps each",
    )
    group.add_argument(
        "--steps-per-epoch",
        type=parse_positive_int,
        metavar="N",
        default=config.STEPS_PER_EPOCH,
        help="of one batch each",
    )
    group.add_argument(
        "--validation-steps",
        type=parse_positive_int,
        metavar="N",
        default=config.VALIDATION_STEPS,
        help=f"after every epoch, of {config.INFER_BATCH_SIZE} validation pairs each",
    )
    group.add_argument(
        "--seed",
        type=parse_integer,
        metavar="N",
        default=config.SEED,
        help="of the weights, the order of the pairs, the crops and the dropout",
    )


def _add_loss_flags(parser: Parser) -> None:
    group = parser.add_argument_group("losses and optimizers")
    group.add_argument(
        "--gan-loss",
        choices=("bce", "lsgan", "hinge"),
        default=config.GAN_LOSS,
        help="cross-entropy, least squares or hinge",
    )
    group.add_argument(
        "--learning-rate",
        type=parse_positive_float,
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
        type=parse_fraction,
        metavar="X",
        default=config.BETA_1,
        help="of both Adam optimizers; the paper's is 0.5",
    )
    group.add_argument(
        "--l1-weight",
        type=parse_positive_float,
        metavar="X",
        default=config.L1_WEIGHT,
        help="the paper's lambda, there 100",
    )
    group.add_argument(
        "--d-loss-weight",
        type=parse_positive_float,
        metavar="X",
        default=config.D_LOSS_WEIGHT,
        help="of the discriminator's loss; the paper's is 0.5",
    )
    group.add_argument(
        "--average-weights",
        action=argparse.BooleanOptionalAction,
        default=config.AVERAGE_WEIGHTS,
        help="show, score and keep a generator with the mean of the latest weights",
    )


def _add_device_flags(parser: Parser) -> None:
    group = parser.add_argument_group("the device")
    group.add_argument(
        "--precision",
        choices=("auto", "float32", "mixed_bfloat16", "mixed_float16"),
        default=config.PRECISION,
        help="auto: the fastest that the device does natively; float32: the tutorial's",
    )
    group.add_argument(
        "--strategy",
        choices=("auto", "none", "mirrored"),
        default=config.STRATEGY,
        help="auto: every batch is shared by all GPUs; none: one device",
    )
    group.add_argument(
        "--jit-compile",
        action=argparse.BooleanOptionalAction,
        default=config.JIT_COMPILE,
        help="compile the training step with XLA, or not; auto: Keras chooses",
    )
    group.add_argument(
        "--deterministic",
        action="store_true",
        default=False,
        help="the same bits on every run, also on a GPU; slower there",
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
        type=parse_positive_int,
        metavar="N",
        default=config.MONITOR_INTERVAL,
        help="epochs from one grid of pictures to the next",
    )
    group.add_argument(
        "--resume",
        action="store_true",
        default=False,
        help="go on from the run's checkpoint, with its settings; begin where there is "
        "none",
    )
    group.add_argument(
        "--checkpoint-interval",
        type=parse_positive_int,
        metavar="N",
        default=config.CHECKPOINT_INTERVAL,
        help="epochs from one checkpoint to the next",
    )
    group.add_argument(
        "--dry-run",
        action="store_true",
        default=False,
        help="only say what would be trained: every setting, and both networks layer "
        "by layer",
    )


def add_network_flags(parser: Parser) -> None:
    """Adds `--network` and what only the paper's have."""
    group = parser.add_argument_group("the networks")
    group.add_argument(
        "--network",
        choices=("tutorial", "paper"),
        default=config.NETWORK,
        help="the generator and the discriminator",
    )
    group.add_argument(
        "--width",
        type=parse_positive_int,
        metavar="N",
        help="of the paper's networks: filters of the first layers; the others have "
        f"multiples of it [{config.WIDTH}]",
    )
    group.add_argument(
        "--patch",
        type=int,
        choices=config.PATCHES,
        help="of the paper's discriminator: pixels that one logit looks at "
        f"[{config.PATCH}]",
    )
    group.add_argument(
        "--norm",
        choices=("instance", "batch"),
        help="of the paper's networks: by each picture's own statistics or by the "
        f"batch's [{config.NORM}]",
    )
    group.add_argument(
        "--upsample",
        choices=("transpose", "resize"),
        help="of the paper's generator: transposed convolutions, or against "
        f"checkerboards nearest neighbour and a convolution [{config.UPSAMPLE}]",
    )


def complete_network_settings(settings: argparse.Namespace) -> None:
    """Gives the paper's networks what no flag has said of them.

    Args:
        settings: what only the paper's networks have stays None for the tutorial's.

    Raises:
        UserError: where a flag says something of the paper's for the tutorial's.
    """
    for name, default in PAPER_OPTIONS.items():
        value = getattr(settings, name)
        if settings.network == "paper":
            setattr(settings, name, default if value is None else value)
        elif value is not None:
            raise UserError(
                f"--{name} {value} is of the paper's networks: add --network paper"
            )


def parse_training_settings(
    arguments: Sequence[str] | None = None,
) -> argparse.Namespace:
    """Resolves every setting of `train_pix2pix.py`.

    Args:
        arguments: the command line, without the command; `sys.argv`'s if None.

    Raises:
        UserError: where a flag is unknown or its value makes no sense.
    """
    parser = _create_parser()
    asked = parser.parse_args(arguments)
    recorded = read_resumable_settings(Path(asked.output)) if asked.resume else None
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
        check_same_settings(settings, recorded)
    complete_network_settings(settings)
    return settings


def _create_parser() -> Parser:
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
