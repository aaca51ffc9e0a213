"""Manifests: the pairs that they list, and the lines that are wrong."""

import pytest

from pyimagesearch.datasets import manifest
from pyimagesearch.datasets.folders import list_pairs, open_pair_list
from pyimagesearch.datasets.splits import Pair
from pyimagesearch.errors import UserError

IMAGES = ("x/1.png", "x/2.jpg", "x/3.npy", "y/1.png", "y/2.png", "y/3.png")


@pytest.fixture
def write(tmp_path):
    """Write a manifest beside some images, as text or bytes."""
    for name in (*IMAGES, "x/1.jpg", "notes.txt", "a, b.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    def write(content):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "pairs.csv").write_bytes(data)
        return tmp_path / "pairs.csv"

    return write


SPLITS = "x/1.png,y/1.png,train\nx/2.jpg,y/2.png,{}\nx/3.npy,y/3.png,\n"


@pytest.mark.parametrize("val", ["val", "valid", "Validation"])
def test_pairs_are_listed_by_split(write, tmp_path, val):
    path = write("input,target,split\n" + SPLITS.format(val))
    pairs = open_pair_list(path)
    assert pairs.list_pairs("train") == [
        Pair("x/1", tmp_path / "x/1.png", tmp_path / "y/1.png"),
        Pair("x/3", tmp_path / "x/3.npy", tmp_path / "y/3.png"),
    ]
    assert pairs.list_pairs("val") == [
        Pair("x/2", tmp_path / "x/2.jpg", tmp_path / "y/2.png")
    ]
    assert (pairs.layout, pairs.direction, pairs.label_side) == (
        "manifest",
        "AtoB",
        None,
    )
    assert (pairs.held_out, pairs.unused, pairs.skipped) == ("val", [], {})
    assert pairs.path == path
    with pytest.raises(
        UserError, match=r"pairs\.csv has no test rows: use --split val"
    ):
        pairs.list_pairs("test")


def test_test_rows_take_the_place_of_val_rows(write, capsys):
    path = write("input,target,split\n" + SPLITS.format("TEST"))
    assert open_pair_list(path).held_out == "test"
    assert [pair.name for pair in list_pairs(path, "val")] == ["x/2"]
    assert [pair.name for pair in list_pairs(path, "train")] == ["x/1", "x/3"]
    assert "has no val rows: its test pairs are used" in capsys.readouterr().err


def test_without_splits_a_share_is_held_out(write):
    path = write("target,input\ny/1.png,x/1.png\ny/2.png,x/2.jpg\n")
    train, val = (list_pairs(path, split) for split in ("train", "val"))
    assert sorted(pair.name for pair in train + val) == ["x/1", "x/2"]
    assert len(train) == len(val) == 1
    assert open_pair_list(path).held_out == "hash"


def test_further_inputs_are_stacked_in_their_order(write, tmp_path):
    path = write("Input2,target,input1,input_depth\nx/1.png,y/1.png,x/2.jpg,x/3.npy\n")
    pair = Pair(
        *("x/1", tmp_path / "x/1.png", tmp_path / "y/1.png"),
        (tmp_path / "x/2.jpg", tmp_path / "x/3.npy"),
    )
    assert manifest.PairManifest(path)._pairs == {"train": [pair]}


def test_marks_blank_lines_quotes_and_absolute_paths(write, tmp_path):
    lines = ["\ufeff", "input,target", "", '"a, b.png",x/../y/1.png', ","]
    lines += [f"./x/2.jpg, {tmp_path / 'y/2.png'}"]
    path = write("\r\n".join(lines))
    both = list_pairs(path, "train") + list_pairs(path, "val")
    assert sorted(both) == [
        Pair("a, b", tmp_path / "a, b.png", tmp_path / "x/../y/1.png"),
        Pair("x/2", tmp_path / "x/2.jpg", tmp_path / "y/2.png"),
    ]


def test_unknown_columns_are_said_once(write, capsys):
    path = write("input,target,age,note\nx/1.png,y/1.png,3,\nx/2.jpg,y/2.png,4,\n")
    for split in ("train", "val"):
        list_pairs(path, split)
    said = f"[WARNING] {path} has columns that are not used: age, note\n"
    assert capsys.readouterr().err == said


HEADER = "input,target,split\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"pairs\.csv is empty: its first line must be input,target or input,"),
        ("\n \n,\n", r"pairs\.csv is empty"),
        (HEADER, r"pairs\.csv lists no pairs: add lines below input,target,split"),
        ("a,b\n", r"line 1 names the columns a, b: it must be input,target or input"),
        ("input;target\n", r"names the columns input;target: .* with commas"),
        ("\ninput,b\n", r"line 2 names the columns input, b"),
        ("input,target,input\n", r"line 1 names a column twice \(input\)"),
        (HEADER + "x/1.png,y/1.png\n", r"line 2 has 2 fields instead of 3"),
        (HEADER + "\nx/1.png,y/1.png,,\n", r"line 3 has 4 fields instead of 3"),
        (HEADER + "x/1.png,y/1.png,dev\n", r"line 2 has the split dev: use train, val"),
        (HEADER + ",y/1.png,\n", r"line 2 lacks a path"),
        (
            HEADER + "x/1.png,gone.png,\n",
            r"line 2 names gone\.png, which cannot be found \(No such file or direct",
        ),
        (HEADER + "x,y/1.png,\n", r"line 2 names x, which is a folder"),
        (HEADER + "..,y/1.png,\n", r"line 2 names \.\., which is a folder"),
        (HEADER + "/dev/null,y/1.png,\n", r"names /dev/null, which is no file"),
        (
            HEADER + "x/1.png,notes.txt,\n",
            r"names notes\.txt, which is no image that can be read: use \.bmp, ",
        ),
        (
            HEADER + "x/1.png,y/1.png,\nx/2.jpg,y/1.png,\n./x/1.png,y/2.png,val\n",
            r"line 4 has the input .*1\.png for val, and line 2 for train: remove one",
        ),
        (
            HEADER + "x/1.png,y/1.png,test\nx/1.png,y/2.png,train\n",
            r"line 3 has the input .*1\.png for train, and line 2 for test",
        ),
        (
            HEADER + "x/1.png,y/1.png,\nx/1.jpg,y/2.png,\n",
            r"line 3 repeats the input of line 2, whatever the extension \(x/1\)",
        ),
        (HEADER.encode() + b"x\n\xff.png,y/1.png,\n", r"line 3 is not UTF-8: save the"),
        (HEADER + "x/1\0.png,y/1.png,\n", r"line 2 has a NUL character: remove it"),
        (HEADER + '"x/1.png,y/1.png,\n', r"line 2 is not CSV: unexpected end of data"),
        (HEADER + "x" * 200_000 + ",y/1.png,\n", r"is not CSV: field larger than"),
        (
            HEADER + "x" * 9_000 + ",,\n",
            r"line 2 names x{80}\.\.\., .* \(File name too",
        ),
        (HEADER + '"x\ny",y/1.png,\n', r"line 3 names 'x\\ny', which cannot be found"),
        ("input" + "," * 10**6, r"line 1 has 1000001 columns: a manifest has at most"),
        (HEADER + "," * 10**6 + "x\n", r"line 2 has 1000001 fields instead of 3"),
    ],
)
def test_wrong_manifests_raise(write, content, message):
    path = write(content)
    with pytest.raises(UserError, match=message) as raised:
        open_pair_list(path)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500


def test_a_manifest_without_training_pairs_can_be_evaluated(write):
    path = write("input,target,split\nx/1.png,y/1.png,test\n")
    assert [pair.name for pair in list_pairs(path, "test")] == ["x/1"]
    with pytest.raises(UserError, match=r"pairs\.csv has no train rows: add some"):
        list_pairs(path, "train")
