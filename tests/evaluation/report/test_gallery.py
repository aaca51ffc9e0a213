"""The image files of the report."""

import numpy as np
import pytest
from tiny import random_image

from pyimagesearch.datasets.image_decoding import read_image
from pyimagesearch.evaluation.report import replace_images, save_images
from pyimagesearch.evaluation.report.gallery import (
    THUMBNAIL_WIDTH,
    has_images,
    image_paths,
)


def test_full_images_keep_their_pixels(tmp_path):
    images = [random_image(seed, 20, 30) for seed in range(3)]
    save_images(tmp_path, 7, *images)
    for kind, image in zip(("input", "prediction", "target"), images, strict=True):
        written = read_image(tmp_path / f"images/0007-{kind}.png")
        np.testing.assert_array_equal(written, image)
    assert has_images(tmp_path, 7)
    assert not has_images(tmp_path, 8)
    assert len(list((tmp_path / "images").iterdir())) == 6


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((200, 4 * THUMBNAIL_WIDTH), (50, THUMBNAIL_WIDTH)),
        ((40, 60), (40, 60)),
        ((1, 4 * THUMBNAIL_WIDTH), (1, THUMBNAIL_WIDTH)),
        ((1, 1), (1, 1)),
    ],
)
def test_thumbnails_are_never_enlarged(tmp_path, size, expected):
    halves = np.zeros((*size, 3), np.uint8)
    halves[:, size[1] // 2 :] = (250, 120, 10)
    save_images(tmp_path, 1, halves, halves, halves)
    written = read_image(tmp_path / image_paths(1)["target"][1])
    assert written.shape == (*expected, 3)
    if expected[1] > 1:
        assert np.abs(written[:, :2].mean((0, 1))).max() < 8
    assert np.abs(written[:, -2:].mean((0, 1)) - (250, 120, 10)).max() < 8


def test_a_pair_with_a_missing_file_has_no_images(tmp_path):
    save_images(tmp_path, 1, *[random_image(0)] * 3)
    (tmp_path / image_paths(1)["target"][1]).unlink()
    assert not has_images(tmp_path, 1)


def test_replace_images_removes_only_files_of_an_earlier_report(tmp_path):
    new = tmp_path / "new"
    save_images(new, 2, *[random_image(0)] * 3)
    replace_images(tmp_path, new)  # without an earlier report
    assert has_images(tmp_path, 2)
    others = [tmp_path / "images" / name for name in ("mine.png", "my-input.png")]
    for other in others:
        other.touch()
    save_images(new, 1, *[random_image(1)] * 3)
    replace_images(tmp_path, new)
    assert has_images(tmp_path, 1)
    assert not has_images(tmp_path, 2)
    assert all(other.exists() for other in others)
    assert len(list((tmp_path / "images").iterdir())) == 8


@pytest.mark.parametrize("kept", [[], ["mine.png"]])
def test_replace_images_removes_the_folder_of_earlier_versions(tmp_path, kept):
    former = tmp_path / "pictures"
    former.mkdir()
    for name in ("0001-input.png", "12345-target.webp", *kept):
        (former / name).touch()
    new = tmp_path / "new"
    save_images(new, 1, *[random_image(0)] * 3)
    replace_images(tmp_path, new)
    assert has_images(tmp_path, 1)
    assert former.exists() == bool(kept)
    assert [path.name for path in former.glob("*")] == kept
