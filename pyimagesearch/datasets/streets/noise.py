"""Tiles of noise that repeat without a seam, the same in every scene."""

from functools import lru_cache

import cv2
import numpy as np

TILE = 512  # pixels a side


@lru_cache
def fractal(slope: float) -> np.ndarray:
    """Noise whose amplitude falls with frequency ** slope.

    Args:
        slope: 0 is white, 0.7 is rough like asphalt, 1.6 is soft like clouds.

    Returns:
        float32 (TILE, TILE), mean 0 and standard deviation 1.
    """
    white = np.random.default_rng(0).standard_normal((TILE, TILE))
    frequency = np.hypot(np.fft.fftfreq(TILE)[:, None], np.fft.rfftfreq(TILE))
    frequency[0, 0] = np.inf
    tile = np.fft.irfft2(np.fft.rfft2(white) / frequency**slope, (TILE, TILE))
    tile = ((tile - tile.mean()) / tile.std()).astype(np.float32)
    tile.flags.writeable = False  # every scene shares it
    return tile


def crop(slope: float, start: np.ndarray, size: int) -> np.ndarray:
    """A part (size, size) of `fractal(slope)`, from row and column `start` (2,) on."""
    row, column = start
    return fractal(slope)[row : row + size, column : column + size]


def sample(slope: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`fractal(slope)` at tile positions x and y, float32 of one common shape."""
    x, y = np.broadcast_arrays(np.float32(x) % TILE, np.float32(y) % TILE)
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    return cv2.remap(fractal(slope), x, y, cv2.INTER_LINEAR, None, cv2.BORDER_WRAP)
