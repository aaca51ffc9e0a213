"""Tiny images, and image files to hold them."""

import cv2
import numpy as np

from pyimagesearch.datasets.pairs import PairArrays
from pyimagesearch.datasets.side_formats import SideFormat

SIZE = 32  # pixels, of one half: the smallest that both networks take


def random_image(seed, height=SIZE, width=2 * SIZE, channels=3, dtype=np.uint8):
    """Noise: no two pixels, halves or images are alike."""
    rng = np.random.default_rng(seed)
    shape = (height, width, channels)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def write_image(path, image):
    """Writes an RGB, RGBA or grey array (H, W, channels) as an image file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = image.shape[2]
    if channels >= 3:
        image = image[..., [2, 1, 0, 3][:channels]]
    assert cv2.imwrite(str(path), image)
    return path


def make_pairs(images):
    """Pairs in memory, from side-by-side arrays (pairs, H, 2W, C)."""
    sides = np.split(np.asarray(images), 2, axis=2)
    side_format = SideFormat(channels=sides[0].shape[3], dtype=sides[0].dtype.name)
    return PairArrays(tuple(sides), (side_format, side_format))


def random_array(seed, height, width, channels, dtype):
    """Noise of any dtype, (height, width, channels): integers, or normal floats."""
    if np.dtype(dtype).kind in "ui":
        return random_image(seed, height, width, channels, np.dtype(dtype))
    rng = np.random.default_rng(seed)
    return rng.normal(size=(height, width, channels)).astype(dtype)
