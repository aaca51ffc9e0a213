"""Paints faces into the photo and the label map at once."""

from typing import NamedTuple

import cv2
import numpy as np

from pyimagesearch.datasets.palettes import CITYSCAPES, UNLABELLED
from pyimagesearch.datasets.streets.camera import CANVAS, NEAR, Camera, clip_near
from pyimagesearch.datasets.streets.light import NO_DIRECTION, Light

CLASS = {name: index for index, name in enumerate(CITYSCAPES)}
COLOURS = np.array([*CITYSCAPES.values(), UNLABELLED], np.uint8)
SUBPIXEL_BITS = 4  # of the positions given to OpenCV


class Stroke(NamedTuple):
    """What `fill` was asked for, until it is painted.

    Args:
        points: (P * N, 3), the corners of P faces.
        corners: N; 1 for discs.
        colour: RGB (3,) of the material.
        outward: unit vector (3,), or NO_DIRECTION.
        label: index of the class.
        radii: (P,) metres, of discs.
        tones: (P, 1), gains of the discs' colours.
    """

    points: np.ndarray
    corners: int
    colour: np.ndarray
    outward: np.ndarray
    label: int
    radii: np.ndarray | None = None
    tones: np.ndarray | None = None


class Painter:
    """A photo and a map of classes, painted over from far to near.

    Args:
        camera: projects what is painted.
        light: shades it.

    Attributes:
        canvas: uint8 (CANVAS, CANVAS, 4): RGB and the class, an index into COLOURS.
            One call paints both, so that they cannot disagree.
        shadow: float32 (CANVAS, CANVAS), 1 where the road does not see the sun.
        contact: the same where something stands so low that it sees little sky.
    """

    def __init__(self, camera: Camera, light: Light) -> None:
        self.camera = camera
        self.light = light
        self.canvas = np.zeros((CANVAS, CANVAS, 4), np.uint8)
        self.shadow = np.zeros((CANVAS, CANVAS), np.float32)
        self.contact = np.zeros((CANVAS, CANVAS), np.float32)
        self._strokes: list[Stroke] = []
        self._label = CLASS["sky"]

    def fill(self, faces, colour, label=None, outward=NO_DIRECTION) -> None:
        """Fills faces that do not overlap, at the next `flush`.

        Args:
            faces: (N, 3) or (P, N, 3), road coordinates.
            colour: RGB (3,) of the material in full light, [0, 255].
            label: the class they belong to; None is the one of the fill before, for
                its details.
            outward: unit vector (3,) out of the faces, for the light.
        """
        if label is not None:
            self._label = CLASS[label]
        index = self._label
        points, corners = faces.reshape(-1, 3), faces.shape[-2]
        if points[:, 2].min() >= NEAR:
            self._strokes.append(Stroke(points, corners, colour, outward, index))
            return
        for face in points.reshape(-1, corners, 3):
            kept = clip_near(face)
            if len(kept):
                self._strokes.append(Stroke(kept, len(kept), colour, outward, index))

    def discs(self, centres, radii, colour, tones, label) -> None:
        """Fills discs that face the camera, the first one first, at the next `flush`.

        Args:
            centres: (P, 3), road coordinates, past NEAR.
            radii: (P,), metres.
            colour: RGB (3,) of the material in full light, [0, 255].
            tones: (P,), gains of that colour.
            label: the class they belong to.
        """
        self._strokes.append(
            Stroke(
                centres, 1, colour, NO_DIRECTION, CLASS[label], radii, tones[:, None]
            )
        )

    def resolves(self, metres: float, distance: float) -> bool:
        """Whether that length covers two pixels of the canvas at that distance."""
        return metres * self.camera.focal >= 2 * distance

    def flush(self) -> None:
        """Projects and lights all that was filled so far, at once, and paints it."""
        strokes, self._strokes = self._strokes, []
        points = np.concatenate([stroke.points for stroke in strokes])
        ends = np.cumsum([len(stroke.points) for stroke in strokes])
        starts = np.concatenate([[0], ends[:-1]])
        distances = np.add.reduceat(points[:, 2], starts) / (ends - starts)
        gains = self.light.on(np.array([stroke.outward for stroke in strokes]))
        materials = np.array([stroke.colour for stroke in strokes])
        lit = materials * gains
        seen = self.light.through_air(lit, distances[:, None]).tolist()
        places = self.camera.project(points)
        low = np.minimum.reduceat(places, starts)
        high = np.maximum.reduceat(places, starts)
        reach = [s.radii.max() if s.radii is not None else 0.0 for s in strokes]
        margin = (np.array(reach) * self.camera.focal / distances)[:, None]
        in_view = ((high > -margin) & (low < CANVAS + margin)).all(1)
        in_view &= (high - low + 2 * margin).max(1) > 0.8  # pixels
        fixed = np.round(places * 2**SUBPIXEL_BITS).astype(np.int32)
        for index in np.flatnonzero(in_view).tolist():
            stroke, here = strokes[index], fixed[starts[index] : ends[index]]
            if stroke.radii is None:
                outlines = here.reshape(-1, stroke.corners, 2)
                colour = (*seen[index], stroke.label)
                cv2.fillPoly(self.canvas, outlines, colour, shift=SUBPIXEL_BITS)
            else:
                tones = self.light.through_air(
                    lit[index] * stroke.tones, distances[index]
                )
                self._paint_discs(here, stroke, tones)

    def _paint_discs(self, places, stroke: Stroke, colours) -> None:
        pixels = self.camera.focal * 2**SUBPIXEL_BITS / stroke.points[:, 2]
        sizes = (stroke.radii * pixels).astype(int).tolist()
        for place, size, colour in zip(
            places.tolist(), sizes, colours.tolist(), strict=True
        ):
            seen = (*colour, stroke.label)
            cv2.circle(self.canvas, place, size, seen, -1, shift=SUBPIXEL_BITS)

    def darken(self, solids: list[np.ndarray], footprints: list[np.ndarray]) -> None:
        """Marks where convex solids (M, 3) and low bodies (N, 3) darken the road."""
        shadows = [self.light.shadow(solid) for solid in solids]
        for mask, areas in ((self.shadow, shadows), (self.contact, footprints)):
            for area in areas:
                kept = area if area[:, 2].min() >= NEAR else clip_near(area)
                if len(kept):
                    outline = self.camera.project(kept) * 2**SUBPIXEL_BITS
                    outline = np.round(outline).astype(np.int32)
                    cv2.fillPoly(mask, outline[None], 1.0, shift=SUBPIXEL_BITS)
