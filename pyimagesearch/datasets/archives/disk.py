"""Room on the disk: asked for before it is needed, and told when it has run out."""

import errno
import shutil
from pathlib import Path

SPARE_BYTES = 100_000_000  # left to everything else on the disk


def free_bytes(folder: Path) -> int:
    """What may be written on the disk that `folder` is on."""
    return max(shutil.disk_usage(folder).free - SPARE_BYTES, 0)


def require_free(folder: Path, needed: int, purpose: str) -> None:
    """Checks that there is room for `needed` bytes on the disk that `folder` is on.

    Args:
        folder: a folder, which exists.
        needed: bytes.
        purpose: what needs them, for the error.

    Raises:
        OSError: ENOSPC, as a write would raise it later.
    """
    free = free_bytes(folder)
    if free < needed:
        raise OSError(
            errno.ENOSPC,
            f"{purpose} needs {needed / 1e9:.2f} GB where {folder} has "
            f"{free / 1e9:.2f} GB to give: make room there, or set KERAS_HOME to a "
            "folder on a larger disk",
        )


def is_full(error: Exception) -> bool:
    """Whether the error says that the disk, or the user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
