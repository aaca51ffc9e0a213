"""Errors that end a command with one line instead of a traceback."""


class UserError(ValueError):
    """Bad input: says what is wrong, with the flag or file, and what to do.

    A command prints the message and exits with status 2; see `cli.run_command`.

    Args:
        message: str, one sentence. Bytes of a file name that are not UTF-8 are escaped,
            because TensorFlow drops a message with such a name.
    """

    def __init__(self, message: str):
        super().__init__(message.encode(errors="backslashreplace").decode())


class RunStoppedError(Exception):
    """A run that ended early: says why, and how to continue.

    Args:
        message: str, one sentence.
        status: int, the exit status of the command.
    """

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status
