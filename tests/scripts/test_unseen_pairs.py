"""The pairs that the recipes are trained and scored on."""

import hashlib

import numpy as np
import pytest
from recipe_study import unseen_pairs
from recipe_study.unseen_pairs import is_for_tuning, prepare_pairs
from tiny import random_image, write_image

from pyimagesearch.datasets.folders import list_pairs, open_pair_list
from pyimagesearch.datasets.image_decoding import read_image
from pyimagesearch.datasets.sources import Source
from pyimagesearch.datasets.streets.street_dataset import render_pair


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    """A dataset of 30 training pairs, 2 validation pairs and 3 test pairs."""
    for split, number in (("train", 30), ("val", 2), ("test", 3)):
        for index in range(number):
            path = tmp_path / "dataset" / split / f"{index:03}.png"
            write_image(path, random_image(index, 8, 16))
    opened = []

    def open_source(name, url):
        opened.append((name, url))
        pairs = open_pair_list(tmp_path / "dataset")
        return Source(pairs.path, "BtoA", "B", pairs)

    monkeypatch.setattr(unseen_pairs, "open_source", open_source)
    monkeypatch.setattr(unseen_pairs, "STREETS", 2)
    return opened


def list_names(folder, split):
    return [pair.left.name for pair in list_pairs(folder, split)]


def test_facades_are_scored_on_their_test_pairs(tmp_path, dataset):
    for _ in range(2):
        folder = prepare_pairs(tmp_path / "study", "facades", "there.tar.gz")
    assert folder == tmp_path / "study" / "pairs" / "facades"
    assert dataset == [("facades", "there.tar.gz")]  # once
    assert list_names(folder, "train") == [f"{n:03}.png" for n in range(30)]
    assert list_names(folder, "val") == ["000.png", "001.png", "002.png"]
    original = tmp_path / "dataset" / "test" / "002.png"
    assert (folder / "val" / "002.png").resolve() == original


def test_streets_are_scored_on_scenes_of_another_seed(tmp_path, dataset):
    folder = prepare_pairs(tmp_path, "streets")
    assert len(list_names(folder, "train")) == 30
    assert list_names(folder, "val") == ["000.jpg", "001.jpg"]
    pair = read_image(folder / "val" / "001.jpg").astype(float)
    photo, _ = render_pair(1, seed=2026)
    other, _ = render_pair(1)
    difference = np.abs(pair[:, :256] - photo).mean()
    assert difference < 3  # of JPEG
    assert np.abs(pair[:, :256] - other).mean() > 5 * difference


def test_settings_are_chosen_on_training_pairs_by_a_hash_of_their_names(
    tmp_path, dataset
):
    folder = prepare_pairs(tmp_path, "facades", is_tuning=True)
    assert folder.name == "facades-tuning"
    train, tuning = list_names(folder, "train"), list_names(folder, "val")
    assert sorted(train + tuning) == [f"{n:03}.png" for n in range(30)]
    for name in train + tuning:
        first_byte = hashlib.sha256(name.encode()).digest()[0]
        assert (name in tuning) == (first_byte % 8 == 0)
    assert 0 < len(tuning) < 10
    assert is_for_tuning(folder / "val" / tuning[0])
