"""Sizes that a network with strides takes."""

import numpy as np


def next_multiple(number: int, stride: int) -> int:
    """The smallest multiple of `stride` that is not below `number`."""
    return -(-number // stride) * stride


def padded(image: np.ndarray, stride: int) -> np.ndarray:
    """Fills an image up at its bottom and its right to multiples of `stride`.

    With its own reflection; a side too short for that has its last pixels repeated.

    Args:
        image: (H, W, 3) of any dtype.
        stride: pixels.
    """
    for axis in (0, 1):
        length = image.shape[axis]
        missing = next_multiple(length, stride) - length
        if missing:
            widths = [(0, 0)] * 3
            widths[axis] = 0, missing
            mode = "reflect" if missing < length else "edge"
            image = np.pad(image, widths, mode)
    return image
