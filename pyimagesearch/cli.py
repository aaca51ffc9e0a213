"""What the commands share: messages, flags, and how a command ends."""

import argparse
import contextlib
import difflib
import errno
import io
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from pyimagesearch import __version__
from pyimagesearch.errors import RunStoppedError, UserError

FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
OUT_OF_MEMORY = (
    "out of memory: reduce --batch-size or --image-size, or --tile with --input; "
    "--cache none keeps no images in memory"
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # ASCII's and Latin-1's
LARGEST = 2**32 - 1  # integer of a flag; NumPy accepts no larger seed
SIMILAR = 0.8  # how much of a misspelt flag a suggestion shares with it, from 0 to 1
# What the user can mend; any other OSError is a defect and keeps its traceback.
MENDABLE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO),
    *(errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST, errno.ENAMETOOLONG),
    *(errno.ELOOP, errno.EMFILE, errno.EFBIG),
}


def info(message: str) -> None:
    """Print an `[INFO]` line and flush it, so that pipes and files show it at once."""
    _print(f"[INFO] {message}", sys.stdout)


def warning(message: str) -> None:
    """Print a `[WARNING]` line to standard error."""
    _print(f"[WARNING] {message}", sys.stderr)


def _print(line: str, stream: TextIO) -> None:
    """Print a line, escaped: the name of a file may have any character."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    escaped = escape_controls(line).encode(encoding, "backslashreplace")
    print(escaped.decode(encoding), file=stream, flush=True)


def escape_controls(text: str) -> str:
    """Escape control characters, which could move a terminal's cursor or clear it."""
    return _CONTROLS.sub(lambda match: repr(match[0])[1:-1], text)


def count(number: int, noun: str) -> str:
    """Return a number and a noun, in the plural with an s unless it is one."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def join_some(names: list[str], limit: int) -> str:
    """Join names with commas: the first `limit`, and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


@contextlib.contextmanager
def warn_on_error(path: Path) -> Iterator[None]:
    """Turn an error while `path` is drawn into a warning, so that a training continues.

    Args:
        path: Path, the image file that is drawn.
    """
    try:
        yield
    except Exception as error:  # no image is worth the end of a training
        warning(f"{path} could not be drawn ({error}); the training continues")


def progbar_verbose() -> int:
    """Return the `verbose` argument for Keras progress bars.

    Returns:
        int, 1 (a moving bar) on a terminal or in a notebook, else 2 (one line per
        epoch), since a moving bar fills a file or a pipe.
    """
    return 1 if sys.stdout.isatty() or "ipykernel" in sys.modules else 2


class _HelpFormatter(argparse.HelpFormatter):
    """Appends the default to the help of every flag that has one."""

    def _get_help_string(self, action):
        default = action.default
        if not action.option_strings or isinstance(default, bool):
            return action.help
        if default in (None, argparse.SUPPRESS):
            return action.help
        return f"{action.help} [{_format_default(default)}]".lstrip()


def _format_default(default):
    if isinstance(default, list):
        return " ".join(map(_format_default, default))
    if isinstance(default, tuple):
        return "x".join(map(str, default))
    return str(default)


class Parser(argparse.ArgumentParser):
    """An argument parser that raises a `UserError` instead of printing its usage.

    Every parser has `--help` and `--version`.

    Args:
        command: str, how the command is called, without flags; `pix2pix NAME` if it is
            called so.
        description: str, what the command does.
        example: str, flags of a typical call.
        **kwargs: passed to `argparse.ArgumentParser`.
    """

    def __init__(self, command: str, description: str, example: str, **kwargs):
        if sys.argv[0].startswith("pix2pix "):  # see `pyimagesearch.__main__`
            command = sys.argv[0]
        super().__init__(
            **{"usage": "%(prog)s [FLAG ...]", **kwargs, "prog": command},
            description=description,
            epilog=f"example: {command} {example}",
            formatter_class=_HelpFormatter,
            allow_abbrev=False,
        )
        self.add_argument(
            "--version",
            action="version",
            version=f"pix2pix-keras {__version__}",
            help="show the version and exit",
        )

    def error(self, message):
        """Raise a `UserError` that suggests the flag with the closest spelling."""
        hint = self._suggest_flag(message)
        raise UserError(f"{message}{hint} (--help lists the flags)")

    def _suggest_flag(self, message: str) -> str:
        unknown = re.match(r"unrecognized arguments: (--[\w-]+)", message)
        if not unknown:
            return ""
        spelling = unknown[1].replace("_", "-").lower()
        close = difflib.get_close_matches(spelling, self.list_flags(), 1, SIMILAR)
        return f": did you mean {close[0]}?" if close else ""

    def list_actions(self) -> list[argparse.Action]:
        """List the flags of this parser as argparse describes them."""
        return list(self._actions)

    def list_flags(self) -> list[str]:
        """List the flags of this parser and of its subcommands."""
        flags = list(self._option_string_actions)
        for action in self._actions:
            if action.nargs == argparse.PARSER:
                for subparser in action.choices.values():
                    flags += subparser.list_flags()
        return flags


