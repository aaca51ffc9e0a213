"""Layouts of folders of pairs, and messages about folders without pairs."""

import os

import pytest

from pyimagesearch.datasets import folders, image_files
from pyimagesearch.datasets.folders import list_pairs, open_pair_list
from pyimagesearch.datasets.splits import Pair
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


LAYOUTS = {
    "trainA": ("{split}A", "{split}B"),
    "train_A": ("{split}_A", "{split}_B"),
    "train-a": ("{split}-a", "{split}-b"),
    "TRAIN_B": ("{SPLIT}_A", "{SPLIT}_B"),
    "A/train": ("A/{split}", "B/{split}"),
    "a/Train": ("a/{SPLIT}", "b/{SPLIT}"),
    "train/A": ("{split}/A", "{split}/B"),
    "Train/b": ("{SPLIT}/a", "{SPLIT}/b"),
}


@pytest.mark.parametrize("sides", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("val", ["val", "valid", "validation", "Val"])
def test_one_file_per_side(folder, sides, val):
    names = [
        f"{side.format(split=split, SPLIT=split.upper())}/{stem}.{extension}"
        for split, stem in (("train", "x/1"), ("train", "2"), (val, "3"))
        for side, extension in zip(sides, ("jpg", "png"), strict=True)
    ]
    root = folder(*names)
    pairs = open_pair_list(root)
    assert pairs.list_pairs("train") == [
        Pair("2", root / names[2], root / names[3]),
        Pair("x/1", root / names[0], root / names[1]),
    ]
    assert pairs.list_pairs("val") == [Pair("3", root / names[4], root / names[5])]
    train_a, train_b = (side.format(split="train", SPLIT="TRAIN") for side in sides)
    assert pairs.layout == f"{train_a} and {train_b}"
    assert (pairs.direction, pairs.label_side) == ("BtoA", None)
    assert (pairs.held_out, pairs.path) == ("val", root)
    assert (pairs.unused, pairs.skipped) == ([], {})


@pytest.mark.parametrize(
    ("side_a", "side_b", "direction", "label_side"),
    [
        ("A", "B", "BtoA", None),
        ("input", "target", "AtoB", None),
        ("Inputs", "TARGETS", "AtoB", None),
        ("input", "targets", "AtoB", None),
        ("source", "target", "AtoB", None),
        ("image", "label", "BtoA", "B"),
        ("images", "labels", "BtoA", "B"),
        ("photo", "label", "BtoA", "B"),
        ("photos", "Labels", "BtoA", "B"),
    ],
)
@pytest.mark.parametrize(
    "template", ["{}", "train/{}", "{}/train", "train{}", "train_{}"]
)
def test_names_of_sides(folder, template, side_a, side_b, direction, label_side):
    root = folder(
        *(
            f"{template.format(side)}/{stem}.png"
            for side in (side_a, side_b)
            for stem in "12"
        )
    )
    pairs = open_pair_list(root)
    both = pairs.list_pairs("train") + pairs.list_pairs("val")
    folder_a, folder_b = (root / template.format(side) for side in (side_a, side_b))
    assert sorted(both) == [
        Pair(stem, folder_a / f"{stem}.png", folder_b / f"{stem}.png") for stem in "12"
    ]
    assert (pairs.direction, pairs.label_side) == (direction, label_side)
    assert pairs.held_out == "hash"


def test_side_by_side_is_described(folder):
    pairs = open_pair_list(folder("train/1.png", "val/2.png", "test/3.png"))
    assert pairs.layout == "side-by-side images in train"
    assert (pairs.direction, pairs.label_side) == ("BtoA", None)


def test_one_side_folder_alone_is_side_by_side_with_a_warning(folder, capsys):
    root = folder("train/A/1.png", "val/2.png")
    assert list_pairs(root, "train") == [Pair("A/1", root / "train/A/1.png")]
    assert list_pairs(root, "val") == [Pair("2", root / "val/2.png")]
    assert capsys.readouterr().err == (
        f"[WARNING] every image in train/A of {root} is taken for both sides, side by "
        "side: if it is one side, arrange the images as train/A and train/B\n"
    )


def test_two_folders_of_the_same_names_are_side_by_side_with_a_warning(folder, capsys):
    root = folder("train/images/x/1.png", "train/masks/x/1.jpg", "val/2.png")
    assert len(list_pairs(root, "train")) == 2
    assert "every image in train/images and train/masks of" in capsys.readouterr().err


def test_other_subfolders_of_side_by_side_images_give_no_warning(folder, capsys):
    root = folder("train/x/1.png", "train/y/2.png", "val/2.png")
    assert [pair.name for pair in list_pairs(root, "train")] == ["x/1", "y/2"]
    assert capsys.readouterr() == ("", "")


def test_a_folder_without_images_does_not_make_a_second_layout(folder):
    root = folder("trainA/1.png", "trainB/1.png", "valA/2.png", "valB/2.png")
    (root / "train").mkdir()
    (root / "input").mkdir()
    pairs = open_pair_list(root)
    assert pairs.layout == "trainA and trainB"
    assert pairs.unused == ["train: no images"]


def test_folders_of_sides_may_be_empty(tmp_path):
    for side in "AB":
        (tmp_path / "train" / side).mkdir(parents=True)
    with pytest.raises(UserError, match=r"train/A has no image in it \(it is empty\)"):
        list_pairs(tmp_path, "train")


def test_unused_and_skipped_files_are_counted(folder):
    pairs = open_pair_list(
        folder(
            *("A/train/1.png", "B/train/1.png", "A/val/2.png", "B/val/2.png"),
            *("A/3.png", "B/raw/3.png", "other/x/4.png", "other/5.png", "6.png"),
            *("notes.txt", "A/train/1.gif", "other/7.GIF"),
        )
    )
    assert pairs.unused == [
        *("directly in it: 1 image", "A: 1 image", "B/raw: 1 image"),
        "other: 2 images",
    ]
    assert pairs.skipped == {".txt": 1, ".gif": 2}


def test_the_folder_is_scanned_once(folder, monkeypatch):
    root = folder("train/1.png", "train/2.png", "train/3.png")
    scans = []

    def scan(path):
        scans.append(path)
        return image_files.scan_folder(path)

    monkeypatch.setattr(folders, "scan_folder", scan)
    pairs = open_pair_list(root)
    assert len(pairs.list_pairs("train") + pairs.list_pairs("val")) == 3
    assert scans == [root]


def test_names_match_in_every_form_of_unicode(folder):
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    root = folder(
        *(f"trainA/{composed}/{composed}.png", "trainA/1.png"),
        *(f"trainB/{decomposed}/{decomposed}.png", "trainB/1.png"),
        *("valA/1.png", "valB/1.png"),
    )
    pair = list_pairs(root, "train")[1]
    assert pair.name == f"{composed}/{composed}"
    assert pair.right == root / f"trainB/{decomposed}/{decomposed}.png"


def test_a_name_that_is_not_utf_8_is_hashed(folder):
    name = os.fsdecode(b"caf\xe9")
    root = folder(f"train/{name}.png", "train/1.png", "train/2.png")
    names = {
        pair.name for split in ("train", "val") for pair in list_pairs(root, split)
    }
    assert names == {name, "1", "2"}


def test_the_working_directory_can_be_a_dataset(folder, monkeypatch):
    monkeypatch.chdir(folder("trainA/1.png", "trainB/1.png", "testA/2.png"))
    (pair,) = list_pairs(".", "train")
    assert pair.name == "1"
    assert pair.right.samefile("trainB/1.png")


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


def test_the_use_of_test_pairs_is_said_once(folder, capsys):
    root = folder("train/1.png", "test/2.png")
    pairs = open_pair_list(root)
    assert pairs.held_out == "test"
    for split in ("train", "test"):
        pairs.list_pairs(split)
    assert capsys.readouterr().err == ""
    pairs.list_pairs("val")
    list_pairs(root, "val")
    assert capsys.readouterr().err == (
        f"[WARNING] {root} has no val/ folder: its test pairs are used for "
        "validation; keep test pairs for the final evaluation, and make a val/ folder\n"
    )


def test_the_share_that_is_held_out_is_that_of_earlier_versions(folder):
    root = folder(*(f"train/{number}.png" for number in range(20)), "train/\u00e9.png")
    val = [pair.name for pair in list_pairs(root, "val", 0.3)]
    assert val == ["10", "13", "17", "4", "8", "9", "\u00e9"]


@pytest.mark.parametrize(
    ("names", "split", "message"),
    [
        ([], "train", r"has no train/ folder \(it is empty\): put the pairs in one of"),
        (["val/1.png"], "train", r"has no train/ folder"),
        (
            ["1.png", "A/1.png", "x/y/2.png", "x/3.png"],
            "val",
            r"no train/ folder \(directly in it: 1 image, A: 1 image, x: 2 images\)",
        ),
        (
            [f"{number}/1.png" for number in range(11)],
            "val",
            r"no train/ folder \(0: 1 image, .*, 6: 1 image and 3 more\): put",
        ),
        (
            [
                "train/A/1.png",
                "train/B/1.png",
                "train/input/1.png",
                "train/target/1.png",
            ],
            "train",
            r"has two layouts at once \(train/A: 1 image, train/B: 1 image, train/inp",
        ),
        (
            ["train/A/1.png", "train/B/1.png", "val/2.png"],
            "train",
            r"two layouts at once \(train/A: 1 image, train/B: 1 image, val: 1 image\)",
        ),
        (["A/1.png", "B/1.png", "train/2.png"], "train", r"has two layouts at once"),
        (
            ["train/A/1.png", "train/B/1.png", "train/2.png"],
            "train",
            r"train has images beside the folders of its two sides \(train: 1 image",
        ),
        (
            ["train/1.png", "valid/1.png", "validation/1.png"],
            "train",
            r"has both valid/ and validation/, which mean the same: merge them",
        ),
        (
            ["trainA/1.png", "train_A/2.png", "trainB/1.png"],
            "train",
            r"has both trainA/ and train_A/",
        ),
        (
            ["train/input/1.png", "train/source/2.png", "train/target/1.png"],
            "train",
            r"has both train/input/ and train/source/",
        ),
        (
            ["train/1.dcm", "train/2.dcm", "val/3.nii.gz"],
            "train",
            r"no image that can be read, but 2 \.dcm, 1 \.nii\.gz: convert DICOM",
        ),
        (
            ["train/1.gif", "train/2.heic"],
            "train",
            r"can be read, but 1 \.gif, 1 \.heic: convert other images to PNG; read",
        ),
        (
            ["trainA/1.dcm", "trainB/1.png"],
            "train",
            r"trainA has no image in it \(it contains 1\.dcm\): convert DICOM",
        ),
        (["train_images/1.png"], "train", r"train_labels is missing"),
        (["target/train/1.png"], "train", r"input/train is missing"),
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
            r"1\.jpg and .*1\.png have the same name: every image of one side must "
            "have its own name, and the two sides of the pairs go into train/A and ",
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


def test_another_file_raises(tmp_path):
    (tmp_path / "pairs.txt").touch()
    with pytest.raises(UserError, match=r"pairs\.txt is not a folder: .* a manifest"):
        open_pair_list(tmp_path / "pairs.txt")
