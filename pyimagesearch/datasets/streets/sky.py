"""The sky, and what closes the street in the distance."""

from dataclasses import dataclass

import cv2
import numpy as np

from pyimagesearch.datasets.streets import noise
from pyimagesearch.datasets.streets.camera import CANVAS
from pyimagesearch.datasets.streets.geometry import across
from pyimagesearch.datasets.streets.painter import CLASS, Painter

WOODS = np.array([86.0, 100, 66])
COARSE = 128  # pixels a side, in which clouds are drawn: they are soft


@dataclass(frozen=True)
class Sky:
    """A clear or clouded sky.

    Args:
        zenith: RGB (3,) at the top.
        cover: the share of the sky in clouds, [0, 1].
        offset: (2,) where in the noise tile the clouds begin, tile pixels.
    """

    zenith: np.ndarray
    cover: float
    offset: np.ndarray

    def paint(self, painter: Painter) -> None:
        """Paints the whole canvas, as everything else is painted over it."""
        camera, light = painter.camera, painter.light
        step = CANVAS / COARSE
        rows = (np.arange(COARSE, dtype=np.float32)[:, None] + 0.5) * step
        columns = (np.arange(COARSE, dtype=np.float32) + 0.5) * step - CANVAS / 2
        height = np.clip((camera.horizon - rows) / camera.focal, 0, None)
        away = 1 / (height + 0.12)  # the clouds' plane, seen from below
        x = columns / camera.focal * away
        clouds = noise.sample(1.6, x * 60 + self.offset[0], away * 60 + self.offset[1])
        cloud = np.clip((clouds + 2.6 * self.cover - 1.0) * 0.8, 0, 1)[..., None]
        blue = np.exp(-3.2 * height)[..., None]
        sky = light.haze * blue + self.zenith * (1 - blue)
        white = np.array([246, 247, 248]) - 16 * np.clip(clouds, 0, 2)[..., None]
        sky = sky + (white - sky) * cloud * (0.55 + 0.3 * (1 - blue))
        labelled = np.full((COARSE, COARSE, 4), CLASS["sky"], np.uint8)
        labelled[..., :3] = np.clip(sky, 0, 255)
        cv2.resize(labelled, (CANVAS, CANVAS), dst=painter.canvas)


@dataclass(frozen=True)
class Backdrop:
    """Hazy houses and trees across the end of the street.

    Args:
        z: metres ahead.
        houses: (P, 3) left, right, top in metres; the left and right from the
            middle of the view.
        woods: (P, 3) centre, radius, height of the trees before them.
    """

    z: float
    houses: np.ndarray
    woods: np.ndarray

    def paint(self, painter: Painter) -> None:
        """Paints the houses, then the trees."""
        middle = -painter.camera.drift(np.array(self.z))
        for left, right, top in self.houses:
            wall = across(middle + left, middle + right, self.z, 0, top)
            painter.fill(wall, (150, 143, 135), "building")
        at, radius, height = self.woods.T
        centres = np.stack([at + middle, height, np.full_like(at, self.z - 5)], -1)
        tones = 0.8 + 0.06 * (height % 3)
        painter.discs(centres, radius, WOODS, tones, "vegetation")
