"""Flags, recipes and defaults of `train_pix2pix.py`; does not import TensorFlow."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.cli import (
    DIR,
    INTEGER,
    INTEGER_OR_ZERO,
    NUMBER,
    SIZE,
    Parser,
    parse_fraction,
    parse_path,
)
from pyimagesearch.cluster.cluster_spec import parse_addresses
from pyimagesearch.datasets.format_settings import add_format_flags
from pyimagesearch.datasets.sources import add_dataset_flags
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import parse_recorded_settings, read_run_record
from pyimagesearch.training.best_score import SCORES, parse_score
from pyimagesearch.training.resume import (
    check_same_settings,
    get_restart_hint,
    has_checkpoint,
)

NETWORK_OPTIONS = {  # the settings of each --network, with their defaults
    "tutorial": {},
    "paper": {
        "width": config.WIDTH,
        "patch": config.PATCH,
        "norm": config.NORM,
        "upsample": config.UPSAMPLE,
    },
    "residual": {"width": config.RESIDUAL_WIDTH, "patch": config.PATCH},
}
FORMER_RECIPE = "best"  # "fast" is in its place
# What belongs to one call of the command, and not to its run.
OF_THE_CLUSTER = ("workers", "worker", "worker_timeout")
OF_THE_CALL = ("output", "resume", "dry_run", *OF_THE_CLUSTER)
# What the runs of earlier versions have not recorded: they had the defaults.
NEWER = {
    *("network", *NETWORK_OPTIONS["paper"], "d_loss_weight", "average_weights"),
    *("input_channels", "target_channels", "input_range", "target_range", "palette"),
    *("init_from", "patience", "keep_best", "keep_every", "max_pixels"),
}
YES_OR_NO = {"action": argparse.BooleanOptionalAction}


def _add_data_flags(parser: Parser) -> None:
    add = parser.add_argument_group("images").add_argument
    size = (config.IMAGE_HEIGHT, config.IMAGE_WIDTH)
    add("--image-size", **SIZE, default=size, help="size in pixels, multiples of 16")
    text = "resize: the tutorial's jitter; crop: the paper's jitter, with mirroring"
    add("--augment", choices=("resize", "crop"), default=config.AUGMENT, help=text)
    text = (
        "cache for decoded images; auto: memory, if they fit into "
        f"{100 * config.CACHE_SHARE:.0f}%% of the free memory"
    )
    caches = ("auto", "memory", "none")
    add("--cache", choices=caches, default=config.CACHE, help=text)


def _add_network_flags(parser: Parser) -> None:
    add = parser.add_argument_group("networks").add_argument
    text = (
        "generator and discriminator of the tutorial or the paper, or a residual U-Net"
    )
    networks = tuple(NETWORK_OPTIONS)
    add("--network", choices=networks, default=config.NETWORK, help=text)
    text = (
        "not tutorial: filters of the first layers, of which others have multiples "
        f"[paper: {config.WIDTH}, residual: {config.RESIDUAL_WIDTH}]"
    )
    add("--width", **INTEGER, help=text)
    text = "not tutorial: receptive field of the discriminator's logits, in pixels"
    add("--patch", type=int, choices=config.PATCHES, help=f"{text} [{config.PATCH}]")
    text = f"paper only: instance or batch normalization [{config.NORM}]"
    add("--norm", choices=("instance", "batch"), help=text)
    text = (
        "paper only: transposed convolutions, or, against checkerboard artifacts, "
        f"nearest-neighbour resizing and a convolution [{config.UPSAMPLE}]"
    )
    add("--upsample", choices=("transpose", "resize"), help=text)


def _add_training_flags(parser: Parser) -> None:
    add = parser.add_argument_group("training").add_argument
    size = config.TRAIN_BATCH_SIZE
    add("--batch-size", **INTEGER, default=size, help="pairs per batch")
    add("--epochs", **INTEGER, default=config.EPOCHS, help="number of epochs")
    text = "batches per epoch"
    add("--steps-per-epoch", **INTEGER, default=config.STEPS_PER_EPOCH, help=text)
    text = f"validation batches of {config.INFER_BATCH_SIZE} pairs after every epoch"
    add("--validation-steps", **INTEGER, default=config.VALIDATION_STEPS, help=text)
    text = (
        "end the training after N epochs without a better score of --keep-best [never]"
    )
    add("--patience", **INTEGER, help=text)
    text = (
        "begin a new run with the weights of another one: its folder, with both "
        "networks, or the file of a generator, .keras or .pth (see import-weights) "
        "[random weights]"
    )
    start = {"type": parse_path, "metavar": "RUN|FILE"}
    add("--init-from", **start, help=text)
    text = "random seed of the weights, the shuffling, the crops and the dropout"
    add("--seed", **INTEGER_OR_ZERO, default=config.SEED, help=text)


def _add_loss_flags(parser: Parser) -> None:
    add = parser.add_argument_group("losses and optimizers").add_argument
    text = "adversarial loss: cross-entropy, least squares or hinge"
    losses = ("bce", "lsgan", "hinge")
    add("--gan-loss", choices=losses, default=config.GAN_LOSS, help=text)
    text = "learning rate of both Adam optimizers"
    add("--learning-rate", **NUMBER, default=config.LEARNING_RATE, help=text)
    text = "linear: constant for half of the run, then linear down to 0"
    add("--lr-decay", choices=("none", "linear"), default=config.LR_DECAY, help=text)
    text = "beta_1 of both Adam optimizers; 0.5 in the paper"
    beta = {"type": parse_fraction, "metavar": "X"}
    add("--beta-1", **beta, default=config.BETA_1, help=text)
    text = "weight of the L1 loss (lambda); 100 in the paper"
    add("--l1-weight", **NUMBER, default=config.L1_WEIGHT, help=text)
    text = "weight of the discriminator's loss; 0.5 in the paper"
    add("--d-loss-weight", **NUMBER, default=config.D_LOSS_WEIGHT, help=text)
    text = (
        "use a moving average (EMA) of the generator's weights for images, scores "
        "and the saved generator"
    )
    add("--average-weights", **YES_OR_NO, default=config.AVERAGE_WEIGHTS, help=text)


def _add_hardware_flags(parser: Parser) -> None:
    add = parser.add_argument_group("hardware").add_argument
    text = "auto: the fastest one with hardware support; float32: the tutorial's"
    precisions = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
    add("--precision", choices=precisions, default=config.PRECISION, help=text)
    text = (
        "auto: split every batch among all GPUs and workers; none: use one device; "
        "mirrored: the GPUs of one machine; multiworker: several processes"
    )
    strategies = ("auto", "none", "mirrored", "multiworker")
    add("--strategy", choices=strategies, default=config.STRATEGY, help=text)
    text = (
        "addresses of the processes that train together, the same on all; each needs "
        "the dataset [those of TF_CONFIG or Slurm]"
    )
    addresses = {"type": parse_addresses, "metavar": "HOST:PORT,HOST:PORT"}
    add("--workers", **addresses, help=text)
    text = "which of --workers this process is, from 0, the one that writes the files"
    add("--worker", **INTEGER_OR_ZERO, help=text)
    text = "seconds that all workers have to come"
    timeout = config.WORKER_TIMEOUT
    add("--worker-timeout", **NUMBER, default=timeout, help=text)
    text = "compile the training step with XLA; auto: Keras decides"
    add("--jit-compile", **YES_OR_NO, default=config.JIT_COMPILE, help=text)
    text = "make runs reproducible to the bit; slower on a GPU"
    add("--deterministic", action="store_true", help=text)


def _add_output_flags(parser: Parser) -> None:
    add = parser.add_argument_group("output").add_argument
    folder = config.BASE_OUTPUT_PATH
    add("--output", **DIR, default=folder, help="folder of the run")
    text = "epochs between two grids of test images"
    add("--monitor-interval", **INTEGER, default=config.MONITOR_INTERVAL, help=text)
    text = (
        "continue from the run's checkpoint, with its settings; flags may change those "
        "of the losses, the optimizers and the batches; without a checkpoint start a "
        "new run"
    )
    add("--resume", action="store_true", help=text)
    text = "epochs between two checkpoints"
    interval = config.CHECKPOINT_INTERVAL
    add("--checkpoint-interval", **INTEGER, default=interval, help=text)
    text = (
        f"keep the generator with the best validation score in {config.BEST_FILE}: "
        f"{', '.join(SCORES)}, none, or auto: class_iou for label maps with a palette, "
        "else l1Loss"
    )
    best = {"type": parse_score, "metavar": "SCORE"}
    add("--keep-best", **best, default=config.KEEP_BEST, help=text)
    text = "also keep the generator of every N-th epoch, as models/generator-NNN.keras"
    add("--keep-every", **INTEGER, help=text)
    text = "print the settings and the layers of both networks, and exit"
    add("--dry-run", action="store_true", help=text)


def _complete_network_settings(settings: argparse.Namespace) -> None:
    """Set the defaults of the network's options; those of others stay None."""
    options = NETWORK_OPTIONS[settings.network]
    for name in NETWORK_OPTIONS["paper"]:  # which has all of them
        value = getattr(settings, name)
        if value is None:
            setattr(settings, name, options.get(name))
        elif name not in options:
            networks = [each for each, own in NETWORK_OPTIONS.items() if name in own]
            raise UserError(
                f"--{name} {value} requires --network {' or '.join(networks)}"
            )


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
    defaults = vars(_create_parser().parse_args([]))
    asked = parse_asked(arguments)
    if asked.get("recipe") == FORMER_RECIPE:
        raise UserError(
            f"--recipe {FORMER_RECIPE} has become fast, with other networks: use "
            f"--recipe fast, or for the former ones --recipe fast --network paper "
            f"--width 32"
        )
    run = Path(asked.get("output", defaults["output"]))
    recorded = read_recorded_settings(run) if "resume" in asked else None
    base = recorded or config.RECIPES[asked.get("recipe", defaults["recipe"])]

    settings = argparse.Namespace(**{**defaults, **base, **asked})
    if "data" in asked or ("dataset" not in asked and settings.data):
        settings.dataset = None
    elif "dataset" in asked:
        settings.data = None
    if recorded and has_checkpoint(run):
        check_same_settings(settings, recorded)
    _complete_network_settings(settings)
    if settings.patience and settings.keep_best == "none":
        raise UserError(
            "--patience needs a score: choose another --keep-best than none"
        )
    return settings


