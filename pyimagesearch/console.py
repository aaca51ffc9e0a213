"""What a command says while it works."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path


def info(message: str) -> None:
    """Prints an `[INFO]` line at once, also where the output is a file or a pipe."""
    print(f"[INFO] {message}", flush=True)


def warning(message: str) -> None:
    """Prints a `[WARNING]` line to standard error."""
    print(f"[WARNING] {message}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def drawing(path: Path) -> Iterator[None]:
    """Turns whatever goes wrong while a picture is drawn into a warning."""
    try:
        yield
    except Exception as error:  # a training is worth more than any picture of it
        warning(f"{path} could not be drawn ({error}); the training goes on")


def verbosity() -> int:
    """Keras's `verbose` for what progresses.

    Returns:
        1, a moving bar, on a terminal or in a notebook; 2, one line at the end, where
        the output is a file or a pipe, which a moving bar would fill.
    """
    return 1 if sys.stdout.isatty() or "ipykernel" in sys.modules else 2
