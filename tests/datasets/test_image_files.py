"""Which files of a folder are images, and which are passed over."""

import os
import socket

import pytest

from pyimagesearch.datasets.image_files import (
    describe_skipped,
    list_image_files,
    scan_folder,
)


def test_image_files_are_listed_in_order(tmp_path):
    for name in ("b.JPG", "a/z.webp", "a/c.png", "c.bmp", "notes.txt", "._b.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [
        path.relative_to(tmp_path).as_posix() for path in list_image_files(tmp_path)
    ]
    assert found == ["a/c.png", "a/z.webp", "b.JPG", "c.bmp"]


def find_names(folder):
    return [path.relative_to(folder).as_posix() for path in scan_folder(folder).images]


@pytest.fixture
def touch(tmp_path):
    def make(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()

    return make


def test_all_extensions_are_found_in_any_case(tmp_path, touch):
    names = ["a.JPG", "b.jpeg", "c.jpe", "d.JFIF", "e.png", "f.bmp", "g.webp"]
    names += ["h.tif", "i.TIFF", "j.npy"]
    touch(*names)
    assert find_names(tmp_path) == names


def test_other_files_are_counted_by_extension(tmp_path, touch):
    touch("a.png", "b.GIF", "x/c.gif", "x/README", "x/y/d.nii.gz", "ends.")
    assert scan_folder(tmp_path) == (
        [tmp_path / "a.png"],
        {".gif": 2, "": 2, ".nii.gz": 1},
    )


def test_skipped_files_are_described():
    skipped = {".txt": 1, ".gif": 3, "": 2, ".a": 1}
    said = "3 .gif, 2 without extension, 1 .a, 1 .txt"
    assert describe_skipped(skipped) == said
    assert describe_skipped({}) == ""


def test_hidden_files_and_those_of_systems_are_ignored(tmp_path, touch):
    touch(".a.png", ".git/b.png", ".git/x/c.png", "__MACOSX/d.png", "x/@eaDir/e.png")
    touch("Thumbs.db", "x/THUMBS.DB", ".DS_Store", "x/f.png")
    assert scan_folder(tmp_path) == ([tmp_path / "x/f.png"], {})


def test_what_is_no_regular_file_is_ignored(tmp_path, touch, monkeypatch):
    touch("folder.jpg/inside.png")
    (tmp_path / "dangling.png").symlink_to("gone.png")
    (tmp_path / "itself.png").symlink_to("itself.png")
    os.mkfifo(tmp_path / "pipe.png")
    monkeypatch.chdir(tmp_path)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.png")
        assert scan_folder(tmp_path) == ([tmp_path / "folder.jpg/inside.png"], {})


def test_links_are_followed_and_loops_cut(tmp_path, touch):
    touch("pairs/a.png", "elsewhere/b.png", "elsewhere/deep/c.png")
    (tmp_path / "pairs" / "file.png").symlink_to(tmp_path / "elsewhere/b.png")
    (tmp_path / "pairs" / "one").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "pairs" / "two").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "pairs" / "itself").symlink_to(tmp_path / "pairs")
    (tmp_path / "elsewhere" / "deep" / "back").symlink_to(tmp_path / "elsewhere")
    assert find_names(tmp_path / "pairs") == [
        *("a.png", "file.png"),
        *("one/b.png", "one/deep/c.png", "two/b.png", "two/deep/c.png"),
    ]


def test_a_missing_folder_has_no_files(tmp_path):
    assert scan_folder(tmp_path / "gone") == ([], {})


def test_a_hidden_folder_can_be_searched_itself(tmp_path, touch):
    touch(".cache/a.png")
    assert find_names(tmp_path / ".cache") == ["a.png"]
