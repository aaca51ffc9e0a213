"""A dataset in the cache, held against what is asked for."""

import json

import pytest

from pyimagesearch.datasets.catalog import CatalogEntry
from pyimagesearch.datasets.download import check_dataset_record, write_dataset_record
from pyimagesearch.errors import UserError

DATASET = CatalogEntry("facades", train=2, val=1, test=0, direction="BtoA")
URL = "http://host/facades.tar.gz"
SHA256 = "ab" * 32


@pytest.fixture
def folder(tmp_path):
    """A whole dataset that does not say where it is from."""
    for name in ("train/1.jpg", "train/2.jpg", "val/1.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"an image")
    return tmp_path


@pytest.fixture
def recorded_folder(folder):
    write_dataset_record(folder, URL, 1000, SHA256, {"train": 2, "val": 1})
    return folder


def test_what_is_recorded(recorded_folder):
    assert json.loads((recorded_folder / "dataset.json").read_text()) == {
        "url": URL,
        "bytes": 1000,
        "sha256": SHA256,
        "counts": {"train": 2, "val": 1},
    }


@pytest.mark.parametrize("url", [None, URL])
@pytest.mark.parametrize("sha256", [None, SHA256, SHA256.upper()])
def test_nothing_to_say(recorded_folder, capsys, url, sha256):
    check_dataset_record(recorded_folder, DATASET, url, sha256)

    assert capsys.readouterr().out == ""


def test_another_origin_is_told(recorded_folder, capsys):
    check_dataset_record(recorded_folder, DATASET, "/data/facades.tar", SHA256)

    assert capsys.readouterr().out == (
        f"[INFO] using {recorded_folder}, whose origin is {URL}, and not "
        "/data/facades.tar: delete the folder to fetch it anew\n"
    )


def test_another_checksum_is_an_error(recorded_folder):
    with pytest.raises(UserError) as error:
        check_dataset_record(recorded_folder, DATASET, URL, "0" * 64)

    assert str(error.value) == (
        f"{recorded_folder} is from an archive whose sha256 is {SHA256}, and not the "
        f"{'0' * 64} of --dataset-sha256: delete the folder to fetch it anew"
    )


@pytest.mark.parametrize("record", [None, "", "{}", "[]", '{"url": '])
def test_a_whole_folder_without_a_record_will_do(folder, capsys, record):
    if record is not None:
        (folder / "dataset.json").write_text(record)

    check_dataset_record(folder, DATASET, None, None)
    assert capsys.readouterr().out == ""
    with pytest.raises(UserError, match="whose sha256 is not on record, and not the"):
        check_dataset_record(folder, DATASET, None, SHA256)


def test_a_folder_that_another_program_left_halfway(folder):
    (folder / "train" / "1.jpg").unlink()

    with pytest.raises(UserError) as error:
        check_dataset_record(folder, DATASET, None, None)

    assert str(error.value) == (
        f"{folder} holds 1 train and 1 val images where 2 train and 1 val images were "
        "expected, and does not say where they are from: move it away, or use what it "
        f"holds with --data {folder}"
    )
