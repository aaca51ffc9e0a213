"""Padding and tiling of large images."""

import itertools

import keras
import numpy as np
import pytest
from keras import layers
from tiny import random_image

from pyimagesearch.networks.receptive_field import Context
from pyimagesearch.translation.tiling import (
    Tiling,
    pad_to_multiple,
    round_up,
    translate_tiles,
)
from pyimagesearch.translation.translator import Translator


def test_round_up():
    assert [round_up(n, 16) for n in (1, 16, 17, 333)] == [16, 16, 32, 336]


def test_padding_reflects_without_repeating_the_border():
    image = np.arange(5, dtype=np.uint8).repeat(4 * 3).reshape(5, 4, 3)
    result = pad_to_multiple(image, 4)
    assert result.shape == (8, 4, 3)
    assert result[:, 0, 0].tolist() == [0, 1, 2, 3, 4, 3, 2, 1]


def test_padding_repeats_a_short_side():
    image = np.arange(10, dtype=np.uint16).reshape(2, 5, 1).repeat(3, axis=2)
    result = pad_to_multiple(image, 8)
    assert result.dtype == np.uint16
    assert result[0, :, 0].tolist() == [0, 1, 2, 3, 4, 3, 2, 1]
    assert result[:, 0, 0].tolist() == [0, 5, 5, 5, 5, 5, 5, 5]


@pytest.mark.parametrize("shape", [(1, 1, 3), (16, 32, 3), (7, 500, 3)])
def test_padding_keeps_the_image_at_the_top_left(shape):
    image = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    result = pad_to_multiple(image, 16)
    assert result.shape[0] % 16 == result.shape[1] % 16 == 0
    np.testing.assert_array_equal(result[: shape[0], : shape[1]], image)


@pytest.mark.parametrize("length", [64, 128, 144, 400, 1008])
@pytest.mark.parametrize(
    ("tile", "stride", "context"), [(128, 16, 9), (100, 4, 7), (64, 32, 500)]
)
def test_tiles_cover_a_side_and_weights_sum_to_one(length, tile, stride, context):
    length = length // stride * stride
    tiling = Tiling(tile, stride, Context(context, bounded=True))
    starts, side = tiling.place_tiles(length)
    assert side <= tiling.tile
    assert {start % stride for start in starts} == {side % stride} == {0}
    assert starts == sorted(set(starts))

    total = np.zeros(length)
    weights = tiling.compute_weights(starts, side, length)
    assert weights.min() >= 0
    for start, weight in zip(starts, weights, strict=True):
        total[start : start + side] += weight
        if tiling.is_exact and start > 0:
            assert not weight[:context].any()
        if tiling.is_exact and start + side < length:
            assert not weight[-context:].any()
    np.testing.assert_allclose(total, 1, rtol=1e-6)


def test_tiles_are_few_and_small():
    tiling = Tiling(128, 16, Context(8, bounded=True))  # an overlap of 48
    assert tiling.place_tiles(128) == ([0], 128)
    assert tiling.place_tiles(144) == ([0, 48], 96)
    assert tiling.place_tiles(208) == ([0, 80], 128)


@pytest.mark.parametrize(
    ("tile", "bounded", "exact"),
    [(384, True, True), (383, True, True), (352, True, False), (384, False, False)],
)
def test_tiling_is_exact_if_the_context_fits(tile, bounded, exact):
    assert Tiling(tile, 16, Context(77, bounded)).is_exact == exact


def test_a_tile_has_at_least_two_strides():
    assert Tiling(1, 16, Context(0, bounded=True)).tile == 32


def translate_whole_and_tiled(generator, image, tile):
    translator = Translator(generator, 8, tile)
    (whole,) = translator.translate([image])
    rows = translate_tiles(translator.translate, image, translator.tiling)
    return translator, whole, np.concatenate(list(rows))


def test_tiling_the_tutorial_generator_is_exact(networks):
    image = random_image(0, 400, 64)
    translator, whole, result = translate_whole_and_tiled(networks[0], image, 384)
    assert translator.tiling.is_exact
    assert len(translator.tiling.place_tiles(400)[0]) == 2
    assert whole.std() > 0.02
    np.testing.assert_allclose(result, whole, rtol=0, atol=1e-4)


def build_wide_network():
    """Build a small network with a stride of 4, which is fast at any size."""
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 5, padding="same", activation="relu")(inputs)
    x = layers.MaxPooling2D(4)(x)
    x = layers.Conv2DTranspose(6, 4, strides=4)(x)
    return keras.Model(inputs, layers.Conv2D(3, 5, padding="same")(x))


@pytest.mark.parametrize("size", [(333, 257), (100, 500), (500, 100), (129, 129)])
def test_tiling_is_exact_at_any_size(size):
    image = pad_to_multiple(random_image(1, *size), 4)
    translator, whole, result = translate_whole_and_tiled(
        build_wide_network(), image, 128
    )
    assert translator.tiling.is_exact
    np.testing.assert_allclose(result, whole, rtol=0, atol=1e-4)


def test_tiles_are_blended_linearly():
    """Every tile has its own tone, as after instance normalization."""
    tiling = Tiling(128, 16, Context(8, bounded=False))
    tones = itertools.count()
    image = np.zeros((16, 208, 3), np.float32)

    def predict(tiles):
        return (np.full_like(tile, next(tones)) for tile in tiles)

    row = np.concatenate(list(translate_tiles(predict, image, tiling)))[0, :, 0]
    assert (row[:88] == 0).all()
    assert (row[-88:] == 1).all()
    np.testing.assert_allclose(np.diff(row[88:-88]), 1 / 33, atol=1e-6)


def test_instance_normalization_is_blended(tone_keeper):
    y, x = np.indices((128, 400))[..., None]
    waves = np.sin(x / (90, 170, 130)) + np.cos(y / (23, 31, 35))
    image = np.rint((waves + 2) * 63).astype(np.uint8)
    translator, whole, result = translate_whole_and_tiled(tone_keeper, image, 128)
    assert not translator.tiling.is_exact
    assert 0.01 < np.abs(result - whole).max() < 1

    # In the middle of an overlap, two tiles differ by more than neighbouring pixels of
    # the blended result do anywhere.
    (first, second, *_), side = translator.tiling.place_tiles(400)
    seam = (second + side) // 2
    tiles = [image[:, start : start + side] for start in (first, second)]
    one, other = translator.translate(tiles)
    cut = np.abs(one[:, seam - first] - other[:, seam - second]).max()
    assert np.abs(np.diff(result, axis=1)).max() < cut / 3


def test_tiling_is_not_exact_if_the_context_does_not_fit():
    image = random_image(0, 100, 64)
    translator, whole, result = translate_whole_and_tiled(
        build_wide_network(), image, 16
    )
    assert not translator.tiling.is_exact
    assert np.abs(result - whole).max() > 1e-3
