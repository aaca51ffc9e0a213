"""Files and folders that appear whole or not at all."""

import contextlib
import csv
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

UNFINISHED = ".unfinished-"  # what the names of files begin with until they are whole


@contextlib.contextmanager
def written_whole(path: str | os.PathLike) -> Iterator[Path]:
    """Gives a file to write beside `path`, and moves it to `path` once it is written.

    Whoever opens `path` finds the old content or the new, never a part of either.

    Args:
        path: the file to make or replace; its folder is made where it is missing.

    Yields:
        The file to write, in the same folder and with the same extension. It is
        removed when the block raises.

    Raises:
        OSError: what the block raised, or the rename, with the name of `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f"{UNFINISHED}{path.stem}-", suffix=path.suffix
    )
    os.close(handle)
    temporary = Path(name)
    try:
        with _named(path):
            yield temporary
            temporary.chmod(0o666 & ~_umask())  # mkstemp's files are private
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def folder_written_whole(path: str | os.PathLike) -> Iterator[Path]:
    """Gives a folder to fill beside `path`, and moves it to `path` once it is full.

    Args:
        path: the folder to make or replace. An old one is set aside just before the
            move, for no system replaces a folder that is not empty in one step.

    Yields:
        The empty folder to fill. It is removed when the block raises.

    Raises:
        OSError: what the block raised, or the rename, with the name of `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=UNFINISHED) as aside:
        temporary = Path(aside, "new")
        with _named(path):
            temporary.mkdir()  # with the usual permissions, which `aside` has not
            yield temporary
            if path.exists():
                os.replace(path, Path(aside, "old"))
            os.replace(temporary, path)


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Gives an error the name that the user knows, not that which is written first."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def write_table(path: Path, rows: list[dict]) -> None:
    """Writes a CSV file, which appears whole: the first row's names, then all rows."""
    with (
        written_whole(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def remove_unfinished(folder: Path) -> None:
    """Removes what processes that were killed had begun to write in a folder."""
    for path in list(folder.rglob(f"{UNFINISHED}*")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
