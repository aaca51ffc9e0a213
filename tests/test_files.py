"""A file appears whole, or the old one stays."""

import pytest

from pyimagesearch.files import (
    UNFINISHED,
    folder_written_whole,
    remove_unfinished,
    written_whole,
)


def test_the_file_appears_when_it_is_written(tmp_path):
    path = tmp_path / "below" / "a.json"
    with written_whole(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.suffix == ".json"
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_it_can_be_read_by_whom_other_files_can(tmp_path):
    (tmp_path / "other").touch()
    with written_whole(tmp_path / "a") as temporary:
        temporary.write_text("new")
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(RuntimeError), written_whole(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path):
    full = pytest.raises(OSError, match="No space left")
    with full as error, written_whole(tmp_path / "a"):
        raise OSError(28, "a library's own words")
    assert error.value.filename == str(tmp_path / "a")
    assert not list(tmp_path.iterdir())


def test_a_folder_replaces_the_old_one_when_it_is_full(tmp_path):
    path = tmp_path / "below" / "a"
    for number in (1, 2):
        with folder_written_whole(path) as temporary:
            (temporary / f"{number}").touch()
        assert [file.name for file in path.iterdir()] == [f"{number}"]
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode == path.parent.stat().st_mode


def test_a_failure_leaves_the_old_folder_and_nothing_else(tmp_path):
    path = tmp_path / "a"
    path.mkdir()
    (path / "old").touch()
    full = pytest.raises(OSError, match="No space left")
    with full as error, folder_written_whole(path) as temporary:
        (temporary / "half").touch()
        raise OSError(28, "a library's own words")
    assert error.value.filename == str(path)
    assert sorted(tmp_path.rglob("*")) == [path, path / "old"]


def test_what_killed_processes_left_is_removed(tmp_path):
    folder = tmp_path / "below" / f"{UNFINISHED}1"
    folder.mkdir(parents=True)
    (folder / f"{UNFINISHED}2").touch()
    (tmp_path / f"{UNFINISHED}3").touch()
    (tmp_path / "whole").touch()
    remove_unfinished(tmp_path)
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "below", tmp_path / "whole"]
