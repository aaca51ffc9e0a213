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
def no_download(monkeypatch):
    """Return the arguments of a download instead of its folder."""
    monkeypatch.setattr(sources, "streets_folder", lambda: Path("rendered"))
    monkeypatch.setattr(sources, "download_dataset", lambda *arguments: arguments)


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
def test_every_dataset_has_its_own_direction(name, direction, label_side):
    source = open_source(name)
    assert source == ((name, None, None), direction, label_side)


def test_streets_are_rendered():
    assert open_source("streets") == (Path("rendered"), "BtoA", "B")


def test_flags_override_the_dataset():
    source = open_source("facades", direction="AtoB", label_side="none")
    assert source[1:] == ("AtoB", None)
    assert open_source("maps", label_side="B").label_side == "B"


def test_a_custom_dataset_has_default_sides(tmp_path):
    assert open_source("maps", data=str(tmp_path)) == (tmp_path, "BtoA", None)
    source = open_source("maps", str(tmp_path), direction="AtoB", label_side="A")
    assert source == (tmp_path, "AtoB", "A")


def test_the_url_and_the_checksum_are_passed_on():
    source = open_source("facades", url="mirror", sha256="12ab")
    assert source.folder == ("facades", "mirror", "12ab")


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
