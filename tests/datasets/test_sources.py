"""What a name or a folder stands for, and which flags go with which."""

from pathlib import Path

import pytest

from pyimagesearch.datasets import sources
from pyimagesearch.datasets.sources import open_source
from pyimagesearch.errors import UserError


@pytest.fixture(autouse=True)
def nothing_is_fetched(monkeypatch):
    monkeypatch.setattr(sources, "streets_folder", lambda: Path("rendered"))
    monkeypatch.setattr(sources, "download_dataset", lambda *asked: asked)


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
def test_every_named_set_has_its_own_direction(name, direction, label_side):
    source = open_source(name)
    assert source == ((name, None, None), direction, label_side)


def test_streets_are_rendered():
    assert open_source("streets") == (Path("rendered"), "BtoA", "B")


def test_flags_beat_what_the_set_says():
    source = open_source("facades", direction="AtoB", label_side="none")
    assert source[1:] == ("AtoB", None)
    assert open_source("maps", label_side="B").label_side == "B"


def test_own_pairs_say_nothing_of_themselves(tmp_path):
    assert open_source("maps", data=str(tmp_path)) == (tmp_path, "BtoA", None)
    source = open_source("maps", str(tmp_path), direction="AtoB", label_side="A")
    assert source == (tmp_path, "AtoB", "A")


def test_the_archive_and_its_checksum_are_handed_on():
    source = open_source("facades", url="mirror", sha256="12ab")
    assert source.folder == ("facades", "mirror", "12ab")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"dataset": "facade"}, "--dataset facade is not one of cityscapes, facades"),
        ({"dataset": "maps", "data": ".", "url": "x"}, "are not for --data"),
        ({"dataset": "maps", "data": ".", "sha256": "x"}, "are not for --data"),
    ],
)
def test_what_does_not_go_together_is_said(asked, sentence):
    with pytest.raises(UserError, match=sentence):
        open_source(**asked)


def test_streets_take_no_archive(monkeypatch):
    monkeypatch.undo()
    with pytest.raises(UserError, match="streets is rendered here: leave out"):
        open_source("streets", url="mirror")
