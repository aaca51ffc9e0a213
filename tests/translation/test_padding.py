"""Images at sizes that go through a network with strides."""

import numpy as np
import pytest

from pyimagesearch.translation.tiling import pad_to_multiple, round_up


def test_multiples():
    assert [round_up(n, 16) for n in (1, 16, 17, 333)] == [16, 16, 32, 336]


def test_it_is_reflected_without_the_border_pixel_twice():
    image = np.arange(5, dtype=np.uint8).repeat(4 * 3).reshape(5, 4, 3)
    result = pad_to_multiple(image, 4)
    assert result.shape == (8, 4, 3)
    assert result[:, 0, 0].tolist() == [0, 1, 2, 3, 4, 3, 2, 1]


def test_a_side_too_short_to_reflect_is_repeated_and_the_other_is_not():
    image = np.arange(10, dtype=np.uint16).reshape(2, 5, 1).repeat(3, axis=2)
    result = pad_to_multiple(image, 8)
    assert result.dtype == np.uint16
    assert result[0, :, 0].tolist() == [0, 1, 2, 3, 4, 3, 2, 1]
    assert result[:, 0, 0].tolist() == [0, 5, 5, 5, 5, 5, 5, 5]


@pytest.mark.parametrize("shape", [(1, 1, 3), (16, 32, 3), (7, 500, 3)])
def test_the_image_stays_where_it_is(shape):
    image = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    result = pad_to_multiple(image, 16)
    assert result.shape[0] % 16 == result.shape[1] % 16 == 0
    np.testing.assert_array_equal(result[: shape[0], : shape[1]], image)
