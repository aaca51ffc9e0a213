"""The process of a command: its signals and its standard descriptors.

Imports next to nothing: a command calls `prepare_process` before its other imports,
which take seconds.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import NoReturn

SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)  # Windows has no SIGHUP
)
INTERRUPTED = "[ERROR] interrupted\n"
STANDARD_ERROR = 2  # file descriptor
IMPORT_SYSTEM = "<frozen importlib._bootstrap"  # the start of its files' names

# Files and folders to remove if the process ends at once; see `atomic`.
unfinished: set[str] = set()


class Interrupted(KeyboardInterrupt):  # noqa: N818 - as its base
    """A signal that ends the command: `except Exception` lets it pass."""


class _State:
    """What has happened to the process."""

    is_prepared = False
    is_caught = False  # whether `run_command` catches what a handler raises
    is_reported = False  # whether the line about the interruption was printed
    received: int | None = None  # the first signal


def prepare_process() -> None:
    """Let Ctrl-C and other signals end this process with one line, and no traceback.

    Only for a process that is a command: the signals of a program that imports this
    package are its own. Signals that the parent ignores stay ignored, as in `nohup`.
    The exit status is 128 + the signal's number.
    """
    _State.is_prepared = True
    for number in SIGNALS:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):
            signal.signal(number, _receive)
    sys.unraisablehook = _report_unraisable
    _occupy_descriptors()


def is_prepared() -> bool:
    """Return whether this process is a command."""
    return _State.is_prepared


def get_interruption() -> int | None:
    """Return the signal that ends the command, or None."""
    return _State.received


def set_caught(is_caught: bool) -> None:
    """Say whether the caller catches an `Interrupted`; if not, a signal ends at once.

    Args:
        is_caught: bool.
    """
    _State.is_caught = is_caught


def set_reported() -> None:
    """Say that the user knows of the interruption."""
    _State.is_reported = True


def _receive(number, frame):
    """Raise `Interrupted`, so that files are cleaned up, unless it could be lost.

    A module that is being imported may turn the exception into another one, or swallow
    it. A second signal shows that the first one took too long.
    """
    if _State.received or not _State.is_caught or _is_importing(frame):
        _State.received = _State.received or number
        _end_at_once()
    _State.received = number
    threading = sys.modules.get("threading")
    if threading:  # what threads report while they are stopped is of no interest
        threading.excepthook = lambda _: None
    raise Interrupted


def _is_importing(frame) -> bool:
    while frame:
        if frame.f_code.co_filename.startswith(IMPORT_SYSTEM):
            return True
        frame = frame.f_back
    return False


def _report_unraisable(unraisable):
    """Report what a destructor raised; an interruption that it swallowed still ends."""
    if issubclass(unraisable.exc_type, Interrupted):
        _end_at_once()
    if _State.received is None:
        sys.__unraisablehook__(unraisable)


def _end_at_once():
    end_process("" if _State.is_reported else INTERRUPTED, 128 + _State.received)


def end_process(line: str, status: int) -> NoReturn:
    """End this process at once, from any thread, without unfinished files.

    Args:
        line: str, a last line for standard error, or "".
        status: int, the exit status.
    """
    if line:
        start = "\n" if os.isatty(STANDARD_ERROR) else ""  # after "^C", or a bar
        with contextlib.suppress(OSError):
            os.write(STANDARD_ERROR, f"{start}{line}".encode(errors="replace"))
    for path in list(unfinished):
        _remove(path)
    os._exit(status)


def _remove(path: str) -> None:
    if os.path.isdir(path):
        import shutil  # not needed by a command that ends well

        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            os.unlink(path)


def _occupy_descriptors():
    """Open the standard descriptors that are closed.

    The next file that is opened would become one of them, and TensorFlow's messages
    would be written into it.
    """
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= STANDARD_ERROR:
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)


@contextlib.contextmanager
def silence_libraries() -> Iterator[None]:
    """Discard what C libraries print to standard error, in every thread.

    For short calls only: what Python prints there meanwhile is discarded, too.
    """
    try:
        before = os.dup(STANDARD_ERROR)
    except OSError:  # it is closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STANDARD_ERROR)
        yield
    finally:
        os.dup2(before, STANDARD_ERROR)
        os.close(before)
        os.close(nowhere)
