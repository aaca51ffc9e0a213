"""Write files and folders atomically: they appear complete or not at all."""

import contextlib
import csv
import errno
import os
import platform
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from pyimagesearch.disk import find_os_error
from pyimagesearch.process import unfinished

# The name of a file that is being written starts so, with the host and the process.
TEMPORARY_PREFIX = ".unfinished-"
HOST = re.sub(r"\W+", "_", platform.node()) or "host"


@contextlib.contextmanager
def write_atomic(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary file to write, and move it to `path` at the end.

    Whoever opens `path` finds either its old content or all of the new one.

    Args:
        path: str or PathLike, the file to create or replace. Its folder is created if
            it is missing.

    Yields:
        Path, the file to write: in the same folder and with the same extension. It is
        removed if the block raises.

    Raises:
        OSError: if the file cannot be written or moved, with the name of `path`.
    """
    path = Path(path)
    _make_parent(path)
    # Without the name of `path`, which may have the greatest length already.
    name = f"{create_temporary_prefix()}{secrets.token_hex(4)}{path.suffix}"
    temporary = path.with_name(name)
    unfinished.add(str(temporary))
    try:
        with report_as(path, temporary):
            # Created with the usual permissions; `tempfile` makes private files.
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            yield temporary
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
        unfinished.discard(str(temporary))


@contextlib.contextmanager
def write_atomic_folder(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary folder to fill, and move it to `path` at the end.

    Args:
        path: str or PathLike, the folder to create or replace. The old one is moved
            away just before: no system replaces a folder with files in one step.

    Yields:
        Path, the empty folder to fill. It is removed if the block raises.

    Raises:
        OSError: if the folder cannot be written or moved, with the name of `path`.
    """
    path = Path(path)
    _make_parent(path)
    with create_temporary_folder(path.parent) as parent:
        temporary = parent / "new"
        with report_as(path, temporary):
            temporary.mkdir()  # with the usual permissions; `parent` is private
            yield temporary
            if path.exists():
                os.replace(path, parent / "old")
            os.replace(temporary, path)


def _make_parent(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # a file: say what it should be
        reason = os.strerror(errno.ENOTDIR)
        raise NotADirectoryError(errno.ENOTDIR, reason, error.filename) from error


@contextlib.contextmanager
def create_temporary_folder(parent: str | os.PathLike) -> Iterator[Path]:
    """Create a folder, and remove it with its files at the end.

    The next run removes what a killed process leaves; see `remove_temporary_files`.

    Args:
        parent: str or PathLike, the folder to create it in.

    Yields:
        Path, the folder, which only this user can read.
    """
    prefix = create_temporary_prefix()
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix) as folder:
        unfinished.add(folder)
        try:
            yield Path(folder)
        finally:
            unfinished.discard(folder)


def create_temporary_prefix() -> str:
    """Create the start of a temporary name that tells which process it belongs to."""
    return f"{TEMPORARY_PREFIX}{HOST}-{os.getpid()}-"


@contextlib.contextmanager
def report_as(path: Path, temporary: Path) -> Iterator[None]:
    """Give an error about a temporary file the name that the user knows.

    A failed write has no file name, and libraries raise errors of their own. An error
    about any other file stays as it is.

    Args:
        path: Path, the name that the user knows.
        temporary: Path, the temporary file or folder that the block writes.

    Raises:
        OSError: with the name `path`.
    """
    try:
        yield
    except Exception as error:
        found = find_os_error(error)
        if found is None:
            raise
        about = found.filename
        if about and not _is_within(about, temporary):
            raise
        raise OSError(found.errno, os.strerror(found.errno), str(path)) from error


def _is_within(path: str | os.PathLike, folder: Path) -> bool:
    path = Path(os.fsdecode(path))
    return path == folder or folder in path.parents


def write_csv(path: Path, rows: list[dict]) -> None:
    """Write a CSV file atomically: a header with the keys of all rows, then the rows.

    Bytes of a file name that are not UTF-8 are escaped.

    Args:
        path: Path, the file.
        rows: list of dict, one or more. The cell of a key that a row lacks is empty.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    with (
        write_atomic(path) as temporary,
        temporary.open(
            "w", newline="", encoding="utf-8", errors="backslashreplace"
        ) as file,
    ):
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


def remove_temporary_files(folders: Iterable[Path], is_recursive: bool = True) -> None:
    """Remove the temporary files that killed processes have left in some folders.

    The files of running processes, and those of other hosts, stay.

    Args:
        folders: iterable of Path.
        is_recursive: bool, whether the folders below are searched, too.
    """
    pattern = f"{'**/' if is_recursive else ''}{TEMPORARY_PREFIX}*"
    for folder in folders:
        for path in list(folder.glob(pattern)):
            if not _is_abandoned(path):
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _is_abandoned(path: Path) -> bool:
    owner = re.match(rf"{re.escape(TEMPORARY_PREFIX)}(\w+)-(\d+)-", path.name)
    if owner is None:  # written by version 1, which named no process
        return True
    return owner[1] == HOST and not psutil.pid_exists(int(owner[2]))
