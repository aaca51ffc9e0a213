"""Which pairs the commands take that take up what a training left."""

import json
import sys

import pytest

from pyimagesearch.cli import Parser
from pyimagesearch.translation.run_settings import add_run_flags, parse_run_flags

RECORD = {
    "settings": {"dataset": None, "data": "/pairs", "direction": None, "epochs": 3},
    "source": {"folder": "/pairs", "direction": "AtoB", "label_side": None},
}


@pytest.fixture
def parsed(tmp_path, monkeypatch):
    """What the flags and the record in the folder of --run come to."""

    def parse(*flags, record=RECORD):
        if record:
            (tmp_path / "run.json").write_text(json.dumps(record))
        monkeypatch.setattr(sys, "argv", ["command", "--run", str(tmp_path), *flags])
        parser = Parser("python test.py", "Tests.", "")
        add_run_flags(parser)
        return parse_run_flags(parser)

    return parse


def test_the_runs_own_pairs(parsed):
    settings = parsed()
    assert (settings.dataset, settings.data) == (None, "/pairs")
    assert settings.direction is None
    assert not hasattr(settings, "epochs")


def test_a_flag_beats_the_record(parsed):
    settings = parsed("--direction", "BtoA", "--val-fraction", "0.5")
    assert settings.data == "/pairs"
    assert (settings.direction, settings.val_fraction) == ("BtoA", 0.5)


def test_the_tutorials_pairs_where_there_is_no_record(parsed):
    assert parsed(record=None).dataset == "cityscapes"


@pytest.mark.parametrize(
    ("flags", "direction"),
    [
        (("--data", "/others"), "AtoB"),
        (("--dataset", "maps"), "AtoB"),
        (("--dataset", "maps", "--direction", "BtoA"), "BtoA"),
        (("--dataset", "maps", "--model", "another.keras"), None),
    ],
)
def test_other_pairs_go_in_the_runs_direction(parsed, flags, direction):
    settings = parsed(*flags)
    assert settings.direction == direction
    assert settings.data == ("/others" if "--data" in flags else None)


def test_a_record_of_before_directions(parsed):
    settings = parsed("--dataset", "maps", record={"settings": {"dataset": "maps"}})
    assert settings.direction is None
