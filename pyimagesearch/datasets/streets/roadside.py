"""Buildings, fences, walls and hedges: rows along the road."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from pyimagesearch.datasets.streets.background import SETBACK
from pyimagesearch.datasets.streets.billboards import Foliage
from pyimagesearch.datasets.streets.drawing import (
    Painter,
    box_corners,
    compute_normals,
    front_rect,
    ground_rect,
    map_boxes,
    parse_colours,
)

STOREY = 3.2  # metres
GROUND_FLOOR = 4.0  # metres
MANSARD, MANSARD_DEPTH = 2.6, 0.9  # metres up and back, of its steep part
DEPTH = 11.0  # metres, of a building
TO_CAMERA = np.array([0.0, 0.0, -1.0])
WALL_COLOURS = parse_colours(
    "#b3a692 #a89c8c #99928b #906c5c #af987a #b8b1a6 #a18673 #959593 #ac9f9a #88685c"
)
TRIM_COLOURS = parse_colours("#c4c0b6 #b4aea2 #706860")
SIGN_COLOURS = parse_colours("#802c28 #2c4a3e #303c5c #ac966c #464240")
GLASS = parse_colours("#46505a #525e6a #687684 #7e7a70")
DOOR = (74, 54, 42)
ROOF_TILES = (118, 74, 62)
SLATE = (78, 82, 90)


@dataclass(frozen=True)
class RoadsideStrip:
    """The base of `SceneObject`s that run along the road; they have a `height`."""

    x: float  # metres right of the middle of the road
    z0: float  # metres ahead of the near end
    z1: float  # metres ahead of the far end

    @property
    def z(self) -> float:
        """The far end, so that objects in front are painted later."""
        return self.z1

    @property
    def length(self) -> float:
        return self.z1 - self.z0

    @property
    def side(self) -> float:
        """-1 left of the road, 1 right of it."""
        return np.sign(self.x)

    @property
    def normal(self) -> np.ndarray:
        return np.array([-self.side, 0.0, 0.0])

    @property
    def solids(self) -> list[np.ndarray]:
        left, right = self.x - 0.2, self.x + 0.2
        return [box_corners(left, right, self.z0, self.z1, self.height)]

    @property
    def footprints(self) -> list[np.ndarray]:
        return [ground_rect(self.x - 0.3, self.z0, self.x + 0.3, self.z1)]

    def face(self, low: float = 0.0, high: float | None = None) -> np.ndarray:
        """Return the face (4, 3) to the road between two heights, metres."""
        x, z0, z1, high = self.x, self.z0, self.z1, high or self.height
        return np.array([[x, low, z0], [x, low, z1], [x, high, z1], [x, high, z0]])

    def fill_boxes(self, painter: Painter, boxes, colour) -> None:
        """Fill boxes (P, 4) on the face: left, bottom, right, top, metres."""
        if len(boxes):
            faces = map_boxes(self.face(), boxes, self.length, self.height)
            painter.fill(faces, colour, normal=self.normal)


@dataclass(frozen=True)
class Hedge(RoadsideStrip):
    """A hedge."""

    height: float  # metres
    foliage: Foliage  # of every heap of leaves

    def paint(self, painter: Painter) -> None:
        """Paint the heaps, the farthest one first."""
        for z in np.arange(self.z1, max(self.z0, 3.0), -1.1):
            centre = (self.x, self.height * 0.5, z)
            self.foliage.paint(painter, centre, np.array([0.9, self.height * 0.6]))


@dataclass(frozen=True)
class Barrier(RoadsideStrip):
    """A fence or a wall."""

    height: float  # metres
    kind: str  # "fence" or "wall"
    colour: np.ndarray  # (3,) RGB

    def paint(self, painter: Painter) -> None:
        """Paint the face, its slats or courses of stone, and its cap."""
        length, height = self.length, self.height
        painter.fill(self.face(), self.colour, self.kind, self.normal)
        if self.kind == "fence":
            left = np.arange(0.1, length - 0.12, 0.3)
            marks = [(x, 0.1, x + 0.12, height - 0.1) for x in left]
        else:
            marks = [(0, y, length, y + 0.05) for y in np.arange(0.3, height, 0.35)]
        self.fill_boxes(painter, marks, self.colour * 0.7)
        cap = [(0, height - 0.12, length, height)]
        self.fill_boxes(painter, cap, self.colour * 1.12)


@dataclass(frozen=True)
class Building(RoadsideStrip):
    """A building at the building line."""

    storeys: int  # above the ground floor
    roof: str  # "flat", "mansard" or "gable"
    wall: np.ndarray  # (3,) RGB
    trim: np.ndarray  # (3,) RGB of frames, bands and cornices
    bay: float  # metres between windows
    window: tuple[float, float]  # width over bay, height over storey
    shops: bool  # whether the ground floor has shop windows
    sign: np.ndarray  # (3,) RGB of the sign above them
    balconies: bool  # whether upper windows have balconies
    glass: np.ndarray  # (99,) index into GLASS for each window, repeated
    footprints = ()

    @property
    def height(self) -> float:
        """Metres from the road to the eaves."""
        return GROUND_FLOOR + self.storeys * STOREY

    @property
    def back(self) -> float:
        """Metres right of the middle of the road, of the back wall."""
        return self.x + self.side * DEPTH

    @property
    def solids(self) -> list[np.ndarray]:
        return [box_corners(self.x, self.back, self.z0, self.z1, self.height + 1)]

    def paint(self, painter: Painter) -> None:
        """Paint the end wall, the roof and the front."""
        self._paint_end(painter)
        front = self.face()
        if self.roof == "gable":
            ridge = [self.x, self.height + self.length * 0.3, (self.z0 + self.z1) / 2]
            front = np.array([*front[:3], ridge, front[3]])
        painter.fill(front, self.wall, "building", self.normal)
        if self.roof == "mansard":
            self._paint_mansard(painter)
        self._paint_windows(painter)
        self._paint_ground_floor(painter)

    def _paint_end(self, painter: Painter) -> None:
        eaves = self.height
        wall = front_rect(self.x, self.back, self.z0, 0, eaves)
        if self.roof == "gable":
            slope = wall[[3, 2, 2, 3]]
            slope[2:] += [0, self.length * 0.3, self.length / 2]
            normal = -self.side * compute_normals(slope)
            painter.fill(slope, ROOF_TILES, "building", normal)
        if self.roof == "mansard":
            low = front_rect(self.x, self.back, self.z0, eaves, eaves + MANSARD)
            low[3, 0] += self.side * MANSARD_DEPTH
            painter.fill(low, SLATE, "building", TO_CAMERA)
        painter.fill(wall, self.wall * 0.92, "building", TO_CAMERA)
        rows = GROUND_FLOOR + STOREY * np.arange(self.storeys) + 0.9
        boxes = [(x, y, x + 1.0, y + 1.5) for y in rows for x in (2.0, 5.5, 8.5)]
        painter.fill(map_boxes(wall, boxes, DEPTH, eaves), GLASS[1], normal=TO_CAMERA)

    def _paint_mansard(self, painter: Painter) -> None:
        roof = self.face(self.height, self.height + MANSARD)
        roof[2:, 0] += self.side * MANSARD_DEPTH
        painter.fill(roof, SLATE, "building", self.normal)
        left = np.arange(1.2, self.length - 1.4, 3.0)
        frames = [(x, 0.3, x + 1.3, 2.1) for x in left]
        panes = [(x + 0.2, 0.5, x + 1.1, 1.8) for x in left]
        for boxes, colour in ((frames, self.trim), (panes, GLASS[1])):
            if boxes:
                painter.fill(map_boxes(roof, boxes, self.length, MANSARD), colour)

    def _divide_into_bays(self) -> tuple[int, float]:
        """Return the number of bays and the width of each, metres."""
        bays = max(1, round(self.length / self.bay))
        return bays, self.length / bays

    def _paint_windows(self, painter: Painter) -> None:
        """Paint the upper windows and the bands between the floors."""
        eaves, (bays, bay) = self.height, self._divide_into_bays()
        width, height = self.window[0] * bay, self.window[1] * STOREY
        column, floor = np.meshgrid(np.arange(bays), np.arange(self.storeys))
        left = (column.ravel() + 0.5) * bay - width / 2
        sill = GROUND_FLOOR + floor.ravel() * STOREY + 0.8
        panes = np.stack([left, sill, left + width, sill + height], -1)
        self.fill_boxes(painter, panes + [-0.14, -0.12, 0.14, 0.14], self.trim)
        glass = self.glass[np.arange(len(panes)) % len(self.glass)]
        for index, colour in enumerate(GLASS):
            self.fill_boxes(painter, panes[glass == index], colour)
        if painter.can_resolve(0.15, self.z0):
            lintels = panes.copy()
            lintels[:, 1] = panes[:, 3] - 0.22
            self.fill_boxes(painter, lintels, (34, 36, 40))
            middle = left + width / 2
            mullions = [middle - 0.04, sill, middle + 0.04, sill + height]
            self.fill_boxes(painter, np.stack(mullions, -1), self.trim)
        if self.balconies:
            rails = panes + [-0.25, -0.5, 0.25, 0]
            rails[:, 3] = rails[:, 1] + 0.95
            self.fill_boxes(painter, rails[::2], (66, 66, 70))
        for low, high, colour in (
            (eaves - 0.45, eaves, self.trim),
            (GROUND_FLOOR - 0.15, GROUND_FLOOR + 0.15, self.trim),
            (eaves - 0.7, eaves - 0.45, self.wall * 0.7),  # shadow of the cornice
        ):
            self.fill_boxes(painter, [(0, low, self.length, high)], colour)

    def _paint_ground_floor(self, painter: Painter) -> None:
        """Paint shop windows below a sign, or a door and windows above a plinth."""
        bays, bay = self._divide_into_bays()
        left = np.arange(bays) * bay
        low, high = np.zeros(bays), np.full(bays, GROUND_FLOOR)
        if self.shops:
            panes = np.stack([left + 0.2, low + 0.5, left + bay - 0.2, high - 1.1], -1)
            self.fill_boxes(painter, panes + [-0.08, -0.1, 0.08, 0.1], (52, 50, 50))
            self.fill_boxes(painter, panes, (78, 88, 96))
            goods = panes.copy()
            goods[:, 3] = 1.5
            self.fill_boxes(painter, goods[::2], (128, 112, 92))
            self.fill_boxes(painter, [(0, 3.0, bays * bay, 3.7)], self.sign)
            return
        self.fill_boxes(painter, [(0, 0, bays * bay, 0.7)], self.wall * 0.72)
        sides = [left + bay * 0.3, low + 1.2, left + bay * 0.7, high - 0.9]
        panes = np.stack(sides, -1)
        self.fill_boxes(painter, panes + [-0.12, -0.12, 0.12, 0.12], self.trim)
        self.fill_boxes(painter, panes, GLASS[0])
        door = panes[bays // 2 : bays // 2 + 1] * [1, 0, 1, 0.9]
        self.fill_boxes(painter, door + [-0.15, 0, 0.15, 0.15], self.trim)
        self.fill_boxes(painter, door, DOOR)


def sample_building(rng: Generator, x: float, z0: float, z1: float) -> Building:
    """Sample a building at the building line `x`, `z0` to `z1` metres ahead."""
    looks = {
        "wall": rng.choice(WALL_COLOURS) + rng.normal(0, 5, 3),
        "trim": rng.choice(TRIM_COLOURS, p=[0.5, 0.35, 0.15]),
        "bay": rng.uniform(2.2, 3.4),
        "window": (rng.uniform(0.36, 0.56), rng.uniform(0.5, 0.62)),
        "shops": bool(rng.random() < 0.5),
        "sign": rng.choice(SIGN_COLOURS),
        "balconies": bool(rng.random() < 0.2),
        "glass": rng.choice(4, 99, p=[0.4, 0.3, 0.18, 0.12]),
    }
    x += np.sign(x) * rng.choice([0, 0, 0, SETBACK])
    storeys, roof = int(rng.integers(1, 5)), rng.choice(["flat", "mansard", "gable"])
    return Building(x, z0, z1, storeys, str(roof), **looks)