def parse_asked(arguments: Sequence[str] | None = None) -> dict:
    """Parse the flags, and return only the settings that they set.

    Args:
        arguments: see `parse_training_settings`.

    Returns:
        dict of settings by name.

    Raises:
        UserError: if a flag is unknown, or a value is invalid.
    """
    parser = _create_parser()
    names = vars(parser.parse_args([]))
    unset = object()
    before = argparse.Namespace(**dict.fromkeys(names, unset))
    asked = vars(parser.parse_args(arguments, before))
    return {name: value for name, value in asked.items() if value is not unset}


def parse_shared_settings(shared: dict, asked: dict) -> argparse.Namespace:
    """Parse the settings that the chief of a cluster sends to the other workers.

    Args:
        shared: dict, the settings of the chief, as JSON has them.
        asked: dict, as returned by `parse_asked`. What belongs to this process, such
            as the folder of its dataset, is from there.

    Returns:
        Namespace, as returned by `parse_training_settings`.

    Raises:
        UserError: if the flags do not accept a setting.
    """
    parser = _create_parser()
    defaults = vars(parser.parse_args([]))
    names = [name for name in defaults if name not in OF_THE_CALL]
    output = Path(asked.get("output", defaults["output"]))
    parsed = parse_recorded_settings({"settings": shared}, output, parser, names, names)
    own = {name: asked[name] for name in (*OF_THE_CALL, "data") if name in asked}
    return argparse.Namespace(**{**defaults, **parsed, **own})


