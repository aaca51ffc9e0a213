"""People on foot and on bicycles, as flat figures that face the camera."""

from dataclasses import dataclass

import numpy as np

from pyimagesearch.datasets.streets.geometry import ellipse, limb, upright
from pyimagesearch.datasets.streets.painter import Painter
from pyimagesearch.datasets.streets.things import around

SHOES = (38, 34, 32)
TYRE = (32, 32, 34)
SHOULDER = ((0.09, 0.62), (0.125, 0.79), (0.085, 0.835), (0.03, 0.855))  # to the neck

_SADDLE, _CRANK, _HEAD = (-0.2, 0.9), (-0.08, 0.32), (0.36, 0.88)  # metres from the
_FRONT_HUB, _REAR_HUB, _BARS = (0.52, 0.34), (-0.52, 0.34), (0.3, 1.06)  # middle, up
TUBES = (
    (_SADDLE, _CRANK),
    (_CRANK, _HEAD),
    (_SADDLE, _HEAD),
    (_HEAD, _FRONT_HUB),
    (_CRANK, _REAR_HUB),
    (_SADDLE, _REAR_HUB),
    (_HEAD, _BARS),
)


@dataclass(frozen=True)
class Clothes:
    """RGB (3,) each of what a person shows.

    Args:
        top: shirt, jacket or coat.
        legs: trousers.
        skin: face and hands.
        hair: hair or hat.
        coat: how far down the top reaches, as a share of the height.
    """

    top: np.ndarray
    legs: np.ndarray
    skin: np.ndarray
    hair: np.ndarray
    coat: float


def figure(clothes: Clothes, stride: float, ride: float = 0.0) -> list:
    """The parts of a body that is 1 tall, from back to front.

    Args:
        clothes: their colours.
        stride: from the middle to a foot, [0, 0.2].
        ride: how far the knees are bent for a saddle, [0, 1].

    Returns:
        Outline (N, 2), RGB (3,) each.
    """
    foot, waist = 0.02 + 0.1 * ride, clothes.coat
    parts = []
    for hand, foot_up in ((-1, 0.0), (1, 0.06 * (stride > 0.06))):
        knee = (hand * (0.04 + stride * 0.55), 0.27 + 0.08 * ride)
        toe = (hand * (0.035 + stride), foot + foot_up)
        shade = 0.8 if hand < 0 else 1.0
        parts += [
            (limb(hand * 0.035, 0.5, *knee, 0.095), clothes.legs * shade),
            (limb(*knee, *toe, 0.07), clothes.legs * shade),
            (ellipse(toe[0] + 0.012, toe[1], 0.04, 0.022, 8), SHOES),
        ]
    swing = 0.05 + stride * 0.35
    half = np.array([(0.075, waist), *SHOULDER])
    torso = np.concatenate([half * [-1, 1], half[::-1]])
    lit = np.array([(0, waist), *half, (0, SHOULDER[-1][1])])
    parts += [
        *arm(-1, swing, clothes.top * 0.72),
        (torso, clothes.top * 0.86),
        (lit, clothes.top),
        *arm(1, swing, clothes.top * 0.95),
        (ellipse(0.1 + swing, 0.435, 0.022, 0.026, 8), clothes.skin),
        (limb(0, 0.83, 0, 0.89, 0.055), clothes.skin * 0.85),
        (ellipse(0, 0.925, 0.055, 0.07), clothes.skin),
        (ellipse(0, 0.95, 0.058, 0.052), clothes.hair),
    ]
    return parts


def arm(hand: int, swing: float, sleeve: np.ndarray) -> list:
    """The left (-1) or right (1) arm of a body that is 1 tall, as in `figure`."""
    shoulder, elbow = hand * 0.105, hand * (0.105 + swing * 0.4)
    wrist = 0.1 + swing if hand > 0 else -0.09 - swing * 0.2
    return [
        (limb(shoulder, 0.8, elbow, 0.6, 0.06), sleeve),
        (limb(elbow, 0.6, wrist, 0.445, 0.05), sleeve),
    ]


@dataclass(frozen=True)
class Person:
    """Somebody on foot.

    Args:
        x: metres right of the road's middle.
        z: metres ahead.
        base: metres above the road, of the pavement.
        height: metres.
        stride: see `figure`.
        clothes: see `Clothes`.
        turn: -1 or 1, which foot is ahead.
    """

    x: float
    z: float
    base: float
    height: float
    stride: float
    clothes: Clothes
    turn: int

    @property
    def solids(self) -> list[np.ndarray]:
        """See `Thing`."""
        outline = ellipse(0, self.height * 0.5, 0.2, self.height * 0.5)
        return [upright(outline, self.x, 0, self.z)]

    @property
    def footprints(self) -> list[np.ndarray]:
        """See `Thing`."""
        return [around(self.x, self.z, 0.22, 0.12)]

    def paint(self, painter: Painter) -> None:
        """Paints the parts of the body."""
        scale = np.array([self.turn, 1]) * self.height
        for outline, colour in figure(self.clothes, self.stride):
            face = upright(outline * scale, self.x, self.base, self.z)
            painter.fill(face, colour, "person")


@dataclass(frozen=True)
class Bicycle:
    """A bicycle, ridden or leant at the kerb.

    Args:
        x: metres right of the road's middle.
        z: metres ahead.
        base: metres above the road.
        turn: its length as it is seen over its own, signed: 1 rides to the right.
        frame: RGB (3,).
        rider: the rider's clothes; None without one.
    """

    x: float
    z: float
    base: float
    turn: float
    frame: np.ndarray
    rider: Clothes | None

    @property
    def solids(self) -> list[np.ndarray]:
        """See `Thing`."""
        top = 1.75 if self.rider else 1.0
        outline = ellipse(0, top / 2, 0.7 * abs(self.turn), top / 2)
        return [upright(outline, self.x, 0, self.z)]

    @property
    def footprints(self) -> list[np.ndarray]:
        """See `Thing`."""
        reach = 0.15 + 0.7 * abs(self.turn)
        return [around(self.x, self.z, reach, 0.2)]

    def paint(self, painter: Painter) -> None:
        """Paints wheels and frame, and the rider over them."""
        squeeze = np.array([self.turn, 1.0])

        def part(outline, colour, label):
            face = upright(outline * squeeze, self.x, self.base, self.z)
            painter.fill(face, colour, label)

        for hub, up in (_REAR_HUB, _FRONT_HUB):
            rim = ellipse(hub, up, 0.34, 0.34, 16)
            hole = ellipse(hub, up, 0.27, 0.27, 16)
            # one outline, out along the rim and back along the hole
            ring = np.concatenate([rim, rim[:1], hole[:1], hole[::-1]])
            part(ring, TYRE, "bicycle")
        for start, end in TUBES:
            part(limb(*start, *end, 0.055), self.frame, "bicycle")
        part(ellipse(-0.22, 0.93, 0.13, 0.04), TYRE, "bicycle")
        if self.rider:
            body = np.array([np.sign(self.turn), 1.0]) * 1.72
            for outline, colour in figure(self.rider, 0.03, ride=1.0):
                lean = outline[:, 1:] * [0.06, 0]
                place = [-0.15 * self.turn, 0.1]
                moved = (outline + lean) * body + place
                face = upright(moved, self.x, self.base, self.z - 0.01)
                painter.fill(face, colour, "rider")
