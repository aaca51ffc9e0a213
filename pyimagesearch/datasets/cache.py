"""The Keras dataset cache, in which a dataset's folder appears whole or not at all."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def datasets_folder() -> Path:
    """`$KERAS_HOME/datasets`, or `~/.keras/datasets` where KERAS_HOME is not set."""
    home = os.environ.get("KERAS_HOME") or "~/.keras"
    return Path(home).expanduser() / "datasets"


def made_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Gives `folder`, which the first caller makes while any other process waits.

    Args:
        folder: a folder of the cache.
        build: fills the empty folder it is given, which then becomes `folder` by one
            rename. When it raises, or the process is killed, there is no `folder`.

    Returns:
        `folder`, which exists.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        if folder.is_dir():  # made by the process that had the lock before
            return folder
        partial = folder.with_name(f".{folder.name}.partial")
        if partial.exists():  # left by a process that was killed: we hold its lock
            shutil.rmtree(partial)
        partial.mkdir()
        try:
            build(partial)
            os.replace(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return folder