def read_recorded_settings(run: Path) -> dict | None:
    """Read the settings of a run, of which an epoch may have been saved or not.

    Args:
        run: Path, the run's folder.

    Returns:
        dict of settings by name, typed as the parsed flags are; None if there is no
        run. A run of an older version lacks newer settings, and had their defaults.

    Raises:
        UserError: if the flags do not accept a setting, or if there is a checkpoint
            but no run.json.
    """
    parser = _create_parser()
    defaults = vars(parser.parse_args([]))
    names = [name for name in defaults if name not in OF_THE_CALL]
    record = read_run_record(run)
    if record:
        required = [name for name in names if name not in NEWER]
        recorded = parse_recorded_settings(record, run, parser, names, required)
        return {name: defaults[name] for name in names} | recorded
    if has_checkpoint(run):
        raise UserError(
            f"{run} has a checkpoint but no {config.RUN_FILE} with its settings: "
            f"{get_restart_hint(run)}"
        )
    return None


class _ChooseRecipe(argparse.Action):
    """Stores the name of a recipe. Runs may have recorded the former one."""

    def __call__(self, parser, namespace, values, option_string=None):
        if values not in (*config.RECIPES, FORMER_RECIPE):
            names = ", ".join(config.RECIPES)
            raise UserError(f"--recipe {values} is not one of {names}")
        setattr(namespace, self.dest, values)


def _create_parser() -> Parser:
    parser = Parser(
        "python train_pix2pix.py",
        "Train pix2pix on pairs of images.",
        "--dataset streets --recipe quick --resume",
    )
    text = f"named set of defaults: {', '.join(config.RECIPES)}"
    parser.add_argument(
        "--recipe",
        action=_ChooseRecipe,
        metavar="NAME",
        default="tutorial",
        help=text,
    )
    add_dataset_flags(parser)
    add_format_flags(parser)
    _add_data_flags(parser)
    _add_network_flags(parser)
    _add_training_flags(parser)
    _add_loss_flags(parser)
    _add_hardware_flags(parser)
    _add_output_flags(parser)
    return parser
