"""What the commands have in common: flags, and how they end when something is wrong."""

import argparse
import difflib
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.datasets.sources import Source, opened_source
from pyimagesearch.errors import RunStoppedError, UserError

FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
OUT_OF_MEMORY = (
    "out of memory: a smaller --batch-size or --image-size needs less, with --input a "
    "smaller --tile; --cache none keeps no images"
)
DATASET_FLAGS = (
    "dataset",
    "dataset_url",
    "dataset_sha256",
    "data",
    "direction",
    "label_side",
    "val_fraction",
)


class _Formatter(argparse.HelpFormatter):
    """Adds to a flag's help what holds without the flag, where anything does."""

    def _get_help_string(self, action):
        default = action.default
        if not action.option_strings or isinstance(default, bool):
            return action.help
        if default in (None, argparse.SUPPRESS):
            return action.help
        return f"{action.help} [{_shown(default)}]".lstrip()


def _shown(default):
    if isinstance(default, list):
        return " ".join(map(_shown, default))
    if isinstance(default, tuple):
        return "x".join(map(str, default))
    return str(default)


class Parser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one sentence, without the usage.

    Args:
        command: how it is called, without its flags.
        description: what it does.
        example: flags that one may well give.
        **kwargs: `argparse.ArgumentParser`'s own.
    """

    def __init__(self, command: str, description: str, example: str, **kwargs):
        super().__init__(
            **{"usage": "%(prog)s [FLAG ...]", **kwargs, "prog": command},
            description=description,
            epilog=f"example: {command} {example}",
            formatter_class=_Formatter,
            allow_abbrev=False,
        )

    def error(self, message):
        raise UserError(f"{message}{self._meant(message)} (--help lists the flags)")

    def _meant(self, message: str) -> str:
        unknown = re.match(r"unrecognized arguments: (--[\w-]+)", message)
        if not unknown:
            return ""
        near = difflib.get_close_matches(unknown[1], self._flags(), n=1)
        return f": did you mean {near[0]}?" if near else ""

    def _flags(self) -> list[str]:
        flags = list(self._option_string_actions)
        for action in self._actions:
            if action.nargs == argparse.PARSER:  # it holds the parsers of subcommands
                flags += [
                    flag for sub in action.choices.values() for flag in sub._flags()
                ]
        return flags


def run(main: Callable[[], None]) -> None:
    """Runs a command: bad input ends it with one sentence and exit status 2."""
    try:
        main()
    except UserError as error:
        _fail(str(error))
    except RunStoppedError as stopped:
        _fail(str(stopped), stopped.status)
    except (MemoryError, tf.errors.ResourceExhaustedError):
        _fail(OUT_OF_MEMORY, FAILED)
    except tf.errors.OpError as error:
        # An image that is read inside the pipeline: TensorFlow wraps what it raised.
        sentence = re.search(rf"{UserError.__name__}: (.*)", error.message)
        if not sentence:
            raise
        _fail(sentence[1])
    except OSError as error:  # a full disk, a folder that cannot be written
        if error.filename is None:
            raise
        _fail(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        _fail("interrupted", INTERRUPTED)


def _fail(sentence: str, status: int = BAD_INPUT) -> None:
    print(f"[ERROR] {sentence}", file=sys.stderr, flush=True)
    sys.exit(status)


def whole_number(text: str, first: int = 0) -> int:
    """An argparse type: a whole number from `first` on."""
    if not re.fullmatch(r"[0-9]+", text) or int(text) < first:
        raise argparse.ArgumentTypeError(
            f"{text} is not a whole number from {first} on"
        )
    return int(text)


def positive_int(text: str) -> int:
    """An argparse type: a whole number from 1 on."""
    return whole_number(text, first=1)


def positive_float(text: str) -> float:
    """An argparse type: a finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return number


def share(text: str) -> float:
    """An argparse type: a number between 0 and 1."""
    number = positive_float(text)
    if number >= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number between 0 and 1")
    return number


def absolute_path(text: str) -> str:
    """An argparse type: a path that holds good from any folder."""
    return str(Path(text).expanduser().absolute())


def image_size(text: str) -> tuple[int, int]:
    """An argparse type: "N", a square, or "HxW", as (height, width) in pixels."""
    sides = re.fullmatch(r"([1-9]\d*)(?:x([1-9]\d*))?", text)
    if not sides:
        raise argparse.ArgumentTypeError(f"{text} is neither N nor HxW, in pixels")
    height = int(sides[1])
    return height, int(sides[2] or height)


def add_dataset_flags(parser: Parser) -> None:
    """Adds `DATASET_FLAGS`, which name the pairs: see `datasets.sources`."""
    group = parser.add_argument_group("the pairs (A: left half, B: right half)")
    either = group.add_mutually_exclusive_group()
    either.add_argument(
        "--dataset",
        metavar="NAME",
        default=config.DATASET,
        help="cityscapes, facades, maps, edges2shoes, edges2handbags, night2day: "
        "downloaded once; streets: rendered here, without a network",
    )
    either.add_argument(
        "--data",
        type=absolute_path,
        metavar="DIR",
        help="own pairs: side by side in DIR/train and DIR/val, or one side each in "
        "DIR/trainA, trainB, valA and valB",
    )
    group.add_argument(
        "--dataset-url",
        metavar="URL",
        help="the named dataset's archive on another server, or as a local file",
    )
    group.add_argument(
        "--dataset-sha256", metavar="HEX", help="what the archive's SHA-256 must be"
    )
    group.add_argument(
        "--direction",
        choices=("AtoB", "BtoA"),
        help="from which side to which; the dataset's own, for own pairs BtoA",
    )
    group.add_argument(
        "--label-side",
        choices=("A", "B", "none"),
        help="the side that is a map of flat colours, resized by nearest neighbour; "
        "the dataset's own, for own pairs none",
    )
    group.add_argument(
        "--val-fraction",
        type=share,
        metavar="SHARE",
        default=config.VAL_FRACTION,
        help="of the own pairs, held out where DIR has no val and no test",
    )


def source_of(settings: argparse.Namespace) -> Source:
    """The source that the flags of `add_dataset_flags` name."""
    return opened_source(
        settings.dataset,
        settings.data,
        settings.dataset_url,
        settings.dataset_sha256,
        settings.direction,
        settings.label_side,
    )


def writable_folder(path: Path | str) -> Path:
    """Makes a folder, or says that it cannot be made or written."""
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise UserError(
            f"{path} cannot be written ({error.strerror}): --output names a folder "
            f"that can"
        ) from error
    return path
