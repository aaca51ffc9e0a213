"""The pinhole camera behind the windscreen.

Positions are in road coordinates: metres right of the road's middle, above the
asphalt and ahead of the camera. A road that bends is a shear of them, so that
everything is laid out along a straight street.
"""

from dataclasses import dataclass

import numpy as np

from pyimagesearch.datasets.streets.geometry import normal

CANVAS = 512  # pixels a side; twice the picture's, for antialiasing
NEAR = 1.5  # metres; nothing closer is drawn


@dataclass(frozen=True)
class Camera:
    """Where the camera stands and looks.

    Args:
        focal: focal length in pixels of the canvas.
        horizon: the canvas row of the horizon.
        height: metres above the road.
        lateral: metres right of the road's middle.
        yaw: how far the road leaves to the right, metres per metre.
        bend: how fast that grows, per metre.
    """

    focal: float
    horizon: float
    height: float
    lateral: float
    yaw: float
    bend: float

    def straight_ahead(self, points: np.ndarray) -> np.ndarray:
        """Road coordinates seen from the lens: (..., 3) metres, the lens at 0."""
        seen = np.array(points, float)
        seen[..., 0] += self.drift(seen[..., 2]) - self.lateral
        seen[..., 1] -= self.height
        return seen

    def drift(self, z: np.ndarray) -> np.ndarray:
        """Metres by which the road has left to the right at `z` metres ahead."""
        return self.yaw * z + self.bend * z**2

    def project(self, points: np.ndarray) -> np.ndarray:
        """Canvas positions (..., 2), column and row, of points (..., 3) past NEAR."""
        seen = self.straight_ahead(points)
        places = seen[..., :2] * (self.focal * np.array([1, -1]) / seen[..., 2:])
        return places + [CANVAS / 2, self.horizon]

    def sees(self, faces: np.ndarray) -> np.ndarray:
        """Whether the outer sides of flat faces (..., N, 3) are in view, bool (...)."""
        faces = self.straight_ahead(faces)
        return (normal(faces) * faces[..., 0, :]).sum(-1) < 0

    def in_view(self, solids: list[np.ndarray]) -> bool:
        """Whether any part of solids (M, 3) may be in the picture."""
        points = np.concatenate(solids)
        if points[:, 2].min() < NEAR:
            points = points[points[:, 2] >= NEAR]
            if not len(points):
                return False
            points = np.concatenate([points, points * [1, 1, 0] + [0, 0, NEAR]])
        columns = self.project(points)[:, 0]
        return bool(columns.max() > 0 and columns.min() < CANVAS)

    def ground_below_horizon(self, step: int) -> tuple[int, np.ndarray, np.ndarray]:
        """The road under the pixels below the horizon, at every `step` th of them.

        Returns:
            The first row below the horizon; metres right of the road's middle,
            float32 (rows, CANVAS / step); metres ahead, float32 (rows, 1).
        """
        first = int(np.floor(self.horizon)) + 2
        first += (CANVAS - first) % step
        rows = np.arange(first, CANVAS, step, np.float32)[:, None] + step / 2
        columns = np.arange(0, CANVAS, step, np.float32) + step / 2
        z = self.focal * self.height / (rows - np.float32(self.horizon))
        x = (columns - CANVAS / 2) * z / self.focal + self.lateral - self.drift(z)
        return first, x.astype(np.float32), z.astype(np.float32)


def clip_near(polygon: np.ndarray) -> np.ndarray:
    """The part of a polygon (N, 3) that is past NEAR, by Sutherland and Hodgman."""
    kept = []
    for here, there in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if here[2] >= NEAR:
            kept.append(here)
        if (here[2] >= NEAR) != (there[2] >= NEAR):
            kept.append(here + (there - here) * (NEAR - here[2]) / (there[2] - here[2]))
    return np.array(kept).reshape(-1, 3)
