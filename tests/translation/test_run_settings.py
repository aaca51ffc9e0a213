"""The dataset and the generator that inference, evaluate and export use."""

import json
import sys

import pytest

from pyimagesearch.cli import Parser
from pyimagesearch.errors import UserError
from pyimagesearch.translation.run_settings import (
    add_run_flags,
    find_generator,
    parse_run_flags,
)

RECORD = {
    "settings": {"dataset": None, "data": "/pairs", "direction": None, "epochs": 3},
    "source": {"folder": "/pairs", "direction": "AtoB", "label_side": None},
}


@pytest.fixture
def parse(tmp_path, monkeypatch):
    """Parse flags, with a record in the folder of --run."""

    def parse_flags(*flags, record=RECORD):
        if record:
            (tmp_path / "run.json").write_text(json.dumps(record))
        monkeypatch.setattr(sys, "argv", ["command", "--run", str(tmp_path), *flags])
        parser = Parser("python test.py", "Tests.", "")
        add_run_flags(parser)
        return parse_run_flags(parser)

    return parse_flags


def test_the_dataset_of_the_run_is_the_default(parse):
    settings = parse()
    assert (settings.dataset, settings.data) == (None, "/pairs")
    assert settings.direction is None
    assert not hasattr(settings, "epochs")


def test_a_flag_overrides_the_record(parse):
    settings = parse("--direction", "BtoA", "--val-fraction", "0.5")
    assert settings.data == "/pairs"
    assert (settings.direction, settings.val_fraction) == ("BtoA", 0.5)


def test_without_a_record_the_dataset_is_cityscapes(parse):
    assert parse(record=None).dataset == "cityscapes"


@pytest.mark.parametrize(
    ("flags", "direction"),
    [
        (("--data", "/others"), "AtoB"),
        (("--dataset", "maps"), "AtoB"),
        (("--dataset", "maps", "--direction", "BtoA"), "BtoA"),
        (("--dataset", "maps", "--model", "another.keras"), None),
    ],
)
def test_other_pairs_keep_the_direction_of_the_run(parse, flags, direction):
    settings = parse(*flags)
    assert settings.direction == direction
    assert settings.data == ("/others" if "--data" in flags else None)


def test_a_record_without_a_direction(parse):
    settings = parse("--dataset", "maps", record={"settings": {"dataset": "maps"}})
    assert settings.direction is None


def test_the_generator_of_the_run_or_of_the_flag(parse, tmp_path):
    assert find_generator(parse()) == tmp_path / "models" / "generator.keras"
    assert find_generator(parse("--model", "my.keras")).name == "my.keras"


def test_the_best_generator_of_the_run(parse, tmp_path):
    best = tmp_path / "models" / "best.keras"
    best.parent.mkdir()
    best.touch()
    assert find_generator(parse("--best")) == best
    assert find_generator(parse()) == best.with_name("generator.keras")


def test_a_run_without_a_best_generator_raises(parse):
    message = r"there is no .*best\.keras, the run keeps no best .* with --keep-best"
    with pytest.raises(UserError, match=message):
        find_generator(parse("--best"))


def test_best_and_model_exclude_each_other(parse):
    with pytest.raises(UserError, match="--model: not allowed with argument --best"):
        parse("--best", "--model", "my.keras")


@pytest.mark.parametrize("best", [[], ["--best"]])
def test_a_missing_run_folder_raises(parse, best):
    with pytest.raises(UserError, match="the run folder gone does not exist: .* --run"):
        find_generator(parse("--run", "gone", *best))
