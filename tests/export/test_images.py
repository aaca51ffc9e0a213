"""The images on which files are compared."""

import argparse

import numpy as np
import pytest
from tiny import SIZE, random_image, write_image

from pyimagesearch.errors import UserError
from pyimagesearch.export.comparison import create_batches, create_image_reader
from pyimagesearch.export.network import prepare_network


def settings(**given):
    nothing = dict.fromkeys(("dataset", "data", "dataset_url", "dataset_sha256"))
    nothing |= dict.fromkeys(("direction", "label_side", "input"))
    return argparse.Namespace(
        **nothing | {"val_fraction": 0.1, "max_pixels": 10_000} | given
    )


@pytest.mark.parametrize(("direction", "left"), [("AtoB", 0), ("BtoA", 32)])
def test_the_inputs_of_the_validation_pairs_are_read(pairs_folder, direction, left):
    read = create_image_reader(settings(data=str(pairs_folder), direction=direction))
    images = read(32, 32)
    assert images.shape == (3, 32, 32, 3)
    shown = random_image(5)[:, left : left + 32] / 127.5 - 1
    np.testing.assert_allclose(images[0], shown, atol=1e-6)
    assert read(16, 48).shape == (3, 16, 48, 3)


def test_files_and_folders_are_read_instead(tmp_path):
    for seed in range(6):
        write_image(tmp_path / "in" / f"{seed}.png", random_image(seed, 32, 32))
    alone = write_image(tmp_path / "alone.png", random_image(9, 20, 30))
    images = create_image_reader(settings(input=[str(alone), str(tmp_path / "in")]))(
        32, 32
    )
    assert images.shape == (4, 32, 32, 3)
    assert images.dtype == np.float32
    np.testing.assert_allclose(
        images[1], random_image(0, 32, 32) / 127.5 - 1, atol=1e-6
    )


def test_images_of_more_pixels_are_refused(tmp_path, pairs_folder):
    alone = write_image(tmp_path / "alone.png", random_image(9, 20, 30))
    assert create_image_reader(settings(input=[str(alone)], max_pixels=600))(8, 8).any()
    with pytest.raises(UserError, match="20x30 pixels, and at most 599 pixels are"):
        create_image_reader(settings(input=[str(alone)], max_pixels=599))
    read = create_image_reader(settings(data=str(pairs_folder), max_pixels=599))
    with pytest.raises(Exception, match="and at most 599 pixels are accepted"):
        read(32, 32)


def test_pairs_that_cannot_be_had_are_told_with_the_other_way(tmp_path):
    with pytest.raises(UserError, match="gone is not a folder.*; --input compares on"):
        create_image_reader(settings(data=str(tmp_path / "gone")))
    with pytest.raises(UserError, match="--input .* contains no image"):
        create_image_reader(settings(input=[str(tmp_path)]))


def test_an_open_network_is_compared_at_several_sizes(strided):
    def read(height, width):
        return np.zeros((3, height, width, 3), np.float32)

    opened = create_batches(read, prepare_network(strided, None))
    assert [b.shape[:3] for b in opened] == [
        (3, SIZE, SIZE),
        (3, SIZE + 4, SIZE),
        (3, SIZE, SIZE + 8),
    ]
    fixed = create_batches(read, prepare_network(strided, (8, 12)))
    assert [b.shape for b in fixed] == [(1, 8, 12, 3)] * 3
