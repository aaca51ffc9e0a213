"""Flags, recipes and defaults of `train_pix2pix.py`; does not import TensorFlow."""

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
    """Add all flags except for the dataset's and `--recipe`.

    Args:
        parser: Parser, to which the flags are added.
    """
    _add_data_flags(parser)
    _add_network_flags(parser)
    _add_training_flags(parser)
    _add_loss_flags(parser)
    _add_hardware_flags(parser)
    _add_output_flags(parser)


def _add_data_flags(parser: Parser) -> None:
    group = parser.add_argument_group("data")
    group.add_argument(
        "--image-size",
        type=parse_size,
        metavar="N|HxW",
        default=(config.IMAGE_HEIGHT, config.IMAGE_WIDTH),
        help="size in pixels, multiples of 16",
    )
    group.add_argument(
        "--augment",
        choices=("resize", "crop"),
        default=config.AUGMENT,
        help="resize: the tutorial's jitter; crop: the paper's jitter, with mirroring",
    )
    group.add_argument(
        "--cache",
        choices=("auto", "memory", "none"),
        default=config.CACHE,
        help="cache for decoded images; auto: memory, if they fit into "
        f"{100 * config.CACHE_SHARE:.0f}%% of the free memory",
    )


def _add_training_flags(parser: Parser) -> None:
    group = parser.add_argument_group("training")
    group.add_argument(
        "--batch-size",
        type=parse_positive_int,
        metavar="N",
        default=config.TRAIN_BATCH_SIZE,
        help="pairs per batch",
    )
    group.add_argument(
        "--epochs",
        type=parse_positive_int,
        metavar="N",
        default=config.EPOCHS,
        help="number of epochs",
    )
    group.add_argument(
        "--steps-per-epoch",
        type=parse_positive_int,
        metavar="N",
        default=config.STEPS_PER_EPOCH,
        help="batches per epoch",
    )
    group.add_argument(
        "--validation-steps",
        type=parse_positive_int,
        metavar="N",
        default=config.VALIDATION_STEPS,
        help=f"validation batches of {config.INFER_BATCH_SIZE} pairs after every epoch",
    )
    group.add_argument(
        "--seed",
        type=parse_integer,
        metavar="N",
        default=config.SEED,
        help="random seed of the weights, the shuffling, the crops and the dropout",
    )


def _add_loss_flags(parser: Parser) -> None:
    group = parser.add_argument_group("losses and optimizers")
    group.add_argument(
        "--gan-loss",
        choices=("bce", "lsgan", "hinge"),
        default=config.GAN_LOSS,
        help="adversarial loss: cross-entropy, least squares or hinge",
    )
    group.add_argument(
        "--learning-rate",
        type=parse_positive_float,
        metavar="X",
        default=config.LEARNING_RATE,
        help="learning rate of both Adam optimizers",
    )
    group.add_argument(
        "--lr-decay",
        choices=("none", "linear"),
        default=config.LR_DECAY,
        help="linear: constant for half of the run, then linear down to 0",
    )
    group.add_argument(
        "--beta-1",
        type=parse_fraction,
        metavar="X",
        default=config.BETA_1,
        help="beta_1 of both Adam optimizers; 0.5 in the paper",
    )
    group.add_argument(
        "--l1-weight",
        type=parse_positive_float,
        metavar="X",
        default=config.L1_WEIGHT,
        help="weight of the L1 loss (lambda); 100 in the paper",
    )
    group.add_argument(
        "--d-loss-weight",
        type=parse_positive_float,
        metavar="X",
        default=config.D_LOSS_WEIGHT,
        help="weight of the discriminator's loss; 0.5 in the paper",
    )
    group.add_argument(
        "--average-weights",
        action=argparse.BooleanOptionalAction,
        default=config.AVERAGE_WEIGHTS,
        help="use a moving average (EMA) of the generator's weights for images, scores "
        "and the saved generator",
    )


