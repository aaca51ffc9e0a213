"""Geometry, the camera, and a painter of photo and label map.

Positions are in road coordinates, in metres: right of the middle of the road, above
the asphalt, ahead of the camera. A bend of the road is a shear of them, so that every
scene is laid out along a straight street.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import hypot
from typing import NamedTuple

import cv2
import numpy as np

from pyimagesearch.datasets.palettes import CITYSCAPES, UNLABELLED
from pyimagesearch.datasets.streets.effects import NO_NORMAL, Light

CANVAS = 512  # pixels a side; twice the image's, for antialiasing
NEAR = 1.5  # metres; nothing closer is drawn
CLASS = {name: index for index, name in enumerate(CITYSCAPES)}
COLOURS = np.array([*CITYSCAPES.values(), UNLABELLED], np.uint8)
SUBPIXEL_BITS = 4  # of the positions given to OpenCV
_YZX, _ZXY = [1, 2, 0], [2, 0, 1]
_CUBE = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)


def parse_colours(text: str) -> np.ndarray:
    """Parse colours such as "#b3a692 #a89c8c" to a float array (P, 3), RGB."""
    return np.array([[*bytes.fromhex(word[1:])] for word in text.split()], float)


def ground_strip(left: float, right: float, z, y: float = 0.0) -> np.ndarray:
    """Return a horizontal strip (2 N, 3) along the road, bent at N distances `z`."""
    sides = [[(x, y, distance) for distance in z] for x in (left, right)]
    return np.array([*sides[0], *sides[1][::-1]])


def ground_rect(x0: float, z0: float, x1: float, z1: float, y=0.0) -> np.ndarray:
    """Return a horizontal rectangle (4, 3)."""
    return np.array([[x0, y, z0], [x1, y, z0], [x1, y, z1], [x0, y, z1]])


def front_rect(x0: float, x1: float, z: float, y0: float, y1: float) -> np.ndarray:
    """Return a vertical rectangle (4, 3) that faces the camera."""
    return np.array([[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]])


def box_corners(x0: float, x1: float, z0: float, z1: float, top: float) -> np.ndarray:
    """Return the corners (8, 3) of a box on the ground."""
    return np.array([x0, 0, z0]) + _CUBE * (x1 - x0, top, z1 - z0)


@lru_cache
def _unit_circle(corners: int) -> np.ndarray:
    """Return the outline (corners, 2) of the unit circle; do not change it."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], -1)


def ellipse(x: float, y: float, rx: float, ry: float, corners: int = 14) -> np.ndarray:
    """Return the outline (corners, 2) of an ellipse."""
    return _unit_circle(corners) * (rx, ry) + (x, y)


def bar(x0: float, y0: float, x1: float, y1: float, width: float) -> np.ndarray:
    """Return the outline (4, 2) of a straight bar between two points."""
    half = width / 2 / max(hypot(x1 - x0, y1 - y0), 1e-9)
    x, y = (y0 - y1) * half, (x1 - x0) * half
    return np.array(
        [[x0 + x, y0 + y], [x0 - x, y0 - y], [x1 - x, y1 - y], [x1 + x, y1 + y]]
    )


def stand_up(outline: np.ndarray, x: float, y: float, z: float) -> np.ndarray:
    """Place a 2-D outline (..., 2) in the scene (..., 3), facing the camera."""
    placed = np.full((*outline.shape[:-1], 3), float(z))
    placed[..., :2] = outline + (x, y)
    return placed


def map_boxes(corners: np.ndarray, boxes, width=1.0, height=1.0) -> np.ndarray:
    """Place boxes (P, 4), each left, bottom, right, top, on a flat face: (P, 4, 3).

    The `corners` (4, 3) of the face start at its lower start and lower end; `width`
    and `height` are its size in the unit of the boxes.
    """
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    across = boxes[:, [0, 2, 2, 0]] / width
    up = boxes[:, [1, 1, 3, 3]] / height
    both = across * up
    weights = np.stack([1 - across - up + both, across - both, both, up - both], -1)
    return weights @ corners


def compute_normals(faces: np.ndarray) -> np.ndarray:
    """Return the unit normals (..., 3) of flat faces (..., N, 3)."""
    first = faces[..., 0, :]
    a, b = faces[..., 1, :] - first, faces[..., -1, :] - first
    # the cross product; np.cross is slower
    out = a[..., _YZX] * b[..., _ZXY] - a[..., _ZXY] * b[..., _YZX]
    return out / np.maximum(np.sqrt((out * out).sum(-1, keepdims=True)), 1e-9)


