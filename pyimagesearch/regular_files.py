"""Tell regular files from what never ends or never answers: pipes, devices, sockets."""

import errno
import os
import stat
from pathlib import Path

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
}


def find_irregularity(path: Path) -> str | None:
    """Say why a path is not a regular file, without opening it.

    Args:
        path: Path, whose links are followed.

    Returns:
        str, the rest of a sentence after the path, such as "is a named pipe, not a
        regular file"; None for a regular file, and for one that cannot be found, as
        opening it will tell.
    """
    try:
        mode = os.stat(path).st_mode
    except ValueError:
        return "has a name that no file can have"
    except OSError as error:
        is_loop = error.errno == errno.ELOOP
        return "is a link that leads back to itself" if is_loop else None
    if stat.S_ISREG(mode):
        return None
    kind = _KINDS.get(stat.S_IFMT(mode), "no file")
    link = "a link to " if os.path.islink(path) else ""
    return f"is {link}{kind}, not a regular file"
