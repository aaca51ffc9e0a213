"""A file appears whole, or the old one stays."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from pyimagesearch.atomic import (
    HOST,
    TEMPORARY_PREFIX,
    remove_temporary_files,
    write_atomic,
    write_atomic_folder,
)


def test_the_file_appears_when_it_is_written(tmp_path):
    path = tmp_path / "below" / "a.json"
    with write_atomic(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.suffix == ".json"
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_it_can_be_read_by_whom_other_files_can(tmp_path):
    (tmp_path / "other").touch()
    with write_atomic(tmp_path / "a") as temporary:
        temporary.write_text("new")
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(RuntimeError), write_atomic(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path):
    full = pytest.raises(OSError, match="No space left")
    with full as error, write_atomic(tmp_path / "a"):
        raise OSError(28, "a library's own words")
    assert error.value.filename == str(tmp_path / "a")
    assert not list(tmp_path.iterdir())


def test_a_folder_replaces_the_old_one_when_it_is_full(tmp_path):
    path = tmp_path / "below" / "a"
    for number in (1, 2):
        with write_atomic_folder(path) as temporary:
            (temporary / f"{number}").touch()
        assert [file.name for file in path.iterdir()] == [f"{number}"]
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode == path.parent.stat().st_mode


def test_a_failure_leaves_the_old_folder_and_nothing_else(tmp_path):
    path = tmp_path / "a"
    path.mkdir()
    (path / "old").touch()
    full = pytest.raises(OSError, match="No space left")
    with full as error, write_atomic_folder(path) as temporary:
        (temporary / "half").touch()
        raise OSError(28, "a library's own words")
    assert error.value.filename == str(path)
    assert sorted(tmp_path.rglob("*")) == [path, path / "old"]


def test_threads_that_write_leave_public_files_only(tmp_path):
    def write(number):
        with write_atomic(tmp_path / f"{number}") as temporary:
            temporary.write_text("new")

    (tmp_path / "other").touch()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(write, range(600)))
    finally:
        sys.setswitchinterval(before)
    assert {path.stat().st_mode for path in tmp_path.iterdir()} == {
        (tmp_path / "other").stat().st_mode
    }
    assert len(list(tmp_path.iterdir())) == 601


def test_an_error_about_another_file_keeps_its_name(tmp_path):
    with pytest.raises(FileNotFoundError) as error, write_atomic(tmp_path / "a"):
        (tmp_path / "missing").read_bytes()
    assert error.value.filename == str(tmp_path / "missing")


def test_what_killed_processes_left_is_removed(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    folder = tmp_path / "below" / f"{TEMPORARY_PREFIX}1"
    folder.mkdir(parents=True)
    (folder / f"{TEMPORARY_PREFIX}2").touch()
    (tmp_path / f"{TEMPORARY_PREFIX}3").touch()
    (tmp_path / f"{TEMPORARY_PREFIX}{HOST}-{ended.pid}-4").touch()
    (tmp_path / "whole").touch()
    remove_temporary_files([tmp_path])
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "below", tmp_path / "whole"]


def test_what_running_processes_write_stays(tmp_path):
    elsewhere = tmp_path / f"{TEMPORARY_PREFIX}another_host-1-a"
    elsewhere.touch()
    with write_atomic(tmp_path / "a") as temporary:
        temporary.write_text("new")
        remove_temporary_files([tmp_path])
        assert temporary.exists()
    assert sorted(tmp_path.iterdir()) == [elsewhere, tmp_path / "a"]


def test_the_longest_name_can_be_written(tmp_path):
    path = tmp_path / f"{'n' * 251}.png"
    with write_atomic(path) as temporary:
        temporary.write_bytes(b"new")
    assert path.read_bytes() == b"new"
