"""What reaches a terminal: text without control characters, and errors of a stream."""

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator
from typing import TextIO

# Control characters of ASCII and Latin-1, ends of lines and of paragraphs, and those
# that change the direction of the text, so that a name looks like another one.
_HARMFUL = "\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_CONTROLS = re.compile(f"[\x00-\x1f{_HARMFUL}]")
# A progress bar of Keras moves back on its line, and has colors.
_STYLE = r"\x1b\[(?:0|1|3[0-7])?m"
_CONTROLS_OF_PROGRAMS = re.compile(f"({_STYLE})|[\x00-\x07\x0b\x0c\x0e-\x1f{_HARMFUL}]")


class OutputError(BaseException):
    """Standard output cannot be written.

    It ends the command, wherever the text was printed: no `Exception`, which some code
    catches to go on.
    """

    def __init__(self, cause: OSError):
        super().__init__(str(cause))
        self.cause = cause


def escape_controls(text: str) -> str:
    """Escape control characters, which could move a terminal's cursor or clear it."""
    return _CONTROLS.sub(lambda match: repr(match[0])[1:-1], text)


class Gate:
    """A standard stream with all text that is printed to it, also by libraries.

    Control characters are escaped, but for line ends and those of progress bars. An
    error of standard output raises `OutputError`. One of standard error does nothing:
    there is no place left to report it.

    Args:
        stream: text stream, sys.stdout or sys.stderr.
        is_output: bool, whether it is standard output.

    Attributes:
        error: OutputError or None, the first error of standard output.
    """

    def __init__(self, stream: TextIO, is_output: bool):
        self._stream = stream
        self._is_output = is_output
        self.error = None

    def write(self, text: str) -> int:
        """Write text; return its length."""
        escaped = _CONTROLS_OF_PROGRAMS.sub(
            lambda match: match[1] or repr(match[0])[1:-1], text
        )
        self._attempt(self._stream.write, escaped)
        return len(text)

    def writelines(self, lines) -> None:
        """Write an iterable of str."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the stream."""
        self._attempt(self._stream.flush)

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def _attempt(self, function, *arguments) -> None:
        try:
            function(*arguments)
        except OSError as error:
            _discard_output(self._stream)
            if self._is_output:
                self.error = OutputError(error)
                raise self.error from error


def _discard_output(stream: TextIO) -> None:
    """Send what is left in a stream's buffer, and what follows, to nowhere.

    Python would report another error when it flushes the stream at the end.
    """
    with contextlib.suppress(OSError, ValueError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)


@contextlib.contextmanager
def gate_streams() -> Iterator[None]:
    """Put a `Gate` before standard output and standard error.

    Characters that a stream's encoding lacks are escaped. A standard error that is
    closed becomes a stream that discards its text.
    """
    before = sys.stdout, sys.stderr
    with contextlib.ExitStack() as stack:
        if sys.stderr is None:
            sys.stderr = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        if not isinstance(sys.stdout, Gate | None):
            sys.stdout = Gate(sys.stdout, is_output=True)
        if not isinstance(sys.stderr, Gate):
            sys.stderr = Gate(sys.stderr, is_output=False)
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before


def get_output_error() -> OutputError | None:
    """Return the error of standard output, if it has had one."""
    return getattr(sys.stdout, "error", None)
