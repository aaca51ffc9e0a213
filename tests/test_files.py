"""A file appears whole, or the old one stays."""

import pytest

from pyimagesearch.files import written_whole


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
