"""Lamps, signals and signs on their poles; fences and walls."""

from dataclasses import dataclass

import numpy as np

from pyimagesearch.datasets.streets.geometry import Panel, along, ellipse, limb, upright
from pyimagesearch.datasets.streets.painter import Painter
from pyimagesearch.datasets.streets.things import Row, around

STEEL = np.array([112.0, 116, 118])
HOUSING = np.array([44.0, 46, 44])
WHITE, RED = (226, 226, 222), (186, 32, 34)
BLUE, YELLOW = (34, 82, 158), (222, 184, 40)
SIGNALS = {"red": (228, 44, 34), "amber": (236, 164, 40), "green": (62, 208, 132)}

_DISC = ellipse(0, 0, 0.36, 0.36)
_TRIANGLE = np.array([[-0.42, 0.3], [0.42, 0.3], [0, -0.42]])
_DIAMOND = np.array([[0, 0.42], [0.42, 0], [0, -0.42], [-0.42, 0]])
_SQUARE = np.array([[-0.34, -0.34], [0.34, -0.34], [0.34, 0.34], [-0.34, 0.34]])
_BAR = np.array([[-0.24, -0.06], [0.24, -0.06], [0.24, 0.06], [-0.24, 0.06]])
SIGNS = {  # name: outlines in metres and their colours, the lowest first
    "no entry": ((_DISC, RED), (_BAR, WHITE)),
    "speed limit": ((_DISC, RED), (_DISC * 0.75, WHITE), (_BAR * 0.6, (40, 40, 40))),
    "give way": ((_TRIANGLE, RED), (_TRIANGLE * 0.6, WHITE)),
    "priority": ((_DIAMOND, WHITE), (_DIAMOND * 0.8, YELLOW)),
    "parking": ((_SQUARE, BLUE), (_BAR[:, ::-1], WHITE)),
    "direction": ((_DISC, BLUE), (_BAR[:, ::-1] * 0.9, WHITE)),
}


@dataclass(frozen=True)
class Post:
    """A pole and what hangs on it.

    Args:
        x: metres right of the road's middle.
        z: metres ahead.
        base: metres above the road.
        height: metres.
        arm: metres that it reaches over the road, signed; 0 without an arm.
        head: "lamp", one of SIGNALS, or one of SIGNS.
    """

    x: float
    z: float
    base: float
    height: float
    arm: float
    head: str

    @property
    def solids(self) -> list[np.ndarray]:
        """See `Thing`."""
        return [upright(limb(0, 0, 0, self.height, 0.14), self.x, 0, self.z)]

    @property
    def footprints(self) -> list[np.ndarray]:
        """See `Thing`."""
        return [around(self.x, self.z, 0.15, 0.15)]

    def paint(self, painter: Painter) -> None:
        """Paints the pole, its arm and its head."""
        width = 0.16 if self.head == "lamp" or self.head in SIGNALS else 0.1
        self._part(painter, limb(0, 0, 0, self.height, width), STEEL * 0.78, "pole")
        bright = limb(width * 0.22, 0, width * 0.22, self.height, width * 0.4)
        self._part(painter, bright, STEEL * 1.15)
        tip = (self.arm, self.height + 0.25)
        if self.arm:
            self._part(painter, limb(0, self.height - 0.1, *tip, 0.12), STEEL, "pole")
        if self.head == "lamp":
            head = limb(self.arm * 0.75, tip[1] - 0.03, self.arm * 1.3, tip[1], 0.2)
            self._part(painter, head, STEEL * 1.3, "pole")
        elif self.head in SIGNALS:
            self._paint_signal(painter, 0.0, self.height - 0.75)
            if self.arm:
                self._paint_signal(painter, self.arm, self.height - 0.45)
        else:
            for outline, colour in SIGNS[self.head]:
                moved = outline + [0, self.height - 0.36]
                self._part(painter, moved, colour, "traffic sign")

    def _paint_signal(self, painter: Painter, x: float, y: float) -> None:
        box = limb(x, y - 0.55, x, y + 0.55, 0.42)
        self._part(painter, box, HOUSING, "traffic light")
        for row, (name, colour) in enumerate(SIGNALS.items()):
            gain = 1.0 if name == self.head else 0.25
            lens = ellipse(x, y + 0.34 - 0.34 * row, 0.13, 0.13)
            self._part(painter, lens, np.array(colour) * gain)

    def _part(self, painter, outline, colour, label=None) -> None:
        painter.fill(upright(outline, self.x, self.base, self.z), colour, label)


@dataclass(frozen=True)
class Barrier(Row):
    """A fence or a wall.

    Args:
        kind: "fence" or "wall".
        colour: RGB (3,).
    """

    kind: str
    colour: np.ndarray

    def paint(self, painter: Painter) -> None:
        """Paints the face, and slats or courses of stone on it."""
        face = along(self.x, self.z0, self.z1, 0, self.height)
        length = self.z1 - self.z0
        outward = np.array([-np.sign(self.x), 0.0, 0.0])
        painter.fill(face, self.colour, self.kind, outward)
        panel = Panel(face, length, self.height)
        if self.kind == "fence":
            marks = [
                (a, 0.1, a + 0.12, self.height - 0.1)
                for a in np.arange(0.1, length - 0.12, 0.3)
            ]
        else:
            marks = [
                (0, y, length, y + 0.05) for y in np.arange(0.3, self.height, 0.35)
            ]
        painter.fill(panel.patches(np.array(marks)), self.colour * 0.7, outward=outward)
        cap = np.array([(0, self.height - 0.12, length, self.height)])
        painter.fill(panel.patches(cap), self.colour * 1.12, outward=outward)
