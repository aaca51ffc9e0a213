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

PAPER_OPTIONS = {  # the flags that require --network paper, and their defaults
    "width": config.WIDTH,
    "patch": config.PATCH,
    "norm": config.NORM,
    "upsample": config.UPSAMPLE,
}


def parse_training_settings(
    arguments: Sequence[str] | None = None,
) -> argparse.Namespace:
    """Parse the flags of `train_pix2pix.py`.

    A flag overrides the recipe, and the recipe overrides `config`. With `--resume`, the
    defaults are the settings of the run.

    Args:
        arguments: sequence of str, the command line without the command; that of the
            process if None.

    Returns:
        Namespace with every setting.

    Raises:
        UserError: if a flag is unknown, its value is invalid, or it contradicts the run
            that is resumed.
    """
    parser = _create_parser()
    flags = parser.parse_args(arguments)
    recorded = read_resumable_settings(Path(flags.output)) if flags.resume else None
    if recorded:
        # A run that is older than a flag was trained with the flag's default.
        recorded = {**vars(parser.parse_args([])), **recorded}
        parser.set_defaults(**{name: recorded[name] for name in vars(flags)})
    elif flags.recipe in config.RECIPES:
        parser.set_defaults(**config.RECIPES[flags.recipe])
    else:
        names = ", ".join(config.RECIPES)
        raise UserError(f"--recipe {flags.recipe} is not one of {names}")

    settings = parser.parse_args(arguments)
    if settings.data:
        settings.dataset = None
    if recorded:
        check_same_settings(settings, recorded)
    _complete_network_settings(settings)
    return settings


def _complete_network_settings(settings: argparse.Namespace) -> None:
    """Set the defaults of the paper's networks, and refuse them for the tutorial's."""
    for name, default in PAPER_OPTIONS.items():
        value = getattr(settings, name)
        if settings.network == "paper":
            setattr(settings, name, default if value is None else value)
        elif value is not None:
            raise UserError(f"--{name} requires --network paper")


def _create_parser() -> Parser:
    parser = Parser(
        "python train_pix2pix.py",
        "Train pix2pix: a generator of images from images.",
        "--dataset streets --recipe quick --resume",
    )
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        default="tutorial",
        help=f"a named set of defaults: {', '.join(config.RECIPES)}",
    )
    add_dataset_flags(parser)
    _add_image_flags(parser.add_argument_group("images"))
    _add_network_flags(parser.add_argument_group("networks"))
    _add_training_flags(parser.add_argument_group("training"))
    _add_loss_flags(parser.add_argument_group("losses and optimizers"))
    _add_hardware_flags(parser.add_argument_group("hardware"))
    _add_output_flags(parser.add_argument_group("output"))
    return parser


def _add_image_flags(group) -> None:
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
        help="where to keep decoded images; auto: in memory, if they take less than "
        f"{100 * config.CACHE_SHARE:.0f}%% of what is free",
    )


def _add_network_flags(group) -> None:
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
        help="paper only: filters of the first layers; the other layers have multiples "
        f"of it [{config.WIDTH}]",
    )
    group.add_argument(
        "--patch",
        type=int,
        choices=config.PATCHES,
        help="paper only: receptive field of the discriminator in pixels "
        f"[{config.PATCH}]",
    )
    group.add_argument(
        "--norm",
        choices=("instance", "batch"),
        help="paper only: normalize each image by its own statistics, or by the "
        f"batch's [{config.NORM}]",
    )
    group.add_argument(
        "--upsample",
        choices=("transpose", "resize"),
        help="paper only: transposed convolutions, or, against checkerboards, nearest "
        f"neighbour and a convolution [{config.UPSAMPLE}]",
    )


def _add_training_flags(group) -> None:
    group.add_argument(
        "--batch-size",
        type=parse_positive_int,
        metavar="N",
        default=config.TRAIN_BATCH_SIZE,
        help="pairs per step",
    )
    group.add_argument(
        "--epochs",
        type=parse_positive_int,
        metavar="N",
        default=config.EPOCHS,
        help="length of the training",
    )
    group.add_argument(
        "--steps-per-epoch",
        type=parse_positive_int,
        metavar="N",
        default=config.STEPS_PER_EPOCH,
        help="length of an epoch",
    )
    group.add_argument(
        "--validation-steps",
        type=parse_positive_int,
        metavar="N",
        default=config.VALIDATION_STEPS,
        help=f"batches of {config.INFER_BATCH_SIZE} validation pairs after every epoch",
    )
    group.add_argument(
        "--seed",
        type=parse_integer,
        metavar="N",
        default=config.SEED,
        help="of the weights, the order of the pairs, the crops and the dropout",
    )


def _add_loss_flags(group) -> None:
    group.add_argument(
        "--gan-loss",
        choices=("bce", "lsgan", "hinge"),
        default=config.GAN_LOSS,
        help="binary cross-entropy, least squares or hinge",
    )
    group.add_argument(
        "--l1-weight",
        type=parse_positive_float,
        metavar="X",
        default=config.L1_WEIGHT,
        help="weight of the L1 loss: the paper's lambda, there 100",
    )
    group.add_argument(
        "--d-loss-weight",
        type=parse_positive_float,
        metavar="X",
        default=config.D_LOSS_WEIGHT,
        help="weight of the discriminator's loss; 0.5 in the paper",
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
        help="linear: constant for half of the training, then linearly to 0",
    )
    group.add_argument(
        "--beta-1",
        type=parse_fraction,
        metavar="X",
        default=config.BETA_1,
        help="of both Adam optimizers; 0.5 in the paper",
    )
    group.add_argument(
        "--average-weights",
        action=argparse.BooleanOptionalAction,
        default=config.AVERAGE_WEIGHTS,
        help="keep an exponential moving average (EMA) of the generator's weights, and "
        "use it for images, scores and the saved generator",
    )


def _add_hardware_flags(group) -> None:
    group.add_argument(
        "--precision",
        choices=("auto", "float32", "mixed_bfloat16", "mixed_float16"),
        default=config.PRECISION,
        help="auto: the fastest that the hardware supports; float32: the tutorial's",
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
        help="give the same bits on every run; slower on a GPU",
    )


def _add_output_flags(group) -> None:
    group.add_argument(
        "--output",
        metavar="DIR",
        default=config.BASE_OUTPUT_PATH,
        help="the folder of the run",
    )
    group.add_argument(
        "--resume",
        action="store_true",
        default=False,
        help="continue the run in --output with its settings; start one if there is "
        "none",
    )
    group.add_argument(
        "--monitor-interval",
        type=parse_positive_int,
        metavar="N",
        default=config.MONITOR_INTERVAL,
        help="epochs between two image grids",
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
        help="print the settings and both networks, layer by layer, and train nothing",
    )
