"""Flat shapes in road coordinates: metres right, up and ahead."""

from dataclasses import dataclass
from functools import lru_cache
from math import hypot

import numpy as np

_YZX, _ZXY = [1, 2, 0], [2, 0, 1]
CUBE = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)


@dataclass(frozen=True)
class Panel:
    """A flat four-cornered face on which things are placed by two coordinates.

    Args:
        corners: (4, 3): lower start, lower end, upper end, upper start.
        width: what the first coordinate is at the end; metres, or 1 for fractions.
        height: what the second one is at the top.
    """

    corners: np.ndarray
    width: float = 1.0
    height: float = 1.0

    def patches(self, boxes: np.ndarray) -> np.ndarray:
        """Faces (P, 4, 3) of boxes (P, 4): across, up, across, up."""
        boxes = np.asarray(boxes, float).reshape(-1, 4)
        across = boxes[:, [0, 2, 2, 0]] / self.width
        up = boxes[:, [1, 1, 3, 3]] / self.height
        both = across * up
        weights = np.stack([1 - across - up + both, across - both, both, up - both], -1)
        return weights @ self.corners


def strip(left: float, right: float, z: np.ndarray, y: float = 0.0) -> np.ndarray:
    """The outline (2 N, 3) of a level strip along the road, at N distances `z`."""
    there = np.stack([np.full_like(z, left), np.full_like(z, y), z], -1)
    back = np.stack([np.full_like(z, right), np.full_like(z, y), z], -1)[::-1]
    return np.concatenate([there, back])


def level(x0: float, z0: float, x1: float, z1: float, y: float = 0.0) -> np.ndarray:
    """A level rectangle (4, 3)."""
    return np.array([[x0, y, z0], [x1, y, z0], [x1, y, z1], [x0, y, z1]])


def along(x: float, z0: float, z1: float, y0: float, y1: float) -> np.ndarray:
    """An upright rectangle (4, 3) that runs along the road."""
    return np.array([[x, y0, z0], [x, y0, z1], [x, y1, z1], [x, y1, z0]])


def across(x0: float, x1: float, z: float, y0: float, y1: float) -> np.ndarray:
    """An upright rectangle (4, 3) that faces the camera."""
    return np.array([[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]])


def upright(outline: np.ndarray, x: float, y: float, z: float) -> np.ndarray:
    """Outlines (..., 2), across and up, stood at a place, facing the camera."""
    stood = np.empty((*outline.shape[:-1], 3))
    stood[..., :2] = outline
    stood[..., :2] += (x, y)
    stood[..., 2] = z
    return stood


def ellipse(x: float, y: float, rx: float, ry: float, corners: int = 14) -> np.ndarray:
    """The outline (corners, 2) of an ellipse."""
    return circle(corners) * (rx, ry) + (x, y)


@lru_cache
def circle(corners: int) -> np.ndarray:
    """The outline (corners, 2) of the unit circle; shared, so not to be changed."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.stack([np.cos(turn), np.sin(turn)], -1)


def limb(x0: float, y0: float, x1: float, y1: float, width: float) -> np.ndarray:
    """The outline (4, 2) of a straight bar between two points."""
    half = width / 2 / max(hypot(x1 - x0, y1 - y0), 1e-9)
    x, y = (y0 - y1) * half, (x1 - x0) * half
    return np.array(
        [[x0 + x, y0 + y], [x0 - x, y0 - y], [x1 - x, y1 - y], [x1 + x, y1 + y]]
    )


def block(x0: float, x1: float, z0: float, z1: float, top: float) -> np.ndarray:
    """The corners (8, 3) of a box on the ground."""
    return np.array([x0, 0, z0]) + CUBE * (x1 - x0, top, z1 - z0)


def normal(face: np.ndarray) -> np.ndarray:
    """Unit vectors (..., 3) out of flat faces (..., N, 3), by corners 0, 1 and -1."""
    first = face[..., 0, :]
    a, b = face[..., 1, :] - first, face[..., -1, :] - first
    out = (
        a[..., _YZX] * b[..., _ZXY] - a[..., _ZXY] * b[..., _YZX]
    )  # as np.cross, faster
    return out / np.maximum(np.sqrt((out * out).sum(-1, keepdims=True)), 1e-9)