def _add_hardware_flags(parser: Parser) -> None:
    group = parser.add_argument_group("hardware")
    group.add_argument(
        "--precision",
        choices=("auto", "float32", "mixed_bfloat16", "mixed_float16"),
        default=config.PRECISION,
        help="auto: the fastest one with hardware support; float32: the tutorial's",
    )
    group.add_argument(
        "--strategy",
        choices=("auto", "none", "mirrored"),
        default=config.STRATEGY,
        help="auto: split every batch among all GPUs; none: use one device",
    )
    group.add_argument(
        "--jit-compile",
        action=argparse.BooleanOptionalAction,
        default=config.JIT_COMPILE,
        help="compile the training step with XLA; auto: Keras decides",
    )
    group.add_argument(
        "--deterministic",
        action="store_true",
        default=False,
        help="make runs reproducible to the bit; slower on a GPU",
    )


def _add_output_flags(parser: Parser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument(
        "--output",
        metavar="DIR",
        default=config.BASE_OUTPUT_PATH,
        help="folder of the run",
    )
    group.add_argument(
        "--monitor-interval",
        type=parse_positive_int,
        metavar="N",
        default=config.MONITOR_INTERVAL,
        help="epochs between two grids of test images",
    )
    group.add_argument(
        "--resume",
        action="store_true",
        default=False,
        help="continue from the run's checkpoint, with its settings; without a "
        "checkpoint start a new run",
    )
    group.add_argument(
        "--checkpoint-interval",
        type=parse_positive_int,
        metavar="N",
        default=config.CHECKPOINT_INTERVAL,
        help="epochs between two checkpoints",
    )
    group.add_argument(
        "--dry-run",
        action="store_true",
        default=False,
        help="print the settings and the layers of both networks, and exit",
    )


def _add_network_flags(parser: Parser) -> None:
    group = parser.add_argument_group("networks")
    group.add_argument(
        "--network",
        choices=("tutorial", "paper"),
        default=config.NETWORK,
        help="generator and discriminator of the tutorial or of the paper",
    )
    group.add_argument(
        "--width",
        type=parse_positive_int,
        metavar="N",
        help="paper only: filters of the first layers; other layers have multiples of "
        f"it [{config.WIDTH}]",
    )
    group.add_argument(
        "--patch",
        type=int,
        choices=config.PATCHES,
        help="paper only: receptive field of the discriminator's logits, in pixels "
        f"[{config.PATCH}]",
    )
    group.add_argument(
        "--norm",
        choices=("instance", "batch"),
        help=f"paper only: instance or batch normalization [{config.NORM}]",
    )
    group.add_argument(
        "--upsample",
        choices=("transpose", "resize"),
        help="paper only: transposed convolutions, or, against checkerboard artifacts, "
        f"nearest-neighbour resizing and a convolution [{config.UPSAMPLE}]",
    )


def _complete_network_settings(settings: argparse.Namespace) -> None:
    """Set the defaults of the paper's options, which stay None for the tutorial."""
    for name, default in PAPER_OPTIONS.items():
        value = getattr(settings, name)
        if settings.network == "paper":
            setattr(settings, name, default if value is None else value)
        elif value is not None:
            raise UserError(f"--{name} {value} requires --network paper")


def parse_training_settings(
    arguments: Sequence[str] | None = None,
) -> argparse.Namespace:
    """Parse the flags: a flag overrides the recipe, which overrides the defaults.

    With `--resume`, the settings of the run replace the recipe and the defaults.

    Args:
        arguments: sequence of str, the command line without the command, or None for
            that of the process.

    Returns:
        Namespace with all settings; those that the dataset decides may be None.

    Raises:
        UserError: if a flag is unknown, a value is invalid, or a setting contradicts
            the run to resume.
    """
    parser = _create_parser()
    asked = parser.parse_args(arguments)
    recorded = read_resumable_settings(Path(asked.output)) if asked.resume else None
    if recorded:
        # A run of an older version lacks newer settings: it had their defaults.
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
    _complete_network_settings(settings)
    return settings


def _create_parser() -> Parser:
    parser = Parser(
        "python train_pix2pix.py",
        "Train pix2pix on pairs of images.",
        "--dataset streets --recipe quick --resume",
    )
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        default="tutorial",
        help=f"named set of defaults: {', '.join(config.RECIPES)}",
    )
    add_dataset_flags(parser)
    add_training_flags(parser)
    return parser
