"""The report's picture files."""

import numpy as np
import pytest
from tiny import random_image

from pyimagesearch.datasets.image_files import read_image
from pyimagesearch.results.report import replace_pictures, save_pictures
from pyimagesearch.results.report.pictures import THUMBNAIL, has_pictures, picture_paths


def test_large_pictures_are_the_pixels_themselves(tmp_path):
    pictures = [random_image(seed, 20, 30) for seed in range(3)]
    save_pictures(tmp_path, 7, *pictures)
    for kind, picture in zip(("input", "prediction", "target"), pictures, strict=True):
        written = read_image(tmp_path / f"pictures/0007-{kind}.png")
        np.testing.assert_array_equal(written, picture)
    assert has_pictures(tmp_path, 7)
    assert not has_pictures(tmp_path, 8)
    assert len(list((tmp_path / "pictures").iterdir())) == 6


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((200, 4 * THUMBNAIL), (50, THUMBNAIL)),
        ((40, 60), (40, 60)),
        ((1, 4 * THUMBNAIL), (1, THUMBNAIL)),
        ((1, 1), (1, 1)),
    ],
)
def test_thumbnails_are_smaller_and_never_enlarged(tmp_path, size, small):
    halves = np.zeros((*size, 3), np.uint8)
    halves[:, size[1] // 2 :] = (250, 120, 10)
    save_pictures(tmp_path, 1, halves, halves, halves)
    written = read_image(tmp_path / picture_paths(1)["target"][1])
    assert written.shape == (*small, 3)
    if small[1] > 1:
        assert np.abs(written[:, :2].mean((0, 1))).max() < 8
    assert np.abs(written[:, -2:].mean((0, 1)) - (250, 120, 10)).max() < 8


def test_a_part_of_a_pair_does_not_count(tmp_path):
    save_pictures(tmp_path, 1, *[random_image(0)] * 3)
    (tmp_path / picture_paths(1)["target"][1]).unlink()
    assert not has_pictures(tmp_path, 1)


def test_an_earlier_reports_pictures_go_and_nothing_else(tmp_path):
    new = tmp_path / "new"
    save_pictures(new, 2, *[random_image(0)] * 3)
    replace_pictures(tmp_path, new)  # there are none to go
    assert has_pictures(tmp_path, 2)
    other = tmp_path / "pictures" / "mine.png"
    other.touch()
    save_pictures(new, 1, *[random_image(1)] * 3)
    replace_pictures(tmp_path, new)
    assert has_pictures(tmp_path, 1)
    assert other in (tmp_path / "pictures").iterdir()
    assert len(list((tmp_path / "pictures").iterdir())) == 7
