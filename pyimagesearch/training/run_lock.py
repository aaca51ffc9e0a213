"""One training per folder: a lock that the operating system ends with its process."""

import os
import platform
import re
import tempfile
import time
import weakref
from datetime import datetime
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from pyimagesearch.atomic import write_atomic
from pyimagesearch.cli import warning
from pyimagesearch.errors import UserError

try:
    import fcntl
except ImportError:  # on Windows, where every filesystem can lock
    fcntl = None

LOCK_FILE = ".lock"  # empty: `filelock` may truncate it in an attempt that fails
OWNER_FILE = ".lock-owner"
OWNER = re.compile(r"process ([0-9]{1,9}) on (\S{1,255}), since ([0-9 :+-]{1,40})")
OWNER_BYTES = 400  # more than any owner takes
PATIENCE = 1.0  # seconds that a process gets between its lock and its name
_held: weakref.WeakValueDictionary[str, "RunLock"] = weakref.WeakValueDictionary()


class RunLock:
    """A lock on the folder of a run, which one process holds at a time.

    It ends with `release`, which a `with` block calls at its end, with the object, or
    with the process, also a killed one. In one process, a new lock takes the folder
    over from an earlier one. The lock's file stays in the folder: another process may
    be opening it.

    Args:
        folder: Path, the folder of the run.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._is_settled = False  # locked, or known not to be lockable
        self._finalizer = None

    def acquire(self) -> None:
        """Lock the folder, which exists; do nothing if this object holds it.

        A filesystem that cannot lock files is a warning.

        Raises:
            UserError: if another process holds the folder. It says which one, if that
                is known.
        """
        if self._is_settled:
            return
        key = os.path.realpath(self.folder)
        if key in _held:
            _held[key].release()
        lock = FileLock(self.folder / LOCK_FILE, thread_local=False)
        try:
            _check_locking(self.folder)
            lock.acquire(timeout=0)
        except Timeout as error:
            owner = _describe_owner(self.folder)
            raise UserError(
                f"another training writes to {self.folder}{owner}: wait for its end, "
                f"stop it, or choose another folder with --output"
            ) from error
        except OSError as error:
            warning(
                f"{self.folder} cannot be locked ({error.strerror}): start no other "
                f"training in this folder"
            )
            self._is_settled = True
            return
        path = self.folder / OWNER_FILE
        self._finalizer = weakref.finalize(self, _unlock, lock, path)
        self._is_settled = True
        _held[key] = self
        with write_atomic(path) as temporary:
            temporary.write_text(_name_this_process(), encoding="utf-8")

    def release(self) -> None:
        """Unlock the folder, if it is locked."""
        self._is_settled = False
        if self._finalizer:
            self._finalizer()

    def __enter__(self) -> "RunLock":
        return self

    def __exit__(self, *_) -> None:
        self.release()


def _unlock(lock: FileLock, owner: Path) -> None:
    owner.unlink(missing_ok=True)  # before another process can write its own
    lock.release()


def _check_locking(folder: Path) -> None:
    """Raise an OSError if the filesystem has no locks.

    Some versions of `filelock` take that for a lock of another process, some replace
    the lock by a file that a killed process leaves.
    """
    if fcntl:
        with tempfile.TemporaryFile(dir=folder) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _name_this_process() -> str:
    now = datetime.now().astimezone().isoformat(" ", "seconds")
    return f"process {os.getpid()} on {_get_host()}, since {now}"


def _get_host() -> str:
    return platform.node() or "localhost"


def _describe_owner(folder: Path) -> str:
    """Return " (process N on HOST, since TIME)", or "" if that is not known."""
    deadline = time.monotonic() + PATIENCE
    while True:
        owner = _read_owner(folder / OWNER_FILE)
        if owner or time.monotonic() > deadline:
            return f" ({owner})" if owner else ""
        time.sleep(0.05)


def _read_owner(path: Path) -> str | None:
    """Read who holds the lock; None for any other content, or if a killed one did."""
    try:
        with path.open("rb") as file:
            text = file.read(OWNER_BYTES).decode().strip()
    except (OSError, ValueError):
        return None
    owner = OWNER.fullmatch(text)
    if not owner:
        return None
    is_gone = owner[2] == _get_host() and not psutil.pid_exists(int(owner[1]))
    return None if is_gone else text
