"""Tiles cover an image, fall on the strides, and show no seams."""

import itertools

import keras
import numpy as np
import pytest
from keras import layers
from tiny import random_image

from pyimagesearch.networks.receptive_field import Context
from pyimagesearch.translation.tiling import Tiling, pad_to_multiple, translate_tiles
from pyimagesearch.translation.translator import Translator


@pytest.mark.parametrize("length", [64, 128, 144, 400, 1008])
@pytest.mark.parametrize(
    ("tile", "stride", "context"), [(128, 16, 9), (100, 4, 7), (64, 32, 500)]
)
def test_they_cover_a_side_and_count_for_one(length, tile, stride, context):
    length = length // stride * stride
    tiling = Tiling(tile, stride, Context(context, bounded=True))
    starts, side = tiling.along(length)
    assert side <= tiling.tile
    assert {start % stride for start in starts} == {side % stride} == {0}
    assert starts == sorted(set(starts))

    total = np.zeros(length)
    weights = tiling.weights(starts, side, length)
    assert weights.min() >= 0
    for start, weight in zip(starts, weights, strict=True):
        total[start : start + side] += weight
        if tiling.exact and start > 0:
            assert not weight[:context].any()
        if tiling.exact and start + side < length:
            assert not weight[-context:].any()
    np.testing.assert_allclose(total, 1, rtol=1e-6)


def test_as_few_and_as_small_as_they_can_be():
    tiling = Tiling(128, 16, Context(8, bounded=True))  # an overlap of 48
    assert tiling.along(128) == ([0], 128)
    assert tiling.along(144) == ([0, 48], 96)
    assert tiling.along(208) == ([0, 80], 128)


@pytest.mark.parametrize(
    ("tile", "bounded", "exact"),
    [(384, True, True), (383, True, True), (352, True, False), (384, False, False)],
)
def test_exact_is_what_has_room_for_its_context_on_both_sides(tile, bounded, exact):
    assert Tiling(tile, 16, Context(77, bounded)).exact == exact


def test_a_tile_is_two_strides_at_least():
    assert Tiling(1, 16, Context(0, bounded=True)).tile == 32


def whole_and_tiled(generator, image, tile):
    translator = Translator(generator, 8, tile)
    (whole,) = translator.pictures([image])
    rows = translate_tiles(translator.pictures, image, translator.tiling)
    return translator, whole, np.concatenate(list(rows))


def test_the_tutorials_generator_shows_no_difference(networks):
    image = random_image(0, 400, 64)
    translator, whole, result = whole_and_tiled(networks[0], image, 384)
    assert translator.tiling.exact
    assert len(translator.tiling.along(400)[0]) == 2
    assert whole.std() > 0.02
    np.testing.assert_allclose(result, whole, rtol=0, atol=1e-4)


def wide_network():
    """Two convolutions between strides of 4: small, and quick at any size."""
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 5, padding="same", activation="relu")(inputs)
    x = layers.MaxPooling2D(4)(x)
    x = layers.Conv2DTranspose(6, 4, strides=4)(x)
    return keras.Model(inputs, layers.Conv2D(3, 5, padding="same")(x))


@pytest.mark.parametrize("size", [(333, 257), (100, 500), (500, 100), (129, 129)])
def test_any_size_shows_no_difference(size):
    image = pad_to_multiple(random_image(1, *size), 4)
    translator, whole, result = whole_and_tiled(wide_network(), image, 128)
    assert translator.tiling.exact
    np.testing.assert_allclose(result, whole, rtol=0, atol=1e-4)


def test_the_seams_go_over_linearly():
    """Tiles that are wholly of another tone, as of an instance normalisation."""
    tiling = Tiling(128, 16, Context(8, bounded=False))
    tones = itertools.count()
    image = np.zeros((16, 208, 3), np.float32)

    def predict(tiles):
        return (np.full_like(tile, next(tones)) for tile in tiles)

    row = np.concatenate(list(translate_tiles(predict, image, tiling)))[0, :, 0]
    assert (row[:88] == 0).all()
    assert (row[-88:] == 1).all()
    np.testing.assert_allclose(np.diff(row[88:-88]), 1 / 33, atol=1e-6)


def test_an_instance_normalisation_is_blended(tone_keeper):
    y, x = np.indices((128, 400))[..., None]
    waves = np.sin(x / (90, 170, 130)) + np.cos(y / (23, 31, 35))
    image = np.rint((waves + 2) * 63).astype(np.uint8)
    translator, whole, result = whole_and_tiled(tone_keeper, image, 128)
    assert not translator.tiling.exact
    assert 0.01 < np.abs(result - whole).max() < 1

    # beside the seam, in the middle of an overlap, two tiles differ by more than the
    # picture anywhere between neighbours
    (first, second, *_), side = translator.tiling.along(400)
    seam = (second + side) // 2
    tiles = [image[:, start : start + side] for start in (first, second)]
    one, other = translator.pictures(tiles)
    cut = np.abs(one[:, seam - first] - other[:, seam - second]).max()
    assert np.abs(np.diff(result, axis=1)).max() < cut / 3


def test_a_context_that_is_left_out_shows():
    image = random_image(0, 100, 64)
    translator, whole, result = whole_and_tiled(wide_network(), image, 16)
    assert not translator.tiling.exact
    assert np.abs(result - whole).max() > 1e-3
