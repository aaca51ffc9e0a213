"""Pairs at the working size, from files and from memory."""

import numpy as np
import pytest
from tiny import random_image, write_image

from pyimagesearch.datasets import pairs as pairs_module
from pyimagesearch.datasets.augmentation import scale_array
from pyimagesearch.datasets.pairs import (
    RGB_FORMATS,
    PairArrays,
    PairFiles,
    load_into_memory,
    match_depth,
    open_pairs,
    read_pair,
)
from pyimagesearch.datasets.side_formats import SideFormat, stack_formats
from pyimagesearch.datasets.splits import Pair
from pyimagesearch.errors import UserError


@pytest.fixture
def files(tmp_path):
    return [
        Pair(str(seed), write_image(tmp_path / f"{seed}.png", random_image(seed)))
        for seed in range(4)
    ]


def read_both(*arguments, **options):
    """A pair as one side-by-side array."""
    return np.concatenate(read_pair(*arguments, **options), axis=1)


def test_a_pair_of_the_working_size_is_unchanged(files):
    np.testing.assert_array_equal(read_both(files[1], 32, 32), random_image(1))


def test_two_files_equal_one_side_by_side_file(tmp_path, files):
    image = random_image(1)
    split = Pair(
        "1",
        write_image(tmp_path / "A/1.png", image[:, :32]),
        write_image(tmp_path / "B/1.png", image[:, 32:]),
    )
    np.testing.assert_array_equal(read_both(split, 32, 32), random_image(1))


@pytest.mark.parametrize("size", [(16, 16), (8, 24), (64, 48)])
def test_labels_keep_their_colours_and_photos_are_interpolated(tmp_path, size):
    rng = np.random.default_rng(0)
    image = rng.choice([0, 255], (32, 64, 3)).astype(np.uint8)
    pair = Pair("1", write_image(tmp_path / "1.png", image))
    photo, labels = read_pair(pair, *size, label_side="B")
    assert photo.shape == labels.shape == (*size, 3)
    assert set(np.unique(labels)) == {0, 255}
    assert len(np.unique(photo)) > 2
    if size[0] < 32:  # antialiasing: the mean is unchanged
        assert abs(photo.mean() - image[:, :32].mean()) < 1


def test_side_a_can_be_the_labels(tmp_path):
    image = np.random.default_rng(0).choice([0, 255], (32, 64, 3)).astype(np.uint8)
    pair = Pair("1", write_image(tmp_path / "1.png", image))
    labels, photo = read_pair(pair, 16, 16, label_side="A")
    assert set(np.unique(labels)) == {0, 255}
    assert len(np.unique(photo)) > 2


def test_an_odd_width_raises(tmp_path):
    path = write_image(tmp_path / "odd.png", random_image(0, 8, 9))
    with pytest.raises(UserError, match=r"odd\.png is 9 pixels wide"):
        read_pair(Pair("odd", path), 8, 8)


def test_one_16_bit_file_makes_all_pairs_16_bit(tmp_path, files):
    deep = random_image(9, dtype=np.uint16)
    files.append(Pair("deep", write_image(tmp_path / "deep.png", deep)))
    formats = match_depth(files, RGB_FORMATS)
    assert [side.dtype for side in formats] == ["uint16", "uint16"]
    images = PairFiles(files, 32, 32, formats=formats)
    np.testing.assert_array_equal(np.hstack(images[4]), deep)
    np.testing.assert_array_equal(
        np.hstack(images[0]), random_image(0).astype(int) * 257
    )


def test_sides_of_different_depths(tmp_path):
    flat, deep = random_image(1, 8, 8), random_image(2, 8, 8, dtype=np.uint16)
    pair = Pair(
        "1",
        write_image(tmp_path / "A/1.png", flat),
        write_image(tmp_path / "B/1.png", deep),
    )
    formats = match_depth([pair], RGB_FORMATS)
    assert [side.dtype for side in formats] == ["uint8", "uint16"]
    sides = read_pair(pair, 8, 8, formats=formats)
    np.testing.assert_array_equal(sides[0], flat)
    np.testing.assert_array_equal(sides[1], deep)


def test_memory_and_files_give_the_same(files):
    images = PairFiles(files, 32, 32)
    held = load_into_memory(images)
    for index in range(4):
        for read, stored in zip(images[index], held[index], strict=True):
            np.testing.assert_array_equal(read, stored)
    assert held.nbytes == 4 * 32 * 64 * 3


def test_auto_decodes_into_memory_only_what_fits(files, monkeypatch, capsys):
    images = PairFiles(files, 32, 32)

    def open_with_free_memory(free):
        memory = type("Memory", (), {"available": free})
        monkeypatch.setattr(pairs_module.psutil, "virtual_memory", lambda: memory)
        return open_pairs(images, "auto")

    size = 4 * 32 * 64 * 3
    assert isinstance(open_with_free_memory(2 * size), PairArrays)
    assert "decoding 4 pairs into 0.00 GB of memory, 50% of" in capsys.readouterr().out
    assert open_with_free_memory(2 * size - 1) is images
    assert "decoding 4 pairs from their files at every use" in capsys.readouterr().out
    assert isinstance(open_pairs(images, "memory"), PairArrays)
    assert open_pairs(images, "none") is images


def test_a_broken_file_raises_while_pairs_are_decoded(tmp_path, files):
    files[2].left.write_bytes(b"")
    with pytest.raises(UserError, match=r"2\.png cannot be read"):
        load_into_memory(PairFiles(files, 32, 32))


def test_stacked_inputs_have_their_own_ranges(tmp_path):
    color = random_image(1, 8, 8)
    depth = np.full((8, 8), 350, np.uint16)
    np.save(tmp_path / "depth.npy", depth)
    target = write_image(tmp_path / "target.png", random_image(2, 8, 8))
    left = write_image(tmp_path / "color.png", color)
    pair = Pair("1", left, target, (tmp_path / "depth.npy",))
    stack = stack_formats([SideFormat(), SideFormat(1, "uint16", (0, 1400))])
    sides = read_pair(pair, 8, 8, formats=(stack, SideFormat()))
    assert sides[0].dtype == np.float32
    np.testing.assert_array_equal(sides[0][..., :3], scale_array(color))
    assert (sides[0][..., 3] == -0.5).all()
    np.testing.assert_array_equal(stack.scale(sides[0]), sides[0])


def test_stacked_inputs_of_other_sizes_or_numbers_raise(tmp_path):
    left = write_image(tmp_path / "a.png", random_image(1, 8, 8))
    other = write_image(tmp_path / "b.png", random_image(1, 8, 4))
    right = write_image(tmp_path / "c.png", random_image(1, 8, 8))
    stack = stack_formats([SideFormat(), SideFormat()])
    with pytest.raises(UserError, match=r"a\.png .* different sizes \(8x8, 8x4 pixel"):
        read_pair(Pair("1", left, right, (other,)), 8, 8, formats=(stack, SideFormat()))
    with pytest.raises(UserError, match=r"a\.png has 0 other inputs .* 1 are expected"):
        read_pair(Pair("1", left, right), 8, 8, formats=(stack, SideFormat()))
