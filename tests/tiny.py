"""Tiny images, and image files to hold them."""

import cv2
import numpy as np

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
