"""`run.json` and what it says about a run."""

import hashlib
import json
import os
import sys
from argparse import Namespace

import pytest
import tensorflow as tf
from tiny import random_image, write_image

from pyimagesearch.datasets.examination import Data
from pyimagesearch.datasets.folders import open_pair_list
from pyimagesearch.datasets.pair_notes import PairNotes
from pyimagesearch.datasets.palettes import Palette
from pyimagesearch.datasets.side_formats import (
    PairFormat,
    SideFormat,
    parse_pair_format,
)
from pyimagesearch.datasets.sources import Source
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import read_run_record, write_run_record
from pyimagesearch.training.run import describe_run


def open_data(folder, label_side=None):
    source = Source(folder, "BtoA", label_side, open_pair_list(folder))
    deep = SideFormat(1, "uint16", (0, 1400))
    labels = SideFormat(palette=Palette({"a": (1, 2, 3), "b": (4, 5, 6)}, ((0, 0, 0),)))
    return Data(source, PairFormat(labels, deep), PairNotes())


def test_a_record_is_read_as_it_was_written(pairs_folder, tmp_path):
    settings = Namespace(dataset=None, image_size=(64, 64), val_fraction=0.1)
    data = open_data(pairs_folder, "B")
    results = {"validation": {"l1Loss": tf.constant(0.25)}}
    run = tmp_path / "run"
    write_run_record(
        run, describe_run(settings, data, tf.distribute.get_strategy()), results
    )
    record = read_run_record(run)
    assert record["settings"] == {
        "dataset": None,
        "image_size": [64, 64],
        "val_fraction": 0.1,
    }
    assert record["source"] == {
        "folder": str(pairs_folder),
        "direction": "BtoA",
        "label_side": "B",
        "layout": "side-by-side images in train",
        "held_out": "val",
    }
    assert parse_pair_format(record["sides"], run) == data.formats
    assert record["results"] == {"validation": {"l1Loss": 0.25}}
    assert record["versions"]["tensorflow"] == tf.__version__
    assert record["versions"].keys() == {
        *("python", "tensorflow", "keras", "numpy", "cv2", "matplotlib")
    }
    assert record["replicas"] == 1
    assert [path.name for path in run.iterdir()] == ["run.json"]


def test_a_record_identifies_the_pairs_by_their_names(pairs_folder):
    settings = Namespace(val_fraction=0.1)

    def pairs():
        data = open_data(pairs_folder)
        return describe_run(settings, data, tf.distribute.get_strategy())["pairs"]

    before = pairs()
    assert (before["train"]["count"], before["val"]["count"]) == (5, 3)
    assert before == pairs()
    (pairs_folder / "train" / "0.png").rename(pairs_folder / "train" / "9.png")
    assert pairs()["train"]["count"] == 5
    assert pairs()["train"] != before["train"]
    assert pairs()["val"] == before["val"]


def test_a_missing_record_is_none(tmp_path):
    assert read_run_record(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({"settings": 1})])
def test_a_file_that_is_not_a_record_is_named(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(UserError, match=r"run\.json is not the record of a run"):
        read_run_record(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="needs names of any bytes")
def test_names_that_are_not_utf8_are_recorded(tmp_path):
    for split in ("train", "val"):
        image = write_image(tmp_path / "own" / split / "1.png", random_image(0))
        image.rename(image.with_name(os.fsdecode(b"caf\xe9.png")))
    folder = (tmp_path / "own").rename(tmp_path / os.fsdecode(b"own\xe9"))
    settings = Namespace(dataset=None, data=str(folder), val_fraction=0.1)
    described = describe_run(settings, open_data(folder), tf.distribute.get_strategy())
    size = (folder / "train" / os.fsdecode(b"caf\xe9.png")).stat().st_size
    assert described["pairs"]["train"] == {
        "count": 1,
        "sha256": hashlib.sha256(b"caf\xe9").hexdigest(),
        "bytes": size,
        "sizes_sha256": hashlib.sha256(str(size).encode()).hexdigest(),
    }
    write_run_record(tmp_path, described)
    assert read_run_record(tmp_path)["settings"]["data"] == str(folder)
