"""The Keras dataset cache, in which a dataset's folder is created atomically."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from pyimagesearch.cli import info


def get_datasets_folder() -> Path:
    """Return `$KERAS_HOME/datasets`, or `~/.keras/datasets` if KERAS_HOME is unset."""
    home = os.environ.get("KERAS_HOME") or "~/.keras"
    return Path(home).expanduser() / "datasets"


def build_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Create a folder of the cache unless it exists.

    If several processes call this function for the same folder, one builds it and the
    others wait.

    Args:
        folder: Path, the folder in the cache.
        build: callable that fills the empty folder it is given. That folder is then
            renamed to `folder`. If `build` raises or the process is killed, `folder`
            does not exist.

    Returns:
        Path, `folder`.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _hold_lock(folder):
        if folder.is_dir():  # built by the process that held the lock before
            return folder
        partial = folder.with_name(f".{folder.name}.partial")
        if partial.exists():  # from a killed process: this one holds the lock now
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
        info(f"waiting for another run that is creating {folder}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
