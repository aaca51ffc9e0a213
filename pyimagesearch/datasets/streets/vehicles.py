"""Vehicles: a body swept across from its profile, and a cabin on top."""

from dataclasses import dataclass

import numpy as np

from pyimagesearch.datasets.streets.geometry import (
    Panel,
    across,
    block,
    ellipse,
    level,
    limb,
    normal,
)
from pyimagesearch.datasets.streets.models import Model
from pyimagesearch.datasets.streets.painter import Painter

GLASS = np.array([36.0, 42, 48])
REFLECTION = np.array([104.0, 116, 126])  # the sky in a window
RUBBER = (26, 26, 28)
RIM = (128, 130, 134)
TRIM = (36, 36, 38)  # bumpers, grille, sills
PLATE = (206, 204, 190)
HEADLAMP = (226, 228, 222)
TAIL_LAMP = (164, 24, 22)
WHEEL = 0.33  # metres, radius

BODY_DETAILS = {  # face of the body, from its front: boxes in shares of it, colour
    0: (((0.05, 0.0, 0.95, 0.4), TRIM), ((0.37, 0.3, 0.63, 0.62), PLATE)),
    1: (
        ((0.27, 0.1, 0.73, 0.8), TRIM),
        ((0.02, 0.25, 0.24, 0.95), HEADLAMP),
        ((0.76, 0.25, 0.98, 0.95), HEADLAMP),
    ),
    4: (
        ((0.01, 0.12, 0.17, 0.78), TAIL_LAMP),
        ((0.83, 0.12, 0.99, 0.78), TAIL_LAMP),
        ((0.36, 0.4, 0.64, 0.72), PLATE),
    ),
    5: (((0.04, 0.5, 0.96, 1.0), TRIM), ((0.06, 0.0, 0.94, 0.07), TRIM)),
}


