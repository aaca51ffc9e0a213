"""The errors that a command ends with, in one sentence and without a traceback."""


class UserError(ValueError):
    """One sentence that names the flag or file that is wrong and the way to mend it.

    A command prints it and ends with exit status 2; see `command_line.run`.
    """


class RunStoppedError(Exception):
    """One sentence on why a run ended before its time, and how to go on.

    Attributes:
        status: the exit status of the command.
    """

    def __init__(self, sentence: str, status: int):
        super().__init__(sentence)
        self.status = status
