"""Layouts of folders of pairs, and messages about folders without pairs."""

import pytest

from pyimagesearch.datasets.folders import Pair, list_pairs
from pyimagesearch.errors import UserError


@pytest.fixture
def folder(tmp_path):
    def make(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        return tmp_path

    return make


def test_side_by_side(folder):
    root = folder("train/b.jpg", "train/a/c.PNG", "val/d.webp", "train/notes.txt")
    assert list_pairs(root, "train") == [
        Pair("a/c", root / "train/a/c.PNG"),
        Pair("b", root / "train/b.jpg"),
    ]
    assert list_pairs(root, "val") == [Pair("d", root / "val/d.webp")]


@pytest.mark.parametrize(
    ("side_a", "side_b"), [("{}A", "{}B"), ("A/{}", "B/{}")], ids=["trainA", "A/train"]
)
def test_one_file_per_side(folder, side_a, side_b):
    names = [
        f"{side.format(split)}/{stem}.{extension}"
        for split, stem in (("train", "x/1"), ("train", "2"), ("val", "3"))
        for side, extension in ((side_a, "jpg"), (side_b, "png"))
    ]
    root = folder(*names)
    assert list_pairs(root, "train") == [
        Pair("2", root / names[2], root / names[3]),
        Pair("x/1", root / names[0], root / names[1]),
    ]
    assert list_pairs(root, "val") == [Pair("3", root / names[4], root / names[5])]


def test_the_split_val_falls_back_on_test(folder):
    root = folder("train/1.png", "test/2.png")
    assert [pair.name for pair in list_pairs(root, "val")] == ["2"]
    assert [pair.name for pair in list_pairs(root, "train")] == ["1"]
    assert [pair.name for pair in list_pairs(root, "test")] == ["2"]


def test_val_is_preferred_to_test(folder):
    root = folder("train/1.png", "val/2.png", "test/3.png")
    assert [pair.name for pair in list_pairs(root, "val")] == ["2"]


def test_without_val_a_stable_share_of_train_is_held_out(folder):
    root = folder(*(f"train/{number}.png" for number in range(200)))
    train, val = (list_pairs(root, split, 0.1) for split in ("train", "val"))
    assert len(train) + len(val) == 200
    assert not {pair.name for pair in train} & {pair.name for pair in val}
    assert 10 <= len(val) <= 30

    folder(*(f"train/more-{number}.png" for number in range(50)))
    now = {pair.name for pair in list_pairs(root, "val", 0.1)}
    assert {name for name in now if "more" not in name} == {pair.name for pair in val}


@pytest.mark.parametrize("fraction", [1e-9, 1 - 1e-9])
def test_neither_split_is_left_empty(folder, fraction):
    root = folder("train/1.png", "train/2.png", "train/3.png")
    train, val = (list_pairs(root, split, fraction) for split in ("train", "val"))
    assert {len(train), len(val)} == {1, 2}


@pytest.mark.parametrize(
    ("names", "split", "message"),
    [
        ([], "train", r"has no train/ folder \(it is empty\): put the pairs in train/"),
        (["val/1.png"], "train", r"has no train/ folder"),
        (["1.png"], "val", r"has no train/ folder \(it contains 1\.png\)"),
        (["train/1.png", "val/2.png"], "test", r"has no test/ folder"),
        (
            ["train/notes.txt", "val/1.png"],
            "train",
            r"train has no image in it \(it contains notes",
        ),
        (["train/1.png", "val/notes.txt"], "val", r"val has no image in it"),
        (["train/1.png"], "train", r"1\.png is the only image"),
        (["trainA/1.png"], "train", r"trainB is missing"),
        (["B/train/1.png"], "train", r"A/train is missing"),
        (["trainA/1.png", "trainB/2.png"], "train", r"1, 2 are in only one of"),
        (
            [f"trainA/{n}.png" for n in range(6)] + ["trainB/0.png"],
            "train",
            r"1, 2, 3 and 2 more are in only one of .*trainA and .*trainB",
        ),
        (
            ["trainA/1.png", "trainB/1.png", "trainA/2.png"],
            "train",
            r"2 is in only one of",
        ),
        (
            ["train/1.png", "train/1.jpg", "val/2.png"],
            "train",
            r"1\.jpg and .*1\.png have the same name",
        ),
    ],
)
def test_wrong_folders_raise(folder, names, split, message):
    with pytest.raises(UserError, match=message):
        list_pairs(folder(*names), split)


def test_a_missing_folder_raises(tmp_path):
    with pytest.raises(
        UserError, match=r"gone is not a folder: --data requires one with"
    ):
        list_pairs(tmp_path / "gone", "train")
