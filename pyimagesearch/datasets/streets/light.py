"""The light of a scene: one sun, the sky's own light, and the air in between."""

from dataclasses import dataclass

import cv2
import numpy as np

SUN_COLOUR = np.array([1.06, 1.0, 0.9])
SKY_COLOUR = np.array([0.96, 1.0, 1.06])
AMBIENT = 0.6  # of full light, what an unlit face gets from the sky
NO_DIRECTION = np.zeros(3)  # the normal of what is round, or drawn as a flat figure
ALL_ROUND = 0.45  # of the sun's light, what such a thing gets


@dataclass(frozen=True)
class Light:
    """Sun, haze and cloud.

    Args:
        towards_sun: unit vector (3,) right, up, ahead.
        sun: the sun's strength in [0, 1]; 0 is overcast.
        haze: RGB of the air far away, [0, 255].
        visibility: metres at which 1 / e of the contrast is left.
    """

    towards_sun: np.ndarray
    sun: float
    haze: np.ndarray
    visibility: float

    def on(self, outward: np.ndarray) -> np.ndarray:
        """The gain of the light on faces.

        Args:
            outward: (M, 3), unit vectors out of the faces, or NO_DIRECTION.

        Returns:
            (M, 3), the gain of red, green and blue.
        """
        direct = np.maximum(outward @ self.towards_sun, 0)
        direct = np.where((outward == NO_DIRECTION).all(-1), ALL_ROUND, direct)
        sky = AMBIENT + 0.3 * (1 - self.sun) + 0.06 * (1 + outward[:, 1])
        sun = 0.42 * self.sun * direct
        return sky[:, None] * SKY_COLOUR + sun[:, None] * SUN_COLOUR

    def through_air(self, colour: np.ndarray, distance: np.ndarray) -> np.ndarray:
        """RGB (..., 3) as seen from `distance` metres away."""
        kept = np.exp(-distance / self.visibility)
        return colour * kept + self.haze * (1 - kept)

    def shadow(self, solid: np.ndarray) -> np.ndarray:
        """The shadow (N, 3) on the road of the convex solid around points (M, 3)."""
        fall = solid[:, 1:2] / self.towards_sun[1]
        ground = (solid - fall * self.towards_sun)[:, [0, 2]].astype(np.float32)
        x, z = cv2.convexHull(ground)[:, 0].T
        return np.stack([x, np.zeros_like(x), z], -1)
