"""Which files become which pictures, and what is refused before any is written."""

import os
from pathlib import Path

import pytest

from pyimagesearch.errors import UserError
from pyimagesearch.translation.input_files import list_jobs

OUT = Path("out")


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """photos/ with files at three depths, as the working folder's."""
    for name in ("a.jpg", "b.PNG", "notes.txt", "x/a.webp", "x/y/c.d.bmp"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "photos"


def targets(*paths):
    return {
        job.source.as_posix(): job.target.relative_to(OUT).as_posix()
        for job in list_jobs(list(paths), OUT)
    }


def test_a_folder_keeps_its_names_and_subfolders(photos):
    assert targets("photos") == {
        "photos/a.jpg": "a.png",
        "photos/b.PNG": "b.png",
        "photos/x/a.webp": "x/a.png",
        "photos/x/y/c.d.bmp": "x/y/c.d.png",
    }
    assert targets(f"photos{os.sep}").keys() == targets("photos").keys()


def test_files_globs_and_folders_are_mixed_and_each_file_is_taken_once(photos):
    assert targets("photos/[ab].*", "photos/x/y", "photos/a.jpg") == {
        "photos/a.jpg": "a.png",
        "photos/b.PNG": "b.png",
        "photos/x/y/c.d.bmp": "c.d.png",
    }
    assert targets("photos/**/c*") == {"photos/x/y/c.d.bmp": "c.d.png"}


def test_a_file_is_what_it_is_called_even_if_that_is_a_pattern(photos):
    (photos / "[a].jpg").touch()
    assert targets("photos/[a].jpg") == {"photos/[a].jpg": "[a].png"}


def test_a_file_that_is_named_is_tried_whatever_its_extension(photos):
    assert targets("photos/notes.txt") == {"photos/notes.txt": "notes.png"}


def test_earlier_results_inside_the_folder_are_no_inputs(photos):
    (photos / "translated").mkdir()
    (photos / "translated" / "a.png").touch()
    jobs = list_jobs(["photos"], Path("photos/translated"))
    assert len(jobs) == 4
    assert Path("photos/translated/x/y/c.d.png") in {job.target for job in jobs}


@pytest.mark.parametrize(
    ("paths", "sentence"),
    [
        (["photos/gone.jpg"], "--input photos/gone.jpg names no file and no folder"),
        (["photos/*.gif"], r"--input photos/\*.gif names no file and no folder"),
        (["photos/a.jpg", "photos/x/a.webp"], r"would both be written to out/a\.png"),
        (["photos", "photos/x"], r"would both be written to out/a\.png"),
    ],
)
def test_what_is_refused(photos, paths, sentence):
    with pytest.raises(UserError, match=sentence):
        list_jobs(paths, OUT)


def test_a_folder_without_images_is_refused(photos):
    (photos / "a.jpg").unlink()
    (photos / "none").mkdir()
    with pytest.raises(UserError, match="none has no image in it: .bmp, .jpeg, .jpg"):
        list_jobs(["photos/none"], OUT)


def test_inputs_are_not_written_over(photos):
    (photos / "c.png").touch()
    with pytest.raises(UserError, match=r"c\.png would be written over: --output"):
        list_jobs(["photos/c.png"], photos)
    with pytest.raises(UserError, match=r"c\.png would be written over: --output"):
        list_jobs(["photos/x/../c.png"], Path("photos"))
