"""The sky, the end of the street, and the ground with its shadows."""

from dataclasses import dataclass

import cv2
import numpy as np

from pyimagesearch.datasets.streets.drawing import (
    CANVAS,
    CLASS,
    Painter,
    ellipse,
    front_rect,
    ground_rect,
    ground_strip,
)
from pyimagesearch.datasets.streets.effects import sample_noise

CLOUD_SIZE = 128  # pixels a side; clouds are soft, so they are painted small
HOUSE_COLOUR = (150, 143, 135)  # of the backdrop
TREE_COLOUR = np.array([86.0, 100, 66])
TERRAIN_COLOUR = (112, 118, 84)
MARKING_COLOUR = (214, 213, 205)
LANE = 3.2  # metres
PARKING = 2.1  # metres
KERB = 0.12  # metres high
SETBACK = 1.0  # metres, how far a building may stand behind the building line
FAR = 155.0  # metres; the backdrop hides what is behind
STRIP_Z = np.geomspace(1.5, FAR, 40)  # metres ahead, where strips may bend
SHADOW_STRENGTH = 0.34  # of the light, at full sun
CONTACT_STRENGTH = 0.55  # of the light, below a vehicle


@dataclass(frozen=True)
class Sky:
    """A clear or cloudy sky."""

    zenith: np.ndarray  # (3,) RGB at the top
    cloud_cover: float  # share of the sky in clouds, [0, 1]
    noise_start: np.ndarray  # (2,) where the clouds begin in the noise tile, pixels

    def paint(self, painter: Painter) -> None:
        """Paint the whole canvas."""
        camera = painter.camera
        start_x, start_y = self.noise_start
        step = CANVAS / CLOUD_SIZE
        rows = (np.arange(CLOUD_SIZE, dtype=np.float32)[:, None] + 0.5) * step
        columns = (np.arange(CLOUD_SIZE, dtype=np.float32) + 0.5) * step - CANVAS / 2
        height = np.clip((camera.horizon - rows) / camera.focal, 0, None)
        away = 1 / (height + 0.12)  # the clouds are a plane seen from below
        x = columns / camera.focal * away
        clouds = sample_noise(1.6, x * 60 + start_x, away * 60 + start_y)
        cloud = np.clip((clouds + 2.6 * self.cloud_cover - 1.0) * 0.8, 0, 1)[..., None]
        haze = np.exp(-3.2 * height)[..., None]
        sky = painter.light.haze * haze + self.zenith * (1 - haze)
        white = np.array([246, 247, 248]) - 16 * np.clip(clouds, 0, 2)[..., None]
        sky = sky + (white - sky) * cloud * (0.55 + 0.3 * (1 - haze))
        labelled = np.full((CLOUD_SIZE, CLOUD_SIZE, 4), CLASS["sky"], np.uint8)
        labelled[..., :3] = np.clip(sky, 0, 255)
        cv2.resize(labelled, (CANVAS, CANVAS), dst=painter.canvas)


@dataclass(frozen=True)
class Backdrop:
    """Hazy houses and trees across the end of the street."""

    z: float  # metres ahead
    houses: np.ndarray  # (P, 3) left, right, top; metres from the middle of the view
    trees: np.ndarray  # (P, 3) centre, radius, height; metres

    def paint(self, painter: Painter) -> None:
        """Paint the houses and the trees in front of them."""
        middle = -painter.camera.road_offset(np.array(self.z))
        for left, right, top in self.houses:
            wall = front_rect(middle + left, middle + right, self.z, 0, top)
            painter.fill(wall, HOUSE_COLOUR, "building")
        x, radii, height = self.trees.T
        centres = np.stack([x + middle, height, np.full_like(x, self.z - 5)], -1)
        gains = 0.8 + 0.06 * (height % 3)
        painter.fill_discs(centres, radii, TREE_COLOUR, gains, "vegetation")


