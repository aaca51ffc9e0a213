"""The palette of a set's label maps, and a user's own."""

import numpy as np
import pytest

from pyimagesearch.datasets.palette import CITYSCAPES, FACADES
from pyimagesearch.results.evaluation.palette import (
    Palette,
    chosen_palette,
    read_palette,
)


def test_an_unlabelled_pixel_is_of_no_class_but_predicted_as_one():
    palette = Palette({"road": (128, 64, 128), "sky": (70, 130, 180)}, ((0, 0, 0),))
    pixels = np.array([[(125, 60, 130), (3, 0, 2), (70, 130, 180)]], np.uint8)
    assert palette.of_targets(pixels).tolist() == [[0, 2, 1]]
    assert palette.of_predictions(pixels).tolist() == [[0, 0, 1]]


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
def test_a_named_palette_goes_before_the_datasets_own(named, dataset, classes):
    assert chosen_palette(named, dataset).classes == classes


@pytest.mark.parametrize("dataset", [None, "maps"])
def test_there_may_be_none(dataset):
    assert chosen_palette(None, dataset) is None


def test_a_file_has_a_line_a_class(tmp_path):
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
    assert chosen_palette(str(path), "streets") == read_palette(path)