def run_command(main: Callable[[], None]) -> None:
    """Run a command and turn errors that the user can mend into one line.

    The exit status is 2 for bad input, 1 for a run that failed, 128 + the signal's
    number for an interrupted one. Other errors are defects and keep their traceback.

    Args:
        main: callable without arguments.
    """
    _escape_unencodable()
    try:
        main()
    except UserError as error:
        _fail(str(error))
    except RunStoppedError as stopped:
        _fail(str(stopped), stopped.status)
    except MemoryError:
        _fail(OUT_OF_MEMORY, FAILED)
    except OSError as error:
        if error.filename is None or error.errno not in MENDABLE:
            raise
        _fail(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        _fail("interrupted", INTERRUPTED)
    except Exception as error:
        _fail_for_tensorflow(error)
        raise


def _escape_unencodable() -> None:
    """Let any name be printed, also in the tables, which other modules print."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _fail_for_tensorflow(error: Exception) -> None:
    """End the command if TensorFlow reports bad input or a lack of memory."""
    tensorflow = sys.modules.get("tensorflow")  # importing it here would take seconds
    if tensorflow is None or not isinstance(error, tensorflow.errors.OpError):
        return
    if isinstance(error, tensorflow.errors.ResourceExhaustedError):
        _fail(OUT_OF_MEMORY, FAILED)
    # tf.data wraps what an image's reader raises.
    raised_inside = re.search(rf"{UserError.__name__}: (.*)", error.message)
    if raised_inside:
        _fail(raised_inside[1])


def _fail(message: str, status: int = BAD_INPUT) -> None:
    _print(f"[ERROR] {message}", sys.stderr)
    sys.exit(status)


def parse_integer(text: str, minimum: int = 0) -> int:
    """Parse an integer of at least `minimum`; an argparse type."""
    if not re.fullmatch(r"[0-9]+", text) or int(text) < minimum:
        raise argparse.ArgumentTypeError(
            f"{text} is not an integer of {minimum} or more"
        )
    if int(text) > LARGEST:
        raise argparse.ArgumentTypeError(f"{text} is more than {LARGEST}")
    return int(text)


def parse_positive_int(text: str) -> int:
    """Parse an integer of at least 1; an argparse type."""
    return parse_integer(text, minimum=1)


def parse_positive_float(text: str) -> float:
    """Parse a finite number above 0; an argparse type."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return number


def parse_fraction(text: str) -> float:
    """Parse a number between 0 and 1, both excluded; an argparse type."""
    number = parse_positive_float(text)
    if number >= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number between 0 and 1")
    return number


def parse_path(text: str) -> str:
    """Make a path absolute, so that it is valid from any folder; an argparse type."""
    return str(Path(text).expanduser().absolute())


def parse_size(text: str) -> tuple[int, int]:
    """Parse "N" (a square) or "HxW"; an argparse type.

    Returns:
        tuple of int, (height, width) in pixels.
    """
    sides = re.fullmatch(r"([1-9]\d*)(?:x([1-9]\d*))?", text)
    if not sides:
        raise argparse.ArgumentTypeError(f"{text} is neither N nor HxW, in pixels")
    height = int(sides[1])
    return height, int(sides[2] or height)


# Types of flags, as keyword arguments of `add_argument`.
INTEGER = {"type": parse_positive_int, "metavar": "N"}
INTEGER_OR_ZERO = {"type": parse_integer, "metavar": "N"}
NUMBER = {"type": parse_positive_float, "metavar": "X"}
SIZE = {"type": parse_size, "metavar": "N|HxW"}


def make_output_folder(path: Path | str) -> Path:
    """Create a folder and check that files can be written there.

    Args:
        path: Path or str, the folder; parents are created too.

    Returns:
        Path, the folder.

    Raises:
        UserError: if the folder cannot be created or written.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise UserError(
            f"cannot write to {path} ({error.strerror}): choose another folder with "
            f"--output"
        ) from error
    return path
