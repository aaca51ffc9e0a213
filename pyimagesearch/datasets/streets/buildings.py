"""Houses in closed rows along the street."""

from dataclasses import dataclass

import numpy as np

from pyimagesearch.datasets.streets.geometry import Panel, across, along, block, normal
from pyimagesearch.datasets.streets.painter import Painter

STOREY = 3.2  # metres
GROUND_FLOOR = 4.0  # metres
MANSARD, MANSARD_DEPTH = 2.6, 0.9  # metres up and back, of its steep part
TOWARDS_US = np.array([0.0, 0.0, -1.0])
GLASS = np.array([[70, 80, 90], [82, 94, 106], [104, 118, 132], [126, 122, 112]], float)
DOOR = (74, 54, 42)
ROOF_TILES = (118, 74, 62)
SLATE = (78, 82, 90)


@dataclass(frozen=True)
class Facade:
    """What the houses of one row differ in.

    Args:
        wall: RGB (3,).
        trim: RGB (3,) of frames, sills and cornices.
        bay: metres from window to window.
        window: width and height of a window as shares of bay and storey.
        shops: whether the ground floor has shop windows.
        sign: RGB (3,) of the band and awnings above them.
        balconies: whether upper windows have one.
        glass: int (99,) which of GLASS every window shows, in turn.
    """

    wall: np.ndarray
    trim: np.ndarray
    bay: float
    window: tuple[float, float]
    shops: bool
    sign: np.ndarray
    balconies: bool
    glass: np.ndarray


@dataclass(frozen=True)
class Building:
    """A house at the building line.

    Args:
        side: -1 left of the road, 1 right of it.
        front: metres right of the road's middle.
        z0: metres ahead of its near end.
        z1: metres ahead of its far end.
        storeys: above the ground floor.
        roof: "flat", "mansard" or "gable".
        facade: its looks.
        depth: metres from front to back.
    """

    side: int
    front: float
    z0: float
    z1: float
    storeys: int
    roof: str
    facade: Facade
    depth: float = 11.0
    footprints = ()  # nothing low

    @property
    def z(self) -> float:
        """Its far end, as what stands before it is painted later."""
        return self.z1

    @property
    def eaves(self) -> float:
        """Metres above the road."""
        return GROUND_FLOOR + self.storeys * STOREY

    @property
    def solids(self) -> list[np.ndarray]:
        """See `Thing`."""
        back = self.front + self.side * self.depth
        return [block(self.front, back, self.z0, self.z1, self.eaves + 1)]

    def paint(self, painter: Painter) -> None:
        """Paints the end wall, the roof and the front."""
        self._paint_end(painter)
        outward = np.array([-self.side, 0.0, 0.0])
        length = self.z1 - self.z0
        wall = along(self.front, self.z0, self.z1, 0, self.eaves)
        if self.roof == "gable":
            ridge = [self.front, self.eaves + length * 0.3, (self.z0 + self.z1) / 2]
            front = np.array([*wall[:3], ridge, wall[3]])
        else:
            front = wall
        painter.fill(front, self.facade.wall, "building", outward)
        if self.roof == "mansard":
            self._paint_mansard(painter, outward)
        paint_windows(painter, Panel(wall, length, self.eaves), self, outward)

    def _paint_end(self, painter: Painter) -> None:
        back = self.front + self.side * self.depth
        wall = across(self.front, back, self.z0, 0, self.eaves)
        if self.roof == "gable":
            slope = wall[[3, 2, 2, 3]]
            slope[2:] += [0, (self.z1 - self.z0) * 0.3, (self.z1 - self.z0) / 2]
            painter.fill(slope, ROOF_TILES, "building", -self.side * normal(slope))
        if self.roof == "mansard":
            low = across(self.front, back, self.z0, self.eaves, self.eaves + MANSARD)
            low[3, 0] += self.side * MANSARD_DEPTH
            painter.fill(low, np.array(SLATE), "building", TOWARDS_US)
        painter.fill(wall, self.facade.wall * 0.92, "building", TOWARDS_US)
        rows = GROUND_FLOOR + STOREY * np.arange(self.storeys) + 0.9
        boxes = [(a, y, a + 1.0, y + 1.5) for y in rows for a in (2.0, 5.5, 8.5)]
        panes = Panel(wall, self.depth, self.eaves).patches(np.array(boxes))
        painter.fill(panes, GLASS[1], outward=TOWARDS_US)

    def _paint_mansard(self, painter: Painter, outward: np.ndarray) -> None:
        low = along(self.front, self.z0, self.z1, self.eaves, self.eaves + MANSARD)
        low[2:, 0] += self.side * MANSARD_DEPTH
        painter.fill(low, SLATE, "building", outward)
        length = self.z1 - self.z0
        places = np.arange(1.2, length - 1.4, 3.0)
        dormers = Panel(low, length, MANSARD)
        frames = [(a, 0.3, a + 1.3, 2.1) for a in places]
        panes = [(a + 0.2, 0.5, a + 1.1, 1.8) for a in places]
        if frames:
            painter.fill(dormers.patches(np.array(frames)), self.facade.trim)
            painter.fill(dormers.patches(np.array(panes)), GLASS[1])


