"""The list of images to translate, and the input that is rejected."""

import os
from pathlib import Path

import pytest

from pyimagesearch.errors import UserError
from pyimagesearch.translation.input_files import complete_targets, list_jobs

OUT = Path("out")


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Create photos/ with files at three depths in the working directory."""
    for name in ("a.jpg", "b.PNG", "notes.txt", "x/a.webp", "x/y/c.d.bmp"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "photos"


def map_targets(*paths):
    return {
        job.source.as_posix(): job.target.relative_to(OUT).as_posix()
        for job in list_jobs(list(paths), OUT)
    }


def test_files_globs_and_folders_can_be_mixed(photos):
    assert map_targets("photos/[ab].*", "photos/x/y", "photos/a.jpg") == {
        "photos/a.jpg": "a.png",
        "photos/b.PNG": "b.png",
        "photos/x/y/c.d.bmp": "c.d.png",
    }
    assert map_targets("photos/**/c*") == {"photos/x/y/c.d.bmp": "c.d.png"}


ALL = {
    "photos/a.jpg": "a.png",
    "photos/b.PNG": "b.png",
    "photos/x/a.webp": "x/a.png",
    "photos/x/y/c.d.bmp": "x/y/c.d.png",
}


@pytest.mark.parametrize(
    "paths",
    [
        ["photos"],
        [f"photos{os.sep}"],
        ["photos/**"],
        ["photo*"],
        ["photos", "photos/x"],
        ["photos/x", "photos"],
        ["photos/x/a.webp", "photos"],
        ["photos/**", "photos/x/../a.jpg"],
    ],
)
def test_every_source_occurs_once_with_its_subfolders(photos, paths):
    assert map_targets(*paths) == ALL
    assert len(list_jobs(paths, OUT)) == len(ALL)


def test_a_glob_takes_the_folders_that_it_matches(photos):
    (photos / "x" / "a.webp").rename(photos / "x" / "e.webp")
    assert map_targets("photos/[!n]*") == {
        "photos/a.jpg": "a.png",
        "photos/b.PNG": "b.png",
        "photos/x/e.webp": "e.png",
        "photos/x/y/c.d.bmp": "y/c.d.png",
    }


def test_a_file_that_its_folder_would_skip_is_kept(photos):
    assert map_targets("photos", "photos/notes.txt") == {
        **ALL,
        "photos/notes.txt": "notes.png",
    }


def test_an_existing_file_is_not_a_glob(photos):
    (photos / "[a].jpg").touch()
    assert map_targets("photos/[a].jpg") == {"photos/[a].jpg": "[a].png"}


def test_a_file_may_have_any_extension(photos):
    assert map_targets("photos/notes.txt") == {"photos/notes.txt": "notes.png"}


def test_results_in_the_folder_are_skipped(photos):
    (photos / "translated").mkdir()
    (photos / "translated" / "a.png").touch()
    jobs = list_jobs(["photos"], Path("photos/translated"))
    assert len(jobs) == 4
    assert Path("photos/translated/x/y/c.d.png") in {job.target for job in jobs}


@pytest.mark.parametrize(
    ("paths", "sentence"),
    [
        (["photos/gone.jpg"], "--input photos/gone.jpg matches no file and no folder"),
        (["photos/*.gif"], r"--input photos/\*.gif matches no file and no folder"),
        (["photos/a.jpg", "photos/x/a.webp"], r"would both be written to out/a\.png"),
        (["photos/x", "photos/a.jpg"], r"would both be written to out/a\.png"),
    ],
)
def test_invalid_paths_raise(photos, paths, sentence):
    with pytest.raises(UserError, match=sentence):
        list_jobs(paths, OUT)


def test_a_folder_without_images_raises(photos):
    (photos / "a.jpg").unlink()
    (photos / "none").mkdir()
    with pytest.raises(UserError, match="none holds no image; .* .bmp, .jfif, .jpe, "):
        list_jobs(["photos/none"], OUT)


def test_files_that_are_passed_over_are_said(photos, capsys):
    for name in ("a.tif2", "x/b.TIF2", "x/y/README", ".hidden.gif"):
        (photos / name).touch()
    assert map_targets("photos") == ALL
    assert capsys.readouterr().out == (
        "[INFO] passed over in photos: 2 .tif2, 1 without extension, 1 .txt\n"
    )
    (photos / "none").mkdir()
    (photos / "none" / "scan.dcm").touch()
    with pytest.raises(UserError, match=r"none holds no image, but 1 \.dcm; the supp"):
        list_jobs(["photos/none"], OUT)


def test_inputs_are_not_overwritten(photos):
    (photos / "c.png").touch()
    with pytest.raises(UserError, match=r"overwrite the input .*c\.png: .* --output"):
        complete_targets(list_jobs(["photos/c.png"], photos), ".png")
    with pytest.raises(UserError, match=r"overwrite the input .*c\.png: .* --output"):
        complete_targets(list_jobs(["photos/x/../c.png"], Path("photos")), ".png")


def test_the_results_of_samples_are_numbered(photos):
    jobs = complete_targets(list_jobs(["photos/x"], OUT), ".npy", samples=2)
    assert [job.targets for job in jobs] == [
        {1: OUT / "a-1.npy", 2: OUT / "a-2.npy"},
        {1: OUT / "y" / "c.d-1.npy", 2: OUT / "y" / "c.d-2.npy"},
    ]
    (job,) = complete_targets(list_jobs(["photos/a.jpg"], OUT), ".png", samples=1)
    assert job.targets == {1: OUT / "a-1.png"}
    (job,) = complete_targets(list_jobs(["photos/a.jpg"], OUT), ".png")
    assert job.targets == {None: OUT / "a.png"}


def test_samples_do_not_overwrite_inputs(photos):
    (photos / "a-2.png").touch()
    jobs = list_jobs(["photos/a-2.png", "photos/a.jpg"], photos)
    assert len(complete_targets(jobs, ".png", samples=1)) == 2
    with pytest.raises(UserError, match=r"overwrite the input .*a-2\.png: .* --output"):
        complete_targets(jobs, ".png", samples=2)


def test_numbers_do_not_make_names_collide(photos):
    for name in ("a-1.jpg", "a-1-1.jpg"):
        (photos / name).touch()
    jobs = list_jobs(["photos/a*.jpg"], OUT)
    jobs = complete_targets(jobs, ".png", samples=12)
    assert len({path for job in jobs for path in job.targets.values()}) == 3 * 12
    with pytest.raises(UserError, match=r"would both be written to out/a\.png"):
        list_jobs(["photos/a.jpg", "photos/x/a.webp"], OUT)
