"""Trees and hedges, as heaps of leafy discs."""

from dataclasses import dataclass

import numpy as np

from pyimagesearch.datasets.streets.geometry import ellipse, limb, upright
from pyimagesearch.datasets.streets.painter import Painter
from pyimagesearch.datasets.streets.things import Row, around

BARK = np.array([92.0, 78, 64])


@dataclass(frozen=True)
class Foliage:
    """A heap of leaves.

    Args:
        places: (P, 3) in the unit ball: right, up, towards the camera.
        sizes: (P,) radii over the heap's.
        tone: RGB (3,) in full light.
    """

    places: np.ndarray
    sizes: np.ndarray
    tone: np.ndarray

    def paint(self, painter: Painter, centre, radii) -> None:
        """Paints the heap around `centre` (3,) with half axes `radii` (2,), metres."""
        sun = painter.light.towards_sun * [1, 1, -1] * painter.light.sun
        lit = self.places @ sun + self.places[:, 1] * 0.5
        jitter = (self.sizes * 97) % 1 - 0.5  # a tone of its own for every tuft
        gain = np.clip(0.74 + 0.3 * lit + 0.22 * jitter, 0.34, 1.3)
        order = np.argsort(gain + self.places[:, 2] * 0.4)
        offsets = self.places[:, :2] * radii
        centres = upright(offsets, *centre)[order]
        radius = self.sizes[order] * min(radii)
        painter.discs(centres, radius, self.tone, gain[order], "vegetation")


@dataclass(frozen=True)
class Tree:
    """A tree.

    Args:
        x: metres right of the road's middle.
        z: metres ahead.
        base: metres above the road.
        height: metres to the top.
        crown: metres, half the crown's width.
        stem: metres to the lowest leaves.
        foliage: the crown's leaves.
        lean: metres by which the crown is beside the foot.
    """

    x: float
    z: float
    base: float
    height: float
    crown: float
    stem: float
    foliage: Foliage
    lean: float

    @property
    def solids(self) -> list[np.ndarray]:
        """See `Thing`: the crown and the trunk."""
        middle, half = (self.stem + self.height) / 2, (self.height - self.stem) / 2
        flat = upright(ellipse(0, middle, self.crown, half), self.x, 0, self.z)
        deep = flat.copy()
        deep[:, 2] += flat[:, 0] - self.x
        deep[:, 0] = self.x
        trunk = upright(limb(0, 0, 0, middle, 0.25), self.x, 0, self.z)
        return [np.concatenate([flat, deep]), trunk]

    @property
    def footprints(self) -> list[np.ndarray]:
        """See `Thing`."""
        return [around(self.x, self.z, 0.3, 0.3)]

    def paint(self, painter: Painter) -> None:
        """Paints the trunk, two boughs and the crown."""
        fork, lean = self.stem + 0.2, self.lean * 0.5
        width = 0.12 + self.crown * 0.09
        bough, edge = self.crown * 0.5, width * 0.2
        bars = [  # from x, y to x, y; width; gain of the bark's colour
            (0, 0, lean, fork, width, 1.0),
            (edge, 0, lean + edge, fork, width * 0.5, 1.2),
            (lean, fork - 0.2, -bough, fork + 1.2, width * 0.6, 0.9),
            (lean, fork - 0.2, bough, fork + 1.3, width * 0.6, 0.9),
        ]
        for *bar, gain in bars:
            face = upright(limb(*bar), self.x, self.base, self.z)
            painter.fill(face, BARK * gain, "vegetation")
        middle, half = (self.stem + self.height) / 2, (self.height - self.stem) / 2
        centre = (self.x + self.lean, self.base + middle, self.z)
        self.foliage.paint(painter, centre, np.array([self.crown, half]))


@dataclass(frozen=True)
class Hedge(Row):
    """A hedge, in heaps.

    Args:
        foliage: the leaves of every heap.
    """

    foliage: Foliage

    def paint(self, painter: Painter) -> None:
        """Paints the heaps, the far one first."""
        for z in np.arange(self.z1, max(self.z0, 3.0), -1.1):
            centre = (self.x, self.height * 0.5, z)
            self.foliage.paint(painter, centre, np.array([0.9, self.height * 0.6]))
