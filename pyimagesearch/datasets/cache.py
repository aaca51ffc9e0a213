"""The Keras dataset cache, in which a dataset's folder appears whole or not at all."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from pyimagesearch.cli import info


def get_datasets_folder() -> Path:
    """`$KERAS_HOME/datasets`, or `~/.keras/datasets` where KERAS_HOME is not set."""
    home = os.environ.get("KERAS_HOME") or "~/.keras"
    return Path(home).expanduser() / "datasets"


def build_once(folder: Path, build: Callable[[Path], None]) -> Path:
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
    with _hold_lock(folder):
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


@contextlib.contextmanager
def _hold_lock(folder: Path) -> Iterator[None]:
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        info(f"waiting for {folder}, which another run is making")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
