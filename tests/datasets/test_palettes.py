"""Palettes, and the class whose colour is nearest to a pixel."""

import numpy as np
import pytest

from pyimagesearch.datasets.palettes import (
    CITYSCAPES,
    FACADES,
    Palette,
    choose_palette,
    read_palette,
)
from pyimagesearch.metrics.segmentation import (
    classify_predictions,
    classify_targets,
    nearest_class,
)

COLOURS = np.array(list(CITYSCAPES.values()), np.uint8)


def test_cityscapes_has_19_classes():
    assert len(CITYSCAPES) == len(set(CITYSCAPES.values())) == 19
    assert CITYSCAPES["road"] == (128, 64, 128)
    assert CITYSCAPES["car"] == (0, 0, 142)
    assert list(CITYSCAPES)[:3] == ["road", "sidewalk", "building"]
    assert list(CITYSCAPES)[18] == "bicycle"


def test_the_facades_have_every_fifth_colour_of_jet():
    """In "jet", channels are ramps of 16, a plateau of 15 and ramps of 16, shifted."""
    at = np.arange(1, 65)
    ramps = [np.clip(1.5 - abs(at - middle) / 16, 0, 1) for middle in (48, 32, 16)]
    expected = np.stack(ramps, -1)[5::5] * 255
    assert len(FACADES) == len(expected) == 12
    assert np.abs(list(FACADES.values()) - expected).max() < 1
    assert FACADES["facade"] == (0, 48, 255)
    assert FACADES["shop"] == (175, 0, 0)


def test_every_colour_is_nearest_to_itself():
    assert nearest_class(COLOURS[None], COLOURS).numpy().tolist() == [list(range(19))]


def test_the_nearest_colour_is_the_first_of_equal_distance():
    colours = np.array([[0, 0, 0], [255, 0, 0], [0, 10, 0]])
    pixels = np.array([[[200, 0, 0], [0, 6, 0], [0, 5, 0], [100, 0, 0]]], np.uint8)
    assert nearest_class(pixels, colours).numpy().tolist() == [[1, 2, 0, 0]]


def test_unlabelled_pixels_have_no_target_but_a_prediction():
    palette = Palette({"road": (128, 64, 128), "sky": (70, 130, 180)}, ((0, 0, 0),))
    pixels = np.array([[(125, 60, 130), (3, 0, 2), (70, 130, 180)]], np.uint8)
    assert classify_targets(palette, pixels).numpy().tolist() == [[0, 2, 1]]
    assert classify_predictions(palette, pixels).numpy().tolist() == [[0, 0, 1]]


@pytest.mark.parametrize(
    ("named", "dataset", "classes"),
    [
        (None, "cityscapes", CITYSCAPES),
        (None, "streets", CITYSCAPES),
        (None, "facades", FACADES),
        ("facades", None, FACADES),
        ("facades", "streets", FACADES),
    ],
)
def test_a_named_palette_overrides_that_of_the_dataset(named, dataset, classes):
    assert choose_palette(named, dataset).classes == classes


@pytest.mark.parametrize("dataset", [None, "maps"])
def test_a_dataset_may_have_no_palette(dataset):
    assert choose_palette(None, dataset) is None


def test_a_file_has_one_line_per_class(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "\ufeffroad, 128,64,128\n\nunlabelled,0,0,0\n"
        '"sky, clouds",70,130,180\nunlabelled,255,255,255\n',
        encoding="utf-8",
    )
    assert read_palette(path) == Palette(
        {"road": (128, 64, 128), "sky, clouds": (70, 130, 180)},
        ((0, 0, 0), (255, 255, 255)),
    )
    assert choose_palette(str(path), "streets") == read_palette(path)
