"""What the things that stand in a street have in common."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pyimagesearch.datasets.streets.geometry import block, level
from pyimagesearch.datasets.streets.painter import Painter


class Thing(Protocol):
    """Anything that stands on the ground.

    Attributes:
        z: metres ahead; what is further away is painted first.
        solids: convex solids (M, 3) that cast its shadow.
        footprints: level faces (N, 3) under which the ground sees little sky.
    """

    z: float
    solids: list[np.ndarray]
    footprints: list[np.ndarray]

    def paint(self, painter: Painter) -> None:
        """Paints it into the photo and the label map."""


@dataclass(frozen=True)
class Row:
    """Something low that runs along the road.

    Args:
        x: metres right of the road's middle.
        z0: metres ahead of its near end.
        z1: metres ahead of its far end.
        height: metres.
    """

    x: float
    z0: float
    z1: float
    height: float

    @property
    def z(self) -> float:
        """Its far end, as what stands before it is painted later."""
        return self.z1

    @property
    def solids(self) -> list[np.ndarray]:
        """See `Thing`."""
        return [block(self.x - 0.2, self.x + 0.2, self.z0, self.z1, self.height)]

    @property
    def footprints(self) -> list[np.ndarray]:
        """See `Thing`."""
        return [level(self.x - 0.3, self.z0, self.x + 0.3, self.z1)]


def around(x: float, z: float, across: float, along: float) -> np.ndarray:
    """A level rectangle (4, 3) of half sides `across` and `along` around a place."""
    return level(x - across, z - along, x + across, z + along)
