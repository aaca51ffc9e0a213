"""Pairs at the working size, from files and from memory."""

import numpy as np
import pytest
from tiny import random_image, write_image

from pyimagesearch.datasets import pairs as pairs_module
from pyimagesearch.datasets.folders import Pair
from pyimagesearch.datasets.pairs import (
    PairFiles,
    load_into_memory,
    open_pairs,
    read_pair,
)
from pyimagesearch.errors import UserError


@pytest.fixture
def files(tmp_path):
    return [
        Pair(str(seed), write_image(tmp_path / f"{seed}.png", random_image(seed)))
        for seed in range(4)
    ]


def test_a_pair_of_the_working_size_is_unchanged(files):
    np.testing.assert_array_equal(read_pair(files[1], 32, 32), random_image(1))


def test_two_files_equal_one_side_by_side_file(tmp_path, files):
    image = random_image(1)
    split = Pair(
        "1",
        write_image(tmp_path / "A/1.png", image[:, :32]),
        write_image(tmp_path / "B/1.png", image[:, 32:]),
    )
    np.testing.assert_array_equal(read_pair(split, 32, 32), read_pair(files[1], 32, 32))


@pytest.mark.parametrize("size", [(16, 16), (8, 24), (64, 48)])
def test_labels_keep_their_colours_and_photos_are_interpolated(tmp_path, size):
    rng = np.random.default_rng(0)
    image = rng.choice([0, 255], (32, 64, 3)).astype(np.uint8)
    pair = Pair("1", write_image(tmp_path / "1.png", image))
    both = read_pair(pair, *size, label_side="B")
    assert both.shape == (size[0], 2 * size[1], 3)
    photo, labels = np.split(both, 2, axis=1)
    assert set(np.unique(labels)) == {0, 255}
    assert len(np.unique(photo)) > 2
    if size[0] < 32:  # antialiasing: the mean is unchanged
        assert abs(photo.mean() - image[:, :32].mean()) < 1


def test_side_a_can_be_the_labels(tmp_path):
    image = np.random.default_rng(0).choice([0, 255], (32, 64, 3)).astype(np.uint8)
    pair = Pair("1", write_image(tmp_path / "1.png", image))
    labels, photo = np.split(read_pair(pair, 16, 16, label_side="A"), 2, axis=1)
    assert set(np.unique(labels)) == {0, 255}
    assert len(np.unique(photo)) > 2


def test_an_odd_width_raises(tmp_path):
    path = write_image(tmp_path / "odd.png", random_image(0, 8, 9))
    with pytest.raises(UserError, match=r"odd\.png is 9 pixels wide"):
        read_pair(Pair("odd", path), 8, 8)


def test_one_16_bit_file_makes_all_pairs_16_bit(tmp_path, files):
    deep = random_image(9, dtype=np.uint16)
    files.append(Pair("deep", write_image(tmp_path / "deep.png", deep)))
    images = PairFiles(files, 32, 32)
    assert images.dtype == np.uint16
    np.testing.assert_array_equal(images[4], deep)
    np.testing.assert_array_equal(images[0], random_image(0).astype(int) * 257)


def test_sides_of_different_depths(tmp_path):
    flat, deep = random_image(1, 8, 8), random_image(2, 8, 8, dtype=np.uint16)
    pair = Pair(
        "1",
        write_image(tmp_path / "A/1.png", flat),
        write_image(tmp_path / "B/1.png", deep),
    )
    both = read_pair(pair, 8, 8)
    np.testing.assert_array_equal(both[:, :8], flat.astype(int) * 257)
    np.testing.assert_array_equal(both[:, 8:], deep)


def test_memory_and_files_give_the_same(files):
    images = PairFiles(files, 32, 32)
    held = load_into_memory(images)
    for index in range(4):
        np.testing.assert_array_equal(images[index], held[index])
    assert held.nbytes == 4 * 32 * 64 * 3


def test_auto_decodes_into_memory_only_what_fits(files, monkeypatch, capsys):
    images = PairFiles(files, 32, 32)

    def open_with_free_memory(free):
        memory = type("Memory", (), {"available": free})
        monkeypatch.setattr(pairs_module.psutil, "virtual_memory", lambda: memory)
        return open_pairs(images, "auto")

    size = 4 * 32 * 64 * 3
    assert isinstance(open_with_free_memory(2 * size), np.ndarray)
    assert "decoding 4 pairs into 0.00 GB of memory, 50% of" in capsys.readouterr().out
    assert open_with_free_memory(2 * size - 1) is images
    assert "decoding 4 pairs from their files at every use" in capsys.readouterr().out
    assert isinstance(open_pairs(images, "memory"), np.ndarray)
    assert open_pairs(images, "none") is images


def test_a_broken_file_raises_while_pairs_are_decoded(tmp_path, files):
    files[2].left.write_bytes(b"")
    with pytest.raises(UserError, match=r"2\.png cannot be read"):
        load_into_memory(PairFiles(files, 32, 32))
