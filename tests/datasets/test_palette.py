"""Label colours, and which of them a pixel is nearest to."""

import numpy as np

from pyimagesearch.datasets.palette import CITYSCAPES, FACADES, nearest_class

COLOURS = np.array(list(CITYSCAPES.values()), np.uint8)


def test_the_palette_is_cityscapes():
    assert len(CITYSCAPES) == len(set(CITYSCAPES.values())) == 19
    assert CITYSCAPES["road"] == (128, 64, 128)
    assert CITYSCAPES["car"] == (0, 0, 142)
    assert list(CITYSCAPES)[:3] == ["road", "sidewalk", "building"]
    assert list(CITYSCAPES)[18] == "bicycle"


def test_the_facades_have_every_fifth_colour_of_jet():
    """MATLAB's ramps: a plateau of 15 between slopes of 16, shifted by 16 a channel."""
    at = np.arange(1, 65)
    ramps = [np.clip(1.5 - abs(at - middle) / 16, 0, 1) for middle in (48, 32, 16)]
    expected = np.stack(ramps, -1)[5::5] * 255
    assert len(FACADES) == len(expected) == 12
    assert np.abs(list(FACADES.values()) - expected).max() < 1
    assert FACADES["facade"] == (0, 48, 255)
    assert FACADES["shop"] == (175, 0, 0)


def test_palette_colours_are_their_own_nearest():
    assert nearest_class(COLOURS[None], COLOURS).tolist() == [list(range(19))]


def test_the_nearest_is_by_distance_and_the_first_of_equals():
    colours = np.array([[0, 0, 0], [255, 0, 0], [0, 10, 0]])
    pixels = np.array([[[200, 0, 0], [0, 6, 0], [0, 5, 0], [100, 0, 0]]], np.uint8)
    assert nearest_class(pixels, colours).tolist() == [[1, 2, 0, 0]]