@dataclass(frozen=True)
class Vehicle:
    """A vehicle on the road.

    Args:
        model: its shape.
        x: metres right of the road's middle.
        z: metres ahead, of its middle.
        facing: 1 along our way, -1 towards us.
        coat: RGB (3,).
    """

    model: Model
    x: float
    z: float
    facing: int
    coat: np.ndarray

    @property
    def solids(self) -> list[np.ndarray]:
        """See `Thing`: the body and the cabin."""
        boxes = []
        for profile, share in ((self.model.body, 1.0), (self.model.cabin, 0.85)):
            along, up = np.array(profile).T * [[self.facing], [1]]
            half = self.model.width / 2 * share
            near, far = self.z + along.min(), self.z + along.max()
            boxes.append(block(self.x - half, self.x + half, near, far, up.max()))
        return boxes

    @property
    def footprints(self) -> list[np.ndarray]:
        """See `Thing`."""
        half, length = self.model.width / 2, self.model.body[0][0]
        near, far = self.z - length, self.z + length
        return [level(self.x - half, near, self.x + half, far)]

    def paint(self, painter: Painter) -> None:
        """Paints the tyres, the body and the cabin."""
        half = self.model.width / 2
        body, cabin = np.array(self.model.body), np.array(self.model.cabin)
        at_ends = np.abs(body[:, 0]) > body[0, 0] - 0.06
        flanks = self._sweep(body, np.where(at_ends, half * 0.95, half))
        sides = self._sweep(cabin, np.array([1, *[self.model.lean] * 2, 1]) * half)
        hands = [  # 0 is the vehicle's left, 1 its right; at most one is in view
            hand
            for hand, outline in enumerate((flanks[0], flanks[1][::-1]))
            if painter.camera.sees(outline)
        ]
        self._paint_tyres(painter)
        self._paint_body(painter, *flanks)
        for hand in hands:
            self._paint_flank(painter, flanks[hand], hand)
        self._paint_cabin(painter, *sides)
        for hand in hands:
            outward = self._outward(hand)
            painter.fill(sides[hand], self.coat, self.model.label, outward)
            from_front = sides[hand][[0, 3, 2, 1]]
            self._paint_panes(painter, from_front, "side", outward)

    def _paint_body(self, painter: Painter, left, right) -> None:
        close = painter.resolves(0.15, self.z)
        for index, face, outward in faces_in_view(painter, left, right):
            painter.fill(face, self.coat, self.model.label, outward)
            for box, colour in BODY_DETAILS.get(index, ()) if close else ():
                painter.fill(Panel(face).patches(box), colour, outward=outward)

    def _paint_cabin(self, painter: Painter, left, right) -> None:
        for index, face, outward in faces_in_view(painter, left, right):
            painter.fill(face, self.coat, self.model.label, outward)
            if index == 0:
                self._paint_panes(painter, face, "front", outward)
            elif index == 2:  # runs downwards
                self._paint_panes(painter, face[::-1], "rear", outward)

    def _outward(self, hand: int) -> np.ndarray:
        """The unit vector (3,) out of the left (0) or right (1) side."""
        return np.array([self.facing * (2.0 * hand - 1), 0.0, 0.0])

    def _sweep(self, profile, halves) -> tuple[np.ndarray, np.ndarray]:
        """A profile (N, 2) on the vehicle's left and on its right, each (N, 3)."""
        forward, up = np.asarray(profile, float).T
        z = self.z + self.facing * forward
        reach = self.facing * halves
        sides = np.empty((2, len(z), 3))
        sides[0, :, 0], sides[1, :, 0] = self.x - reach, self.x + reach
        sides[:, :, 1], sides[:, :, 2] = up, z
        return sides[0], sides[1]

    def _paint_tyres(self, painter: Painter) -> None:
        half = self.model.width / 2
        for axle in sorted(self.facing * np.array(self.model.axles), reverse=True):
            z = self.z + axle
            inner, outer = half - 0.24, half - 0.03
            tyres = [
                across(self.x + a, self.x + b, z, 0.0, 0.45)
                for a, b in ((-outer, -inner), (inner, outer))
            ]
            floor = across(self.x - inner, self.x + inner, z, 0.17, 0.5)
            painter.fill(np.array([*tyres, floor]), RUBBER, self.model.label)

    def _paint_flank(self, painter: Painter, flank: np.ndarray, hand: int) -> None:
        outward = self._outward(hand)
        half = self.model.width / 2
        painter.fill(flank, self.coat, self.model.label, outward)

        def detail(outline, colour, label=None):
            face = self._sweep(outline, half)[hand]
            painter.fill(face, colour, label, outward)

        front, rear = self.model.body[0][0], self.model.body[-1][0]
        belt, foot = self.model.body[3][1], self.model.body[0][1]
        detail(limb(front, foot + 0.06, rear, foot + 0.06, 0.14), TRIM)
        detail(
            limb(front - 0.5, belt - 0.2, rear + 0.2, belt - 0.18, 0.05),
            self.coat * 1.12 + 8,
        )
        close = painter.resolves(0.08, self.z)
        for seam in (0.85, -0.15, -1.05) if close else ():
            detail(limb(seam, foot + 0.1, seam, belt, 0.025), self.coat * 0.55)
        for axle in self.model.axles:
            detail(ellipse(axle, WHEEL, WHEEL + 0.08, WHEEL + 0.09), TRIM)
            detail(ellipse(axle, WHEEL, WHEEL, WHEEL), RUBBER, self.model.label)
            if close:
                detail(ellipse(axle, WHEEL, WHEEL * 0.62, WHEEL * 0.62), RIM)
                detail(ellipse(axle, WHEEL, WHEEL * 0.2, WHEEL * 0.2), TRIM)

    def _paint_panes(self, painter, face, end, outward) -> None:
        boxes = np.array(self.model.panes[end]).reshape(-1, 4)
        if not len(boxes):
            return
        panel = Panel(face)
        painter.fill(panel.patches(boxes), GLASS, outward=outward)
        upper = boxes.copy()
        upper[:, 1] = boxes[:, 1] * 0.45 + boxes[:, 3] * 0.55
        painter.fill(panel.patches(upper), (GLASS + REFLECTION) / 2, outward=outward)


def faces_in_view(painter: Painter, left: np.ndarray, right: np.ndarray):
    """Yields index, face (4, 3) and outward normal (3,) of a sweep's faces in view."""
    faces = np.stack([left[:-1], right[:-1], right[1:], left[1:]], 1)
    outward = normal(faces)
    for index in np.flatnonzero(painter.camera.sees(faces)).tolist():
        yield index, faces[index], outward[index]
