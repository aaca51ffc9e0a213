"""The flags of a training, group by group."""

import argparse

from pyimagesearch import config
from pyimagesearch.command_line import (
    Parser,
    image_size,
    positive_float,
    positive_int,
    share,
    whole_number,
)
from pyimagesearch.training.networks import add_network_flags


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


def _add_length_flags(parser: Parser) -> None:
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
        "--gan-loss",
        choices=("bce", "lsgan", "hinge"),
        default=config.GAN_LOSS,
        help="cross-entropy, least squares or hinge",
    )
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
    group.add_argument(
        "--d-loss-weight",
        type=positive_float,
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
        type=positive_int,
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
        type=positive_int,
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