def paint_windows(painter, wall: Panel, house: Building, outward) -> None:
    """Paints rows of windows, the ground floor and the cornice onto a front."""
    look = house.facade

    def details(boxes, colour):
        if len(boxes):
            painter.fill(wall.patches(boxes), colour, outward=outward)

    bays = max(1, round(wall.width / look.bay))
    bay = wall.width / bays
    width, height = look.window[0] * bay, look.window[1] * STOREY
    column, floor = np.meshgrid(np.arange(bays), np.arange(house.storeys))
    left = (column.ravel() + 0.5) * bay - width / 2
    sill = GROUND_FLOOR + floor.ravel() * STOREY + 0.8
    panes = np.stack([left, sill, left + width, sill + height], -1)
    details(panes + [-0.14, -0.12, 0.14, 0.14], look.trim)
    glass = look.glass[np.arange(len(panes)) % len(look.glass)]
    for tone, colour in enumerate(GLASS):
        details(panes[glass == tone], colour)
    if painter.resolves(0.15, house.z0):
        lintel = panes.copy()
        lintel[:, 1] = panes[:, 3] - 0.22
        details(lintel, (34, 36, 40))
        middle = left + width / 2
        bars = np.stack([middle - 0.04, sill, middle + 0.04, sill + height], -1)
        details(bars, look.trim)
    if look.balconies:
        rails = panes + [-0.25, -0.5, 0.25, 0]
        rails[:, 3] = rails[:, 1] + 0.95
        details(rails[::2], (66, 66, 70))
    bands = [(0, house.eaves - 0.45, wall.width, house.eaves)]
    bands += [(0, GROUND_FLOOR - 0.15, wall.width, GROUND_FLOOR + 0.15)]
    details(np.array(bands), look.trim)
    details(
        np.array([(0, house.eaves - 0.7, wall.width, house.eaves - 0.45)]),
        look.wall * 0.7,
    )
    paint_ground_floor(details, look, bays, bay)


def paint_ground_floor(details, look: Facade, bays: int, bay: float) -> None:
    """Paints shop windows under a sign, or a door and windows on a plinth."""
    left = np.arange(bays) * bay
    low, high = np.zeros(bays), np.full(bays, GROUND_FLOOR)
    if look.shops:
        panes = np.stack([left + 0.2, low + 0.5, left + bay - 0.2, high - 1.1], -1)
        details(panes + [-0.08, -0.1, 0.08, 0.1], (52, 50, 50))
        details(panes, (78, 88, 96))
        goods = panes.copy()
        goods[:, 3] = 1.5
        details(goods[::2], (128, 112, 92))
        details(np.array([(0, 3.0, bays * bay, 3.7)]), look.sign)
        return
    details(np.array([(0, 0, bays * bay, 0.7)]), look.wall * 0.72)
    panes = np.stack([left + bay * 0.3, low + 1.2, left + bay * 0.7, high - 0.9], -1)
    details(panes + [-0.12, -0.12, 0.12, 0.12], look.trim)
    details(panes, GLASS[0])
    door = panes[bays // 2 : bays // 2 + 1] * [1, 0, 1, 0.9]
    details(door + [-0.15, 0, 0.15, 0.15], look.trim)
    details(door, DOOR)