def clip_near(polygon: np.ndarray) -> np.ndarray:
    """Clip a polygon (N, 3) at `NEAR` (Sutherland and Hodgman 1974)."""
    if polygon[:, 2].min() >= NEAR:
        return polygon
    kept = []
    for here, there in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if here[2] >= NEAR:
            kept.append(here)
        if (here[2] >= NEAR) != (there[2] >= NEAR):
            kept.append(here + (there - here) * (NEAR - here[2]) / (there[2] - here[2]))
    return np.array(kept).reshape(-1, 3)


@dataclass(frozen=True)
class Camera:
    """A pinhole camera behind the windscreen."""

    focal: float  # focal length in canvas pixels
    horizon: float  # canvas row
    height: float  # metres above the road
    x: float  # metres right of the middle of the road
    yaw: float  # slope with which the road drifts to the right
    bend: float  # growth of that slope per metre

    def road_offset(self, z: np.ndarray) -> np.ndarray:
        """Return how many metres the road drifts to the right within `z` metres."""
        return self.yaw * z + self.bend * z**2

    def to_camera_space(self, points: np.ndarray) -> np.ndarray:
        """Transform points (..., 3) so that the camera is the origin."""
        points = np.array(points, float)
        points[..., 0] += self.road_offset(points[..., 2]) - self.x
        points[..., 1] -= self.height
        return points

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return canvas columns and rows (..., 2) of points (..., 3) past `NEAR`."""
        points = self.to_camera_space(points)
        places = points[..., :2] * (self.focal * np.array([1, -1]) / points[..., 2:])
        return places + [CANVAS / 2, self.horizon]

    def is_front_facing(self, faces: np.ndarray) -> np.ndarray:
        """Return, as bool (...), whether the outside of faces (..., N, 3) is seen."""
        faces = self.to_camera_space(faces)
        return (compute_normals(faces) * faces[..., 0, :]).sum(-1) < 0

    def is_in_view(self, solids: list[np.ndarray]) -> bool:
        """Return whether any part of solids (M, 3) may be inside the image."""
        points = np.concatenate(solids)
        if points[:, 2].max() < NEAR:
            return False
        if points[:, 2].min() < NEAR:
            points = points[points[:, 2] >= NEAR]
            points = np.concatenate([points, points * [1, 1, 0] + [0, 0, NEAR]])
        columns = self.project(points)[:, 0]
        return bool(columns.max() > 0 and columns.min() < CANVAS)

    def unproject_ground(self, step: int) -> tuple[int, np.ndarray, np.ndarray]:
        """Find the points of the road behind every `step`-th canvas pixel.

        Returns the first row below the horizon, and float32 arrays of the metres right
        of the middle of the road (rows, CANVAS / step) and ahead (rows, 1).
        """
        first = int(np.floor(self.horizon)) + 2
        first += (CANVAS - first) % step
        rows = np.arange(first, CANVAS, step, np.float32)[:, None] + step / 2
        columns = np.arange(0, CANVAS, step, np.float32) + step / 2
        z = self.focal * self.height / (rows - np.float32(self.horizon))
        x = (columns - CANVAS / 2) * z / self.focal + self.x - self.road_offset(z)
        return first, x.astype(np.float32), z.astype(np.float32)


class DrawCall(NamedTuple):
    """Faces or discs that wait for `Painter.flush`."""

    points: np.ndarray  # (P * N, 3) corners of P faces, or (P, 3) centres of discs
    corners: int  # N; 1 for discs
    colour: np.ndarray  # (3,) RGB of the material
    normal: np.ndarray  # (3,) unit vector, or NO_NORMAL
    label: int  # class index
    radii: np.ndarray | None = None  # (P,) metres; for discs only
    gains: np.ndarray | None = None  # (P, 1) factors of colour; for discs only


class Painter:
    """Paint photo and label map at once, from far to near.

    Attributes:
        canvas: uint8 array (CANVAS, CANVAS, 4), RGB and class index. OpenCV paints
            all four channels in one call, so that photo and labels always agree.
        shadow_mask: float32 array (CANVAS, CANVAS), 1 where the road is in shadow.
        contact_mask: float32 array (CANVAS, CANVAS), 1 below low objects, where the
            road sees little sky.
    """

    def __init__(self, camera: Camera, light: Light) -> None:
        self.camera = camera
        self.light = light
        self.canvas = np.zeros((CANVAS, CANVAS, 4), np.uint8)
        self.shadow_mask = np.zeros((CANVAS, CANVAS), np.float32)
        self.contact_mask = np.zeros((CANVAS, CANVAS), np.float32)
        self._calls: list[DrawCall] = []
        self._label = CLASS["sky"]

    def fill(self, faces, colour, label=None, normal=NO_NORMAL) -> None:
        """Fill faces that do not overlap each other, at the next `flush`.

        Args:
            faces: float array (N, 3) or (P, N, 3), road coordinates.
            colour: float array (3,), RGB in full light, [0, 255].
            label: str, class; None repeats the class of the previous `fill`.
            normal: float array (3,), unit normal of all faces, for the light.
        """
        if label is not None:
            self._label = CLASS[label]
        points, corners = faces.reshape(-1, 3), faces.shape[-2]
        parts = [points]
        if points[:, 2].min() < NEAR:
            parts = [clip_near(face) for face in points.reshape(-1, corners, 3)]
            corners = None
        for part in parts:
            if len(part):
                count = corners or len(part)
                self._calls.append(DrawCall(part, count, colour, normal, self._label))

    def fill_discs(self, centres, radii, colour, gains, label) -> None:
        """Fill discs that face the camera, in the given order, at the next `flush`.

        The arrays have the `centres` (P, 3) past `NEAR`, the `radii` (P,) in metres
        and the `gains` (P,), a factor of `colour` for every disc; see `fill`.
        """
        label, gains = CLASS[label], gains[:, None]
        call = DrawCall(centres, 1, colour, NO_NORMAL, label, radii, gains)
        self._calls.append(call)

    def can_resolve(self, length: float, distance: float) -> bool:
        """Return whether `length` covers two canvas pixels at `distance`, in metres."""
        return length * self.camera.focal >= 2 * distance

    def flush(self) -> None:
        """Project, light and paint everything filled since the last `flush`."""
        calls, self._calls = self._calls, []
        points = np.concatenate([call.points for call in calls])
        ends = np.cumsum([len(call.points) for call in calls])
        starts = np.concatenate([[0], ends[:-1]])
        distances = np.add.reduceat(points[:, 2], starts) / (ends - starts)
        light = self.light.shade(np.array([call.normal for call in calls]))
        lit = np.array([call.colour for call in calls]) * light
        hazy = self.light.apply_haze(lit, distances[:, None]).tolist()
        places = self.camera.project(points)
        low = np.minimum.reduceat(places, starts)
        high = np.maximum.reduceat(places, starts)
        reach = [0.0 if call.radii is None else call.radii.max() for call in calls]
        margin = (np.array(reach) * self.camera.focal / distances)[:, None]
        in_view = ((high > -margin) & (low < CANVAS + margin)).all(1)
        in_view &= (high - low + 2 * margin).max(1) > 0.8  # pixels
        fixed = np.round(places * 2**SUBPIXEL_BITS).astype(np.int32)
        for index in np.flatnonzero(in_view).tolist():
            call, here = calls[index], fixed[starts[index] : ends[index]]
            if call.radii is None:
                outlines = here.reshape(-1, call.corners, 2)
                value = (*hazy[index], call.label)
                cv2.fillPoly(self.canvas, outlines, value, shift=SUBPIXEL_BITS)
            else:
                colours = lit[index] * call.gains
                colours = self.light.apply_haze(colours, distances[index])
                self._paint_discs(here, call, colours)

    def _paint_discs(self, places, call: DrawCall, colours) -> None:
        pixels = self.camera.focal * 2**SUBPIXEL_BITS / call.points[:, 2]
        radii = (call.radii * pixels).astype(int)
        discs = (each.tolist() for each in (places, radii, colours))
        for place, radius, colour in zip(*discs, strict=True):
            value = (*colour, call.label)
            cv2.circle(self.canvas, place, radius, value, -1, shift=SUBPIXEL_BITS)

    def add_shadows(self, solids: list[np.ndarray], footprints: list) -> None:
        """Mark the shadows of solids (M, 3) and the footprints (N, 3) on the road."""
        shadows = [self.light.project_shadow(solid) for solid in solids]
        areas = [(self.shadow_mask, shadow) for shadow in shadows]
        areas += [(self.contact_mask, footprint) for footprint in footprints]
        for mask, area in areas:
            kept = clip_near(area)
            if len(kept):
                outline = self.camera.project(kept) * 2**SUBPIXEL_BITS
                outline = np.round(outline).astype(np.int32)
                cv2.fillPoly(mask, outline[None], 1.0, shift=SUBPIXEL_BITS)
