"""Augmentation of single images, and the scaling of pixel values to [-1, 1]."""

import functools
from collections.abc import Callable

import cv2
import numpy as np

JITTER = 286 / 256  # the paper, section 6.2: resize 256 to 286, crop back to 256
JITTER_MARGIN = 30  # pixels that the tutorial adds to each side length


def crop_jitter(
    image: np.ndarray, top: float, left: float, mirrored: bool, labels: bool
) -> np.ndarray:
    """Enlarge an image and crop it to its old size (the paper, section 6.2).

    Args:
        image: uint8, uint16 or float32 array (H, W, C).
        top, left: float in [0, 1), the position of the crop.
        mirrored: bool, whether to flip the crop horizontally.
        labels: bool, whether the image is a label map. A label map is enlarged by
            nearest neighbour, a photo bilinearly.

    Returns:
        Array of the shape and dtype of `image`.
    """
    height, width, channels = image.shape
    tall, wide = round(height * JITTER), round(width * JITTER)
    method = cv2.INTER_NEAREST_EXACT if labels else cv2.INTER_LINEAR
    enlarged = cv2.resize(image, (wide, tall), interpolation=method)
    y = int(top * (tall - height + 1))
    x = int(left * (wide - width + 1))
    crop = enlarged[y : y + height, x : x + width]
    # NumPy's reversed copy takes forty times as long.
    crop = cv2.flip(crop, 1) if mirrored else crop
    return crop.reshape(height, width, channels)  # OpenCV drops a single channel


def resize_jitter(
    image: np.ndarray, scale: Callable[[np.ndarray], np.ndarray] | None = None
) -> np.ndarray:
    """Enlarge an image by 30 pixels and resize it back, as the tutorial does.

    The image is enlarged by nearest neighbour and resized back bilinearly. The result
    is that of `data_preprocess.ReadTrainExample`.

    Args:
        image: uint8, uint16 or float32 array (H, W, C).
        scale: callable, scales such an array to float32 in [-1, 1]; None uses
            `scale_array`.

    Returns:
        float32 array (H, W, C) in [-1, 1].
    """
    height, width, channels = image.shape
    positions = _compute_nearest(height, width)
    enlarged = cv2.remap(image, positions, None, cv2.INTER_NEAREST)
    jittered = cv2.resize((scale or scale_array)(enlarged), (width, height))
    return jittered.reshape(height, width, channels)  # OpenCV drops a single channel


@functools.lru_cache(maxsize=1)
def _compute_nearest(height, width):
    """Return the source (x, y) of each pixel of the enlarged image, int16 (H, W, 2).

    OpenCV's own nearest neighbour breaks some ties differently from TensorFlow's.
    """
    sides = (height, height + JITTER_MARGIN), (width, width + JITTER_MARGIN)
    y, x = (
        np.floor((np.arange(new, dtype=np.float32) + 0.5) * np.float32(old / new))
        for old, new in sides
    )
    return np.stack(np.meshgrid(x, y), axis=-1).astype(np.int16)


def scale_array(image: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Scale integers to [-1, 1], bit for bit as `data_preprocess.scale_images` does.

    Args:
        image: uint8 or uint16 array of any shape.
        out: float32 array of the same shape to write to, or None for a new one.

    Returns:
        float32 array of the same shape: `out` if it is given.
    """
    half = np.float32(np.iinfo(image.dtype).max / 2)
    out = np.divide(image, half, out=out, dtype=np.float32, casting="unsafe")
    return np.subtract(out, np.float32(1), out=out)
