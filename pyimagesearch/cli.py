"""What the commands share: messages, flags, and how a command ends."""

import argparse
import contextlib
import difflib
import errno
import os
import re
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from pyimagesearch import __version__
from pyimagesearch.disk import MENDABLE, describe_os_error, find_os_error
from pyimagesearch.errors import RunStoppedError, UserError
from pyimagesearch.process import (
    get_interruption,
    is_prepared,
    set_caught,
    set_reported,
)
from pyimagesearch.terminal import (
    OutputError,
    escape_controls,
    gate_streams,
    get_output_error,
)

FAILED = 1
BAD_INPUT = 2
SIGNALLED = 128  # plus the number of the signal
BROKEN_PIPE = 141  # 128 + SIGPIPE, which Python ignores
OUT_OF_MEMORY = (
    "out of memory: reduce --batch-size or --image-size, or --tile with --input; "
    "--cache none keeps no images in memory"
)
LARGEST = 2**32 - 1  # integer of a flag; NumPy accepts no larger seed
SIMILAR = 0.8  # how much of a misspelt flag a suggestion shares with it, from 0 to 1


class _State:
    """What has been said about the lines of this process."""

    is_silent = False


def be_silent() -> None:
    """Print errors only from now on: another process prints the same lines."""
    _State.is_silent = True


def info(message: str) -> None:
    """Print an `[INFO]` line and flush it, so that pipes and files show it at once."""
    if not _State.is_silent:
        _print(f"[INFO] {message}", sys.stdout)


def warning(message: str) -> None:
    """Print a `[WARNING]` line to standard error."""
    if not _State.is_silent:
        _print(f"[WARNING] {message}", sys.stderr)


def show_lines(text: str) -> None:
    """Print a table, or other lines that are a command's result.

    Args:
        text: str, lines. Other control characters than their ends are escaped.
    """
    for line in text.split("\n"):
        _print(line, sys.stdout)


def _print(line: str, stream: TextIO | None) -> None:
    """Print a line, escaped: the name of a file may have any character."""
    if stream is None:  # a program without a console, or a closed descriptor
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    escaped = escape_controls(line).encode(encoding, "backslashreplace")
    print(escaped.decode(encoding), file=stream, flush=True)


def count(number: int, noun: str) -> str:
    """Return a number and a noun, in the plural with an s unless it is one."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def join_some(names: list[str], limit: int) -> str:
    """Join names with commas: the first `limit`, and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


@contextlib.contextmanager
def warn_on_error(
    path: Path, action: str = "drawn", warned: set[Path] | None = None
) -> Iterator[None]:
    """Turn an error about a file into a warning, so that a training continues.

    Args:
        path: Path, the image or the log that is written.
        action: str, what cannot be done to it, as a participle.
        warned: set of Path, to warn only once about each file; this function adds to
            it. None to warn every time.
    """
    try:
        yield
    except Exception as error:  # a training continues without it
        if warned is None or path not in warned:
            reason = _describe_reason(error, path)
            warning(f"{path} could not be {action} ({reason}); the training continues")
        if warned is not None:
            warned.add(path)


def _describe_reason(error: Exception, path: Path) -> str:
    """Describe an error without the name of its file, unless it is another one."""
    found = find_os_error(error)
    if found is None:
        return str(error)
    if found.filename is None:
        found = OSError(found.errno, found.strerror, str(path))
    return describe_os_error(found).removeprefix(f"{path}: ")


