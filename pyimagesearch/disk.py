"""Errors of the file system, whichever library reports them."""

import errno
import os
import re
import shutil
import sys
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # also of a quota, a limit
# What the user can mend; any other OSError is a defect.
MENDABLE = {
    *(*FULL, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO),
    *(errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST, errno.ENAMETOOLONG),
    *(errno.ELOOP, errno.EMFILE),
}
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
# NumPy's words for a write that the system did only in part.
_PARTIAL = re.compile(r"\d+ requested and \d+ written")


def find_os_error(error: BaseException) -> OSError | None:
    """Find the error of the file system behind an exception.

    TensorFlow raises exceptions of its own, NumPy and h5py an `OSError` without its
    number, and Keras another one while it closes a file that could not be written.

    Args:
        error: BaseException.

    Returns:
        OSError with its number, and with the file if that is known; or None.
    """
    if isinstance(error, OSError) and error.errno:
        return error
    if isinstance(error, OSError) or _is_tensorflow_error(error):
        found = _parse_error(str(error))
        if found:
            return found
    cause = error.__cause__ or error.__context__
    if cause is None:
        return None
    found = find_os_error(cause)
    return found if found and found.errno in FULL else None


def _is_tensorflow_error(error: BaseException) -> bool:
    tensorflow = sys.modules.get("tensorflow")  # importing it here would take seconds
    return tensorflow is not None and isinstance(error, tensorflow.errors.OpError)


def _parse_error(text: str) -> OSError | None:
    """Find the number, and TensorFlow's "PATH; what is wrong", in a message."""
    for number in sorted(MENDABLE):
        reason = os.strerror(number)
        if reason in text:
            path = re.search(rf"(?:.*\}}\}} )?(.+?); {re.escape(reason)}", text)
            return OSError(number, reason, *path.groups() if path else ())
    if _PARTIAL.search(text):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return None


def describe_os_error(error: OSError) -> str:
    """Describe an error of a file, and what is free if the disk is full.

    Args:
        error: OSError, with its number and its file.
    """
    text = f"{os.fsdecode(error.filename)}: {error.strerror}"
    if error.errno not in FULL:
        return text
    folder = Path(os.fsdecode(error.filename)).absolute()
    try:
        while not folder.is_dir():
            folder = folder.parent
        free = shutil.disk_usage(folder).free
    except OSError:
        return text
    return f"{text} ({_format_size(free)} free in {folder})"


def _format_size(size: float) -> str:
    unit = 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.3g} {_UNITS[unit]}"
