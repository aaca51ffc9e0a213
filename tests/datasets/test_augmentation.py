"""Crops, jitters and scaling of one image."""

import cv2
import numpy as np
import pytest
import tensorflow as tf
from tiny import random_image

from pyimagesearch.datasets.augmentation import crop_jitter, resize_jitter, scale_array


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_crop_is_cut_from_the_enlarged_image(dtype, mirrored):
    image = random_image(1, 64, 128, dtype=dtype)
    # 64 x 128 becomes 72 x 143: a crop has 9 vertical and 16 horizontal positions
    crop = crop_jitter(image, 0.5, 0.999, mirrored, labels=False)
    expected = cv2.resize(image, (143, 72))[4 : 4 + 64, 15 : 15 + 128]
    np.testing.assert_array_equal(crop, expected[:, ::-1] if mirrored else expected)


def test_labels_keep_their_colours():
    image = np.random.default_rng(0).choice([0, 255], (32, 32, 3)).astype(np.uint8)
    assert set(np.unique(crop_jitter(image, 0.3, 0.6, False, labels=True))) == {0, 255}
    assert len(np.unique(crop_jitter(image, 0.3, 0.6, False, labels=False))) > 2


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(32, 32), (64, 64), (48, 80), (256, 256)])
def test_the_tutorials_jitter_equals_tensorflows(size, dtype):
    image = random_image(3, *size, dtype=dtype)
    larger = size[0] + 30, size[1] + 30
    up = tf.image.resize(scale_array(image), larger, "nearest")
    np.testing.assert_allclose(
        resize_jitter(image), tf.image.resize(up, size), atol=2e-6
    )


def test_scaled_values_can_be_written_to_an_array():
    image = random_image(0)
    out = np.empty(image.shape, np.float32)
    assert scale_array(image, out) is out
    np.testing.assert_array_equal(out, image / np.float32(127.5) - np.float32(1))
