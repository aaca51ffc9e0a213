"""The one error that is the user's to mend."""


class UserError(ValueError):
    """One sentence that names the flag or file that is wrong and the way to mend it.

    A command prints it and ends with exit status 2; see `command_line.run`.
    """