@dataclass(frozen=True)
class Street:
    """The cross-section of a street, its markings, and a road that crosses it."""

    lanes: int  # in each direction
    kerbs: tuple[float, float]  # left and right, metres right of the middle
    building_lines: tuple[float, float]  # left and right, metres right of the middle
    parking: tuple[bool, bool]  # whether cars park at the left and the right kerb
    junction: float | None  # metres ahead of the near edge of the crossing road
    junction_width: float  # metres, width of the crossing road
    crosswalk: float | None  # metres ahead
    asphalt: np.ndarray  # (3,) RGB
    paving: np.ndarray  # (3,) RGB
    patches: np.ndarray  # (P, 4) repaired asphalt: x0, z0, x1, z1
    manholes: np.ndarray  # (P, 2) x, z
    noise_start: np.ndarray  # (2,) where the road begins in the noise tiles, metres

    @property
    def blocks(self) -> list[tuple[float, float]]:
        """The stretches (start, end) before and behind the junction, metres ahead."""
        if self.junction is None:
            return [(-10.0, FAR)]
        return [(-10.0, self.junction), (self.junction + self.junction_width, FAR)]

    def is_clear(self, z: float) -> bool:
        """Return whether a car at `z` keeps off the junction and the crosswalk."""
        if self.crosswalk is not None and self.crosswalk - 3 < z < self.crosswalk + 6:
            return False
        if self.junction is None:
            return True
        return not self.junction - 4 < z < self.junction + self.junction_width + 4

    def paint(self, painter: Painter) -> None:
        """Paint the ground, without shadows."""
        painter.fill(ground_strip(-90, 90, STRIP_Z), TERRAIN_COLOUR, "terrain")
        self._paint_pavements(painter)
        painter.fill(ground_strip(*self.kerbs, STRIP_Z), self.asphalt, "road")
        if self.junction is not None:
            far = self.junction + self.junction_width
            painter.fill(ground_rect(-90, self.junction, 90, far), self.asphalt, "road")
        patches = np.array([ground_rect(*patch) for patch in self.patches])
        painter.fill(patches, self.asphalt * 0.86)
        for x, z in self.manholes:
            cover = np.insert(ellipse(x, z, 0.34, 0.34, 16), 1, 0.0, axis=1)
            painter.fill(cover, self.asphalt * 0.72)
        self._paint_lanes(painter)
        if self.crosswalk is not None:
            self._paint_crosswalk(painter)

    def _paint_pavements(self, painter: Painter) -> None:
        for start, end in self.blocks:
            z = np.array([max(start, STRIP_Z[0]), *_strip_z(start, end), end])
            for kerb, front in zip(self.kerbs, self.building_lines, strict=True):
                side = np.sign(kerb)
                back = front + side * SETBACK
                face = ground_strip(kerb, kerb, z)
                face[len(z) :, 1] = KERB
                edge = ground_strip(kerb, kerb + 0.18 * side, z, KERB)
                painter.fill(face, self.paving * 0.72, "sidewalk")
                painter.fill(front_rect(kerb, back, z[0], 0, KERB), self.paving * 0.72)
                painter.fill(ground_strip(kerb, back, z, KERB), self.paving)
                painter.fill(edge, self.paving * 1.13)
                self._paint_joints(painter, kerb, front, start, end)

    def _paint_joints(self, painter, kerb, front, start, end) -> None:
        z = np.arange(max(start, 2.0), min(end, 26.0), 1.0)
        middle = (kerb + front) / 2
        across = [ground_rect(kerb, at, front, at + 0.03, KERB) for at in z]
        along = [ground_rect(middle, at, middle + 0.03, at + 1.0, KERB) for at in z]
        for joints in (across, along) if len(z) else ():
            painter.fill(np.array(joints), self.paving * 0.82)

    def _paint_lanes(self, painter: Painter) -> None:
        for lane in range(-self.lanes, self.lanes + 1):
            is_edge = abs(lane) == self.lanes
            if is_edge and not any(self.parking):
                continue
            x, is_solid = lane * LANE, is_edge or (lane == 0 and self.lanes == 2)
            for start, end in self.blocks:
                if self.crosswalk is not None and start < self.crosswalk < end + 6:
                    end = min(end, self.crosswalk - 2.0)
                if is_solid:
                    dashes = [_strip_z(start, end)]
                else:
                    z = np.arange(2.0, min(end, 80.0) - 3.0, 7.0)
                    dashes = [(near, near + 3.0) for near in z[z > start]]
                for dash in dashes:
                    if len(dash) > 1:
                        line = ground_strip(x - 0.07, x + 0.07, dash)
                        painter.fill(line, MARKING_COLOUR)

    def _paint_crosswalk(self, painter: Painter) -> None:
        z = self.crosswalk
        left = np.arange(self.kerbs[0] + 0.4, self.kerbs[1] - 0.4, 1.0)
        bars = [ground_rect(x, z, x + 0.5, z + 3.2) for x in left]
        painter.fill(np.array(bars), MARKING_COLOUR)
        stop_line = ground_rect(0.1, z - 1.3, self.lanes * LANE, z - 0.9)
        painter.fill(stop_line, MARKING_COLOUR)

    def shade_ground(self, painter: Painter) -> None:
        """Add grain, tyre tracks and shadows to the painted ground."""
        painter.flush()
        first, x, z = painter.camera.unproject_ground(step=2)
        tile_x, tile_z = x + self.noise_start[0], z + self.noise_start[1]
        detail = np.exp(-z / 14.0)  # further away, grain is finer than a pixel
        grain = sample_noise(0.7, tile_x * 90, tile_z * 90)
        stains = sample_noise(1.3, tile_x * 16, tile_z * 5)
        gain = 1 + 0.075 * detail * grain + 0.045 * stains
        on_road = (x > self.kerbs[0]) & (x < self.kerbs[1])
        gain -= 0.035 * on_road * np.cos(x * (4 * np.pi / LANE))  # two tracks a lane
        for mask, strength in (
            (painter.shadow_mask, SHADOW_STRENGTH * painter.light.sun),
            (painter.contact_mask, CONTACT_STRENGTH),
        ):
            size = gain.shape[::-1]
            dark = cv2.resize(mask[first:], size, interpolation=cv2.INTER_AREA)
            gain *= 1 - strength * cv2.GaussianBlur(dark, (0, 0), 0.8)
        ground = painter.canvas[first:]
        gains = cv2.merge([gain, gain, gain, np.ones_like(gain)])  # the class stays
        gains = cv2.resize(gains, ground.shape[1::-1])
        cv2.multiply(ground, gains, dst=ground, dtype=cv2.CV_8U)


def _strip_z(start: float, end: float) -> np.ndarray:
    return STRIP_Z[(STRIP_Z > start) & (STRIP_Z < end)]
