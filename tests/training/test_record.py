"""run.json: what is written is what is read."""

import json
from argparse import Namespace
from pathlib import Path

import pytest
import tensorflow as tf

from pyimagesearch.datasets.sources import Source
from pyimagesearch.errors import UserError
from pyimagesearch.training.record import read_record, write_record


def test_a_record_comes_back(tmp_path):
    settings = Namespace(dataset="streets", image_size=(64, 64), data=None)
    source = Source(Path("some/folder"), "BtoA", "B")
    results = {"validation": {"l1Loss": tf.constant(0.25)}}
    write_record(tmp_path, settings, source, results)
    record = read_record(tmp_path)
    assert record["settings"] == {
        "dataset": "streets",
        "image_size": [64, 64],
        "data": None,
    }
    assert record["source"] == {
        "folder": str(Path("some/folder")),
        "direction": "BtoA",
        "label_side": "B",
    }
    assert record["results"] == {"validation": {"l1Loss": 0.25}}
    assert record["versions"]["tensorflow"] == tf.__version__
    assert record["versions"].keys() == {
        *("python", "tensorflow", "keras", "numpy", "cv2", "matplotlib")
    }
    assert record["precision"] == "float32"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_no_record_is_none(tmp_path):
    assert read_record(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({"settings": 1})])
def test_what_is_no_record_is_named(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(UserError, match=r"run\.json is not the record of a run"):
        read_record(tmp_path)
