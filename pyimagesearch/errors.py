"""Errors that end a command with one line instead of a traceback."""

from pyimagesearch.terminal import escape_controls


class UserError(ValueError):
    """Bad input: says what is wrong, with the flag or file, and what to do.

    A command prints the message and exits with status 2; see `cli.run_command`.

    Args:
        message: str, one sentence. Bytes of a file name that are not UTF-8 and control
            characters are escaped: TensorFlow drops a message with the former, and a
            name with a line end is still a part of the line.
    """

    def __init__(self, message: str):
        message = message.encode(errors="backslashreplace").decode()
        super().__init__(escape_controls(message))


class RunStoppedError(Exception):
    """A run that ended early: says why, and how to continue.

    Args:
        message: str, one sentence.
        status: int, the exit status of the command.
    """

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status
