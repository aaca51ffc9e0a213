"""`run.json` and what it says about a run."""

import hashlib
import json
import os
import sys
from argparse import Namespace
from pathlib import Path

import pytest
import tensorflow as tf
from edits import GONE, edit, nest
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
from pyimagesearch.run_record import (
    MAX_COLUMNS,
    read_history,
    read_run_record,
    write_run_record,
)
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


VERSION_1 = json.loads(
    Path(__file__).parent.joinpath("data", "previous_run", "run.json").read_text()
)
VERSION_2 = {
    **VERSION_1,
    "sides": PairFormat().to_record(),
    "initial_weights": {"path": "/other", "parts": ["generator"], "new_layers": []},
    "changes": [{"epoch": 1, "setting": "seed", "before": 1, "after": None}],
}


@pytest.mark.parametrize(
    "record",
    [
        VERSION_1,
        VERSION_2,
        edit(VERSION_2, ("newer",), {"a": [{"b": "c"}]}),
        edit(VERSION_2, ("settings", "newer"), {"a": 1}),
        edit(VERSION_2, ("pairs", "train", "newer"), None),
        edit(VERSION_2, ("pairs", "test"), None),
        edit(VERSION_2, ("results",), None),
        edit(VERSION_2, ("results",), GONE),
        edit(VERSION_2, ("results", "validation", "l1Loss"), float("nan")),
        edit(VERSION_2, ("results", "last_epoch", "val_psnr"), float("inf")),
        edit(VERSION_2, ("source", "folder"), "a\nb\udce9"),
    ],
)
def test_records_of_other_versions_are_read(tmp_path, record):
    (tmp_path / "run.json").write_text(json.dumps(record))
    read = read_run_record(tmp_path)
    assert json.dumps(read) == json.dumps(record)


RECORD_EDITS = [
    ((), [], "[] is not an object"),
    ((), "text", '"text" is not an object'),
    ((), None, "null is not an object"),
    (("settings",), GONE, 'its entry "settings" is missing'),
    (("settings",), [], 'in its entry "settings", [] is not an object'),
    (("settings", "dataset"), GONE, 'its entry "settings.dataset" is missing'),
    (("settings", "dataset"), ["maps"], '"settings.dataset", ["maps"] is not a text'),
    (("settings", "data"), 7, 'in its entry "settings.data", 7 is not a text'),
    (("settings", "data"), "/a\0b", r'its text "/a\u0000b" has characters that no'),
    (("settings", "output"), "\ud800", "has characters that no name has"),
    (("settings", "any"), nest(40), "more than 32 lists and objects in each other"),
    (("newer",), nest(40), "more than 32 lists and objects in each other"),
    (("source",), "x", 'in its entry "source", "x" is not an object'),
    (("source",), None, 'in its entry "source", null is not an object'),
    (("source", "direction"), "up", '"up" is not one of AtoB, BtoA'),
    (("source", "direction"), None, "null is not one of AtoB, BtoA"),
    (("source", "label_side"), "Q", '"Q" is not one of A, B, null'),
    (("source", "label_side"), ["A"], '["A"] is not one of A, B, null'),
    (("source", "folder"), 3, 'in its entry "source.folder", 3 is not a text'),
    (("sides",), [], 'in its entry "sides", [] is not an object'),
    (("pairs",), [], 'in its entry "pairs", [] is not an object'),
    (("pairs", "train"), 3, 'in its entry "pairs.train", 3 is not an object'),
    (("pairs", "train", "count"), GONE, '"pairs.train.count" is missing'),
    (("pairs", "train", "count"), "3", '"pairs.train.count", "3" is not an integer'),
    (("pairs", "val", "count"), 10**300, "is not an integer from 0 to 92233"),
    (("pairs", "val", "count"), 10**500, "it has an integer of 501 digits"),
    (("pairs", "val", "sha256"), None, '"pairs.val.sha256", null is not a text'),
    (("versions",), ["3.11"], 'in its entry "versions", ["3.11"] is not an object'),
    (("versions", "keras"), 3.1, 'in its entry "versions.keras", 3.1 is not a text'),
    (("replicas",), 0, 'in its entry "replicas", 0 is not an integer from 1'),
    (("initial_weights",), "x", '"initial_weights", "x" is not an object'),
    (("initial_weights", "path"), GONE, '"initial_weights.path" is missing'),
    (("initial_weights", "path"), 1, '"initial_weights.path", 1 is not a text'),
    (("initial_weights", "parts"), "x", '"initial_weights.parts", "x" is not a list'),
    (("changes",), {}, 'in its entry "changes", {} is not a list'),
    (("changes", 0), "x", 'in its entry "changes[0]", "x" is not an object'),
    (("changes", 0, "epoch"), 1.5, '"changes[0].epoch", 1.5 is not an integer'),
    (("changes", 0, "epoch"), GONE, 'its entry "changes[0].epoch" is missing'),
    (("changes", 0, "setting"), {}, '"changes[0].setting", {} is not a text'),
    (("results",), [1], 'in its entry "results", [1] is not an object'),
    (("results", "validation"), 1, '"results.validation", 1 is not an object'),
    (("results", "validation", "l1Loss"), "low", '.l1Loss", "low" is not a number'),
    (("results", "seconds"), -1, '"results.seconds", -1 is not a number from 0'),
]


