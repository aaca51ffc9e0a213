"""Datasets by name and by folder, and the flags that select them."""

import subprocess
import sys
from pathlib import Path

import pytest

from pyimagesearch.cli import Parser
from pyimagesearch.datasets import sources
from pyimagesearch.datasets.sources import (
    DATASET_FLAGS,
    add_dataset_flags,
    open_source,
)
from pyimagesearch.errors import UserError


@pytest.fixture(autouse=True)
def downloads(tmp_path, monkeypatch):
    """Make empty pairs instead of rendering or downloading; the arguments of both."""
    arguments = []

    def make(*given):
        arguments.append(given)
        for name in ("train/1.png", "val/1.png"):
            (tmp_path / "named" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "named" / name).touch()
        return tmp_path / "named"

    monkeypatch.setattr(sources, "streets_folder", make)
    monkeypatch.setattr(sources, "download_dataset", make)
    return arguments


@pytest.mark.parametrize(
    ("name", "direction", "label_side"),
    [
        ("cityscapes", "BtoA", "B"),
        ("facades", "BtoA", "B"),
        ("maps", "BtoA", None),
        ("edges2shoes", "AtoB", None),
        ("edges2handbags", "AtoB", None),
        ("night2day", "AtoB", None),
    ],
)
def test_every_dataset_has_its_own_direction(downloads, name, direction, label_side):
    source = open_source(name)
    assert (source.direction, source.label_side) == (direction, label_side)
    assert downloads == [(name, None, None)]
    assert source.pairs.layout == "side-by-side images in train"


def test_streets_are_rendered(downloads, tmp_path):
    source = open_source("streets")
    assert source[:3] == (tmp_path / "named", "BtoA", "B")
    assert downloads == [()]


def test_flags_override_the_dataset():
    source = open_source("facades", direction="AtoB", label_side="none")
    assert source[1:3] == ("AtoB", None)
    assert open_source("maps", label_side="B").label_side == "B"


@pytest.fixture
def folder(tmp_path):
    def make(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        return tmp_path

    return make


def test_a_custom_dataset_has_default_sides(folder):
    root = folder("train/1.png", "val/2.png")
    assert open_source("maps", data=str(root))[:3] == (root, "BtoA", None)
    source = open_source("maps", str(root), direction="AtoB", label_side="A")
    assert source[:3] == (root, "AtoB", "A")


def test_the_names_of_the_sides_give_the_direction_and_the_labels(folder):
    root = folder("photos/1.png", "labels/1.png", "photos/2.png", "labels/2.png")
    source = open_source("maps", data=str(root))
    assert source[:3] == (root, "BtoA", "B")
    assert source.makes_labels is False
    source = open_source("maps", str(root), direction="AtoB", label_side="none")
    assert source[:3] == (root, "AtoB", None)


def test_a_manifest_is_a_source(folder):
    root = folder("x/1.png", "x/2.png", "y/1.png", "y/2.png")
    path = root / "pairs.csv"
    path.write_text("input,target,split\nx/1.png,y/1.png,\nx/2.png,y/2.png,val\n")
    source = open_source("maps", data=str(path))
    assert source[:3] == (path, "AtoB", None)
    assert [pair.name for pair in source.pairs.list_pairs("val")] == ["x/2"]


def test_what_is_left_out_is_said(folder, capsys):
    root = folder("train/1.png", "val/2.png", "raw/3.png", "notes.TXT", "val/x.gif")
    open_source("maps", data=str(root))
    assert capsys.readouterr().out == (
        f"[INFO] passed over in {root}: 1 .gif, 1 .txt\n"
        f"[INFO] not used in {root}: raw: 1 image\n"
    )


def test_a_source_opens_its_pairs(folder):
    root = folder(*(f"train/{number}.png" for number in range(200)))
    pairs = open_source("maps", data=str(root), val_fraction=0.5).pairs
    assert 80 < len(pairs.list_pairs("val")) < 120


def test_the_url_and_the_checksum_are_passed_on(downloads):
    open_source("facades", url="mirror", sha256="12ab")
    assert downloads == [("facades", "mirror", "12ab")]


def test_a_source_is_described_for_the_record(folder):
    root = folder("train/1.png", "test/2.png")
    assert open_source("maps", data=str(root)).to_record() == {
        "folder": str(root),
        "direction": "BtoA",
        "label_side": None,
        "layout": "side-by-side images in train",
        "held_out": "test",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dataset": "facade"}, "--dataset facade is not one of cityscapes, facades"),
        (
            {"dataset": "maps", "data": ".", "url": "x"},
            "cannot be combined with --data",
        ),
        (
            {"dataset": "maps", "data": ".", "sha256": "x"},
            "cannot be combined with --data",
        ),
    ],
)
def test_contradicting_flags_raise(arguments, message):
    with pytest.raises(UserError, match=message):
        open_source(**arguments)


def test_streets_have_no_archive(monkeypatch):
    monkeypatch.undo()
    with pytest.raises(
        UserError, match="streets is rendered on this machine: leave out"
    ):
        open_source("streets", url="mirror")


def parse(*flags):
    parser = Parser("command", "Test.", "--dataset maps")
    add_dataset_flags(parser)
    return parser.parse_args(flags)


def test_the_flags_are_listed():
    assert sorted(vars(parse())) == sorted(DATASET_FLAGS)


@pytest.mark.parametrize("url", ["http://host/maps.tgz", "file:///data/maps.tgz"])
def test_a_url_is_kept_and_a_path_is_made_absolute(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parse("--dataset-url", url).dataset_url == url
    assert parse("--dataset-url", "maps.tgz").dataset_url == str(tmp_path / "maps.tgz")


def test_flags_are_added_without_importing_tensorflow():
    """The `--help` of a command takes less than a second."""
    code = "import sys, pyimagesearch.datasets.sources; print(*sys.modules)"
    modules = subprocess.check_output(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], text=True
    )

    assert not {"tensorflow", "keras"} & set(modules.split())