def progbar_verbose() -> int:
    """Return the `verbose` argument for Keras progress bars.

    Returns:
        int, 1 (a moving bar) on a terminal or in a notebook, else 2 (one line per
        epoch), since a moving bar fills a file or a pipe. 0 after `be_silent`.
    """
    if _State.is_silent:
        return 0
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return 1 if is_terminal or "ipykernel" in sys.modules else 2


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
    number for an interrupted one. If whoever reads standard output closes it, as `head`
    does, the command ends without a line and with status 141, like other programs. Any
    other error of standard output is a line on standard error and status 1, and a
    closed one status 2. Errors of standard error are ignored. Other errors are defects
    and keep their traceback.

    Args:
        main: callable without arguments.
    """
    with gate_streams():
        try:
            _run_main(main)
        except SystemExit:  # --help and --version
            raise
        except BaseException as error:
            _end_command(error)
            if not is_prepared():
                raise
            traceback.print_exc()
            sys.exit(FAILED)


def _run_main(main: Callable[[], None]) -> None:
    if sys.stdout is None:
        raise UserError(
            "standard output is closed: redirect it to a file, or to /dev/null"
        )
    try:
        os.getcwd()
    except FileNotFoundError:
        raise UserError(
            "the current folder does not exist any more: change to another one"
        ) from None
    try:
        set_caught(True)
        main()
    finally:
        sys.stdout.flush()  # here, so that an error is still the command's
        set_caught(False)


def _end_command(error: BaseException) -> None:
    """End the command with one line, if the error is no defect."""
    # Libraries may turn these two into exceptions of their own.
    interruption = get_interruption()
    if interruption is None and isinstance(error, KeyboardInterrupt):
        interruption = signal.SIGINT
    if interruption is not None:
        set_reported()
        _fail("interrupted", SIGNALLED + interruption)
    output_error = error if isinstance(error, OutputError) else get_output_error()
    if output_error:
        _end_without_output(output_error.cause)
    if isinstance(error, UserError):
        _fail(str(error))
    if isinstance(error, RunStoppedError):
        _fail(str(error), error.status)
    if isinstance(error, MemoryError):
        _fail(OUT_OF_MEMORY, FAILED)
    found = find_os_error(error)
    if found and found.filename is not None and found.errno in MENDABLE:
        _fail(describe_os_error(found))
    _fail_for_tensorflow(error)


def _end_without_output(error: OSError) -> None:
    if error.errno in (errno.EPIPE, errno.ECONNRESET):
        sys.exit(BROKEN_PIPE)
    _fail(f"standard output cannot be written: {error.strerror}", FAILED)


def _fail_for_tensorflow(error: BaseException) -> None:
    """End the command if TensorFlow reports bad input or a lack of memory."""
    tensorflow = sys.modules.get("tensorflow")  # importing it here would take seconds
    if tensorflow is None or not isinstance(error, tensorflow.errors.OpError):
        return
    # tf.data wraps what an image's reader raises.
    raised_inside = re.search(rf"{UserError.__name__}: (.*)", error.message)
    if raised_inside:
        _fail(raised_inside[1])
    if isinstance(error, tensorflow.errors.ResourceExhaustedError):
        _fail(OUT_OF_MEMORY, FAILED)


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


def check_path(text: str) -> str:
    """Check that a text can be the path of a file; an argparse type.

    Raises:
        argparse.ArgumentTypeError: if it has a NUL character, or is too long for the
            file system.
    """
    if "\0" in text:
        raise argparse.ArgumentTypeError(
            f"{text} has a NUL character, which no file name can have"
        )
    path = os.path.abspath(text)
    # The names alone, too: those in a folder that is missing.
    names = (os.path.join(os.sep, name) for name in Path(path).parts[1:])
    if any(map(_is_too_long, (path, *names))):
        raise argparse.ArgumentTypeError(
            f"{text} is too long for the file system: choose a shorter path"
        )
    return text


def _is_too_long(path: str) -> bool:
    try:
        os.lstat(path)
    except OSError as error:
        return error.errno == errno.ENAMETOOLONG
    return False


def parse_path(text: str) -> str:
    """Make a path absolute, so that it is valid from any folder; an argparse type."""
    try:
        path = Path(check_path(text)).expanduser()
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(
            f"{text} names a user whose home folder is not known"
        ) from error
    return str(path.absolute())


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
DIR = {"type": check_path, "metavar": "DIR"}
FILE = {"type": check_path, "metavar": "FILE"}
PATH = {"type": check_path, "metavar": "PATH"}
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