@pytest.mark.parametrize(("place", "new", "sentence"), RECORD_EDITS, ids=str)
def test_edited_records_are_refused(tmp_path, place, new, sentence):
    (tmp_path / "run.json").write_text(json.dumps(edit(VERSION_2, place, new)))
    with pytest.raises(UserError) as refused:
        read_run_record(tmp_path)
    message = str(refused.value)
    assert message.startswith(f"{tmp_path / 'run.json'} is not the record of a run: ")
    assert sentence in message
    assert message.endswith(". Correct it, or restore it from a copy")
    assert len(message) < 400 and "\n" not in message


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "it is not JSON: Expecting value: line 1 column 1"),
        (json.dumps(VERSION_2).encode()[:-9], "it is not JSON"),
        (b"\xff\xfe{}", "it is not a text in UTF-8"),
        (b"[" * 100_000, "more than 32 lists and objects in each other"),
        (b'{"settings": {}, "settings": {}}', 'its entry "settings" is there twice'),
        (b" " * 4_000_001, "it has more than 4 MB"),
    ],
    ids=lambda content: content[:20],
)
def test_damaged_records_are_refused(tmp_path, content, sentence):
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(UserError) as refused:
        read_run_record(tmp_path)
    assert sentence in str(refused.value)


def test_a_folder_is_no_record(tmp_path):
    (tmp_path / "run.json").mkdir()
    with pytest.raises(UserError, match="of a run: it is a folder, not a regular file"):
        read_run_record(tmp_path)


def test_entries_that_earlier_versions_lack_may_be_required(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(VERSION_1))
    assert read_run_record(tmp_path, required=("pairs",))["replicas"] == 1
    with pytest.raises(UserError, match='its entry "sides" is missing'):
        read_run_record(tmp_path, required=("pairs", "sides"))


HISTORY = "epoch,seconds,l1Loss,val_psnr\n0,1.5,0.5,nan\n1,1.5,,inf\n"
HISTORY_EDITS = {
    "empty": (("", HISTORY), "has no column epoch, or one twice"),
    "no epoch": (("epoch", "time"), '["time", "seconds", "l1Loss", "val_psnr"], has'),
    "twice": (("seconds", "epoch"), "has no column epoch, or one twice"),
    "a word": (("0.5", "low"), 'in its entry "line 2.l1Loss", "low" is not a number'),
    "a formula": (("0.5", "=1+1"), '"line 2.l1Loss", "=1+1" is not a number'),
    "a NUL": (("0.5", "0.5\0"), "is not"),
    "a half epoch": (("\n1,", "\n1.5,"), '"line 3.epoch", "1.5" is not an integer'),
    "no number of the epoch": (("\n1,", "\n,"), 'its entry "line 3.epoch" is missing'),
    "an epoch before": (("\n0,", "\n-1,"), '"line 2.epoch", -1 is not an integer'),
    "an endless epoch": (("\n0,", "\ninf,"), '"line 2.epoch", "inf" is not an integer'),
    "a huge epoch": (("\n0,", f"\n{10**300},"), "is not an integer from 0 to 9223"),
    "one epoch twice": (("\n1,", "\n0,"), "its epochs do not ascend: 0 comes after 0"),
    "descending": (("\n0,", "\n2,"), "its epochs do not ascend: 1 comes after 2"),
    "negative time": (("0,1.5", "0,-1.5"), '"line 2.seconds", -1.5 is not a number'),
    "endless time": (("0,1.5", "0,inf"), '"line 2.seconds", Infinity is not a number'),
    "a huge number": (("0.5", "1e300"), '"line 2.l1Loss", 1e+300 is not a number'),
    "another cell": (("nan", "nan,1"), "its line 2 has 5 cells instead of 4"),
    "a cell less": (("0.5,nan", "0.5"), "its line 2 has 3 cells instead of 4"),
    "a huge cell": (("0.5", "1" * 200_000), "field larger than field limit (131072)"),
    "an open quote": (("0.5", '"0.5'), "unexpected end of data"),
    "endless columns": (
        ("epoch", "epoch" + "," * 1_000),
        f"it has 1004 columns instead of at most {MAX_COLUMNS}",
    ),
    "endless lines": (("inf\n", "inf\n" * 8_000_001), "it has more than 32 MB"),
}


@pytest.mark.parametrize(
    ("change", "sentence"), HISTORY_EDITS.values(), ids=HISTORY_EDITS
)
def test_edited_histories_are_refused(tmp_path, change, sentence):
    old, new = change
    text = HISTORY.replace(old, new, 1) if old else ""
    (tmp_path / "history.csv").write_text(text)
    with pytest.raises(UserError) as refused:
        read_history(tmp_path / "history.csv")
    message = str(refused.value)
    assert f"{tmp_path / 'history.csv'} is not the history of a training: " in message
    assert sentence in message
    assert len(message) < 400 and "\n" not in message


@pytest.mark.parametrize(
    "text", [HISTORY, f"\ufeff{HISTORY}\n\n", HISTORY.replace("seconds", "newer")]
)
def test_histories_of_spreadsheets_and_other_versions_are_read(tmp_path, text):
    (tmp_path / "history.csv").write_text(text, encoding="utf-8")
    first, second = read_history(tmp_path / "history.csv")
    assert (first["epoch"], first["l1Loss"]) == (0, 0.5)
    assert (second["epoch"], second["val_psnr"]) == (1, float("inf"))
    assert "l1Loss" not in second
