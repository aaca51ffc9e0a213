"""What a command says while it works."""

import sys


def info(message: str) -> None:
    """Prints an `[INFO]` line at once, also where the output is a file or a pipe."""
    print(f"[INFO] {message}", flush=True)


def warning(message: str) -> None:
    """Prints a `[WARNING]` line to standard error."""
    print(f"[WARNING] {message}", file=sys.stderr, flush=True)


def verbosity() -> int:
    """Keras's `verbose` for what progresses.

    Returns:
        1, a moving bar, on a terminal or in a notebook; 2, one line at the end, where
        the output is a file or a pipe, which a moving bar would fill.
    """
    return 1 if sys.stdout.isatty() or "ipykernel" in sys.modules else 2
