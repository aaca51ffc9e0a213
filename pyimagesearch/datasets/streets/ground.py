"""The road, its markings, kerbs and pavements, and the light on them."""

from dataclasses import dataclass

import cv2
import numpy as np

from pyimagesearch.datasets.streets import noise
from pyimagesearch.datasets.streets.geometry import across, circle, level, strip
from pyimagesearch.datasets.streets.painter import Painter

LANE = 3.2  # metres
PARKING = 2.1  # metres
KERB = 0.12  # metres high
FAR = 155.0  # metres; the backdrop hides what is behind
PAINT = (214, 213, 205)  # road markings
SHADOW = 0.34  # of the light, what a shadow on the road takes away in full sun
CONTACT = 0.55  # of the light, what a car keeps from the road beneath it
SETBACK = 1.0  # metres, how far a house may stand back from the building line
METRES_ALONG = np.geomspace(1.5, FAR, 40)  # where strips may bend


@dataclass(frozen=True)
class Street:
    """The cross-section of a street, and where another one crosses it.

    Args:
        lanes: driving lanes in each direction.
        kerbs: metres right of the road's middle, left and right kerb.
        fronts: the same for the building lines.
        parking: whether cars park at the left and the right kerb.
        crossing: metres ahead at which the crossing road begins; None without one.
        breadth: metres, the crossing road's.
        zebra: metres ahead of a crosswalk; None without one.
        asphalt: RGB (3,).
        paving: RGB (3,).
        patches: (P, 4) mended asphalt: x0, z0, x1, z1.
        covers: (P, 2) manholes: x, z.
        offset: (2,) where in the noise tiles the street begins, metres.
    """

    lanes: int
    kerbs: tuple[float, float]
    fronts: tuple[float, float]
    parking: tuple[bool, bool]
    crossing: float | None
    breadth: float
    zebra: float | None
    asphalt: np.ndarray
    paving: np.ndarray
    patches: np.ndarray
    covers: np.ndarray
    offset: np.ndarray

    @property
    def blocks(self) -> list[tuple[float, float]]:
        """The stretches (start, end) in metres ahead between crossing roads."""
        if self.crossing is None:
            return [(-10.0, FAR)]
        return [(-10.0, self.crossing), (self.crossing + self.breadth, FAR)]

    def paint(self, painter: Painter) -> None:
        """Paints everything at the height of the road, unlit by shadows."""
        painter.fill(strip(-90, 90, METRES_ALONG), (112, 118, 84), "terrain")
        self._paint_pavements(painter)
        painter.fill(strip(*self.kerbs, METRES_ALONG), self.asphalt, "road")
        if self.crossing is not None:
            cross = level(-90, self.crossing, 90, self.crossing + self.breadth)
            painter.fill(cross, self.asphalt, "road")
        patches = np.array([level(*patch) for patch in self.patches])
        painter.fill(patches, self.asphalt * 0.86)
        for x, z in self.covers:
            outline = circle(16) * 0.34 + (x, z)
            cover = np.insert(outline, 1, 0.0, axis=1)  # level with the road
            painter.fill(cover, self.asphalt * 0.72)
        self._paint_markings(painter)

    def _paint_pavements(self, painter: Painter) -> None:
        for start, end in self.blocks:
            z = METRES_ALONG[(METRES_ALONG > start) & (METRES_ALONG < end)]
            z = np.array([max(start, METRES_ALONG[0]), *z, end])
            for kerb, front in zip(self.kerbs, self.fronts, strict=True):
                side = np.sign(kerb)
                back = front + side * SETBACK
                face = np.concatenate(
                    [
                        strip(kerb, kerb, z)[: len(z)],
                        strip(kerb, kerb, z, KERB)[len(z) :],
                    ]
                )
                end_face = across(kerb, back, z[0], 0, KERB)
                painter.fill(face, self.paving * 0.72, "sidewalk")
                painter.fill(end_face, self.paving * 0.72)
                painter.fill(strip(kerb, back, z, KERB), self.paving, "sidewalk")
                edge = strip(kerb, kerb + 0.18 * side, z, KERB)
                painter.fill(edge, self.paving * 1.13)
                self._paint_joints(painter, kerb, front, start, end)

    def _paint_joints(self, painter, kerb, front, start, end) -> None:
        z = np.arange(max(start, 2.0), min(end, 26.0), 1.0)
        joints = [level(kerb, at, front, at + 0.03, KERB) for at in z]
        middle = (kerb + front) / 2
        runs = [level(middle, at, middle + 0.03, at + 1.0, KERB) for at in z]
        if joints:
            painter.fill(np.array(joints), self.paving * 0.82)
            painter.fill(np.array(runs), self.paving * 0.82)

    def _paint_markings(self, painter: Painter) -> None:
        for lane in range(-self.lanes, self.lanes + 1):
            x = lane * LANE
            edge = abs(lane) == self.lanes
            if edge and not any(self.parking):
                continue
            solid = edge or (lane == 0 and self.lanes == 2)
            for start, end in self.blocks:
                if self.zebra is not None and start < self.zebra < end + 6:
                    end = min(end, self.zebra - 2.0)
                self._paint_line(painter, x, start, end, solid)
        if self.zebra is not None:
            x = np.arange(self.kerbs[0] + 0.4, self.kerbs[1] - 0.4, 1.0)
            bars = [level(at, self.zebra, at + 0.5, self.zebra + 3.2) for at in x]
            painter.fill(np.array(bars), PAINT)
            stop = level(0.1, self.zebra - 1.3, self.lanes * LANE, self.zebra - 0.9)
            painter.fill(stop, PAINT)

    @staticmethod
    def _paint_line(painter, x, start, end, solid) -> None:
        if solid:
            z = METRES_ALONG[(METRES_ALONG > start) & (METRES_ALONG < end)]
            if len(z) > 1:
                painter.fill(strip(x - 0.07, x + 0.07, z), PAINT)
            return
        for z in np.arange(2.0, min(end, 80.0) - 3.0, 7.0):
            if z > start:
                painter.fill(level(x - 0.07, z, x + 0.07, z + 3.0), PAINT)

    def weather(self, painter: Painter) -> None:
        """Adds grain, tyre tracks and shadows to what `paint` has painted."""
        painter.flush()
        first, x, z = painter.camera.ground_below_horizon(step=2)
        detail = np.exp(-z / 14.0)  # finer than a pixel further away
        grain = noise.sample(0.7, (x + self.offset[0]) * 90, (z + self.offset[1]) * 90)
        stains = noise.sample(1.3, (x + self.offset[0]) * 16, (z + self.offset[1]) * 5)
        gain = 1 + 0.075 * detail * grain + 0.045 * stains
        on_road = (x > self.kerbs[0]) & (x < self.kerbs[1])
        gain -= 0.035 * on_road * np.cos(x * (4 * np.pi / LANE))  # two tracks a lane
        for mask, strength in (
            (painter.shadow, SHADOW * painter.light.sun),
            (painter.contact, CONTACT),
        ):
            dark = cv2.resize(
                mask[first:], gain.shape[::-1], interpolation=cv2.INTER_AREA
            )
            gain *= 1 - strength * cv2.GaussianBlur(dark, (0, 0), 0.8)
        ground = painter.canvas[first:]
        gains = cv2.merge([gain, gain, gain, np.ones_like(gain)])  # the class stays
        gains = cv2.resize(gains, ground.shape[1::-1])
        cv2.multiply(ground, gains, dst=ground, dtype=cv2.CV_8U)
