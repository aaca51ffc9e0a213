"""People, bicycles, posts and trees: flat objects that face the camera."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from pyimagesearch.datasets.streets.background import KERB
from pyimagesearch.datasets.streets.drawing import (
    Painter,
    bar,
    ellipse,
    ground_rect,
    parse_colours,
    stand_up,
)

TOP_COLOURS = "#343846 #7e302e #606264 #b2aca0 #3c544e #3c4a74 #222226 #a08058"
CLOTHES_COLOURS = {
    "top": parse_colours(TOP_COLOURS),
    "legs": parse_colours("#30384e #242428 #5c564c #403e42"),
    "skin": parse_colours("#d4ac94 #ba8c70 #7e5842"),
    "hair": parse_colours("#342820 #5c4630 #221e1c #927a54"),
}
LEAF_COLOURS = parse_colours("#62743c #546c3a #707842 #5c6836")
SHOES = (38, 34, 32)
SHOULDER = ((0.09, 0.62), (0.125, 0.79), (0.085, 0.835), (0.03, 0.855))  # to the neck
LOBES = 7  # large discs in the middle of a heap of leaves, so that it has no holes

TYRE = (32, 32, 34)
# The joints of a bicycle: metres ahead of its middle, metres above the ground.
_SADDLE, _CRANK, _HEAD = (-0.2, 0.9), (-0.08, 0.32), (0.36, 0.88)
_FRONT_HUB, _REAR_HUB, _BARS = (0.52, 0.34), (-0.52, 0.34), (0.3, 1.06)
TUBES = (
    (_SADDLE, _CRANK),
    (_CRANK, _HEAD),
    (_SADDLE, _HEAD),
    (_HEAD, _FRONT_HUB),
    (_CRANK, _REAR_HUB),
    (_SADDLE, _REAR_HUB),
    (_HEAD, _BARS),
)

STEEL = np.array([112.0, 116, 118])
HOUSING = (44, 46, 44)
BARK = np.array([92.0, 78, 64])
WHITE, RED = (226, 226, 222), (186, 32, 34)
BLUE, YELLOW = (34, 82, 158), (222, 184, 40)
SIGNALS = {"red": (228, 44, 34), "amber": (236, 164, 40), "green": (62, 208, 132)}
_DISC = ellipse(0, 0, 0.36, 0.36)
_TRIANGLE = np.array([[-0.42, 0.3], [0.42, 0.3], [0, -0.42]])
_DIAMOND = np.array([[0, 0.42], [0.42, 0], [0, -0.42], [-0.42, 0]])
_SQUARE = np.array([[-0.34, -0.34], [0.34, -0.34], [0.34, 0.34], [-0.34, 0.34]])
_BAR = np.array([[-0.24, -0.06], [0.24, -0.06], [0.24, 0.06], [-0.24, 0.06]])
SIGNS = {  # name: outlines in metres and their colours, from back to front
    "no entry": ((_DISC, RED), (_BAR, WHITE)),
    "speed limit": ((_DISC, RED), (_DISC * 0.75, WHITE), (_BAR * 0.6, (40, 40, 40))),
    "give way": ((_TRIANGLE, RED), (_TRIANGLE * 0.6, WHITE)),
    "priority": ((_DIAMOND, WHITE), (_DIAMOND * 0.8, YELLOW)),
    "parking": ((_SQUARE, BLUE), (_BAR[:, ::-1], WHITE)),
    "direction": ((_DISC, BLUE), (_BAR[:, ::-1] * 0.9, WHITE)),
}


@dataclass(frozen=True)
class Billboard:
    """The base of flat `SceneObject`s.

    Subclasses define `foot`, half width and half depth on the ground, and
    `silhouette`, the outline (N, 2) that casts the shadow; both in metres.
    """

    x: float  # metres right of the middle of the road
    z: float  # metres ahead
    base: float  # metres of its foot above the road

    @property
    def solids(self) -> list[np.ndarray]:
        return [stand_up(self.silhouette, self.x, 0, self.z)]

    @property
    def footprints(self) -> list[np.ndarray]:
        (width, depth), x, z = self.foot, self.x, self.z
        return [ground_rect(x - width, z - depth, x + width, z + depth)]

    def fill(self, painter: Painter, outline, colour, label=None, z=0.0) -> None:
        """Fill an outline (N, 2), in metres from the foot; see `Painter.fill`."""
        face = stand_up(outline, self.x, self.base, self.z + z)
        painter.fill(face, colour, label)


class Clothes(NamedTuple):
    """The colours of a person, RGB (3,)."""

    top: np.ndarray
    legs: np.ndarray
    skin: np.ndarray
    hair: np.ndarray
    hem: float  # lower end of the top, relative to the person's height


def make_figure(clothes: Clothes, stride: float, bend: float = 0.0) -> list:
    """Make the parts of a person of height 1: outlines (N, 2) with colours RGB (3,).

    They are ordered from back to front. `stride` is the distance of the feet from the
    middle, [0, 0.2]; `bend` is that of the knees, [0, 1], and 1 sits on a bicycle.
    """
    parts = []
    for hand, lift in ((-1, 0.0), (1, 0.06 * (stride > 0.06))):
        knee = (hand * (0.04 + stride * 0.55), 0.27 + 0.08 * bend)
        toe = (hand * (0.035 + stride), 0.02 + 0.1 * bend + lift)
        shade = 0.8 if hand < 0 else 1.0
        parts += [
            (bar(hand * 0.035, 0.5, *knee, 0.095), clothes.legs * shade),
            (bar(*knee, *toe, 0.07), clothes.legs * shade),
            (ellipse(toe[0] + 0.012, toe[1], 0.04, 0.022, 8), SHOES),
        ]
    swing = 0.05 + stride * 0.35
    half = np.array([(0.075, clothes.hem), *SHOULDER])
    torso = np.concatenate([half * [-1, 1], half[::-1]])
    lit = np.array([(0, clothes.hem), *half, (0, SHOULDER[-1][1])])
    parts += [
        *_make_arm(-1, swing, clothes.top * 0.72),
        (torso, clothes.top * 0.86),
        (lit, clothes.top),
        *_make_arm(1, swing, clothes.top * 0.95),
        (ellipse(0.1 + swing, 0.435, 0.022, 0.026, 8), clothes.skin),
        (bar(0, 0.83, 0, 0.89, 0.055), clothes.skin * 0.85),
        (ellipse(0, 0.925, 0.055, 0.07), clothes.skin),
        (ellipse(0, 0.95, 0.058, 0.052), clothes.hair),
    ]
    return parts


def _make_arm(hand: int, swing: float, sleeve: np.ndarray) -> list:
    """Make the left (-1) or right (1) arm of `make_figure`."""
    shoulder, elbow = hand * 0.105, hand * (0.105 + swing * 0.4)
    wrist = 0.1 + swing if hand > 0 else -0.09 - swing * 0.2
    return [
        (bar(shoulder, 0.8, elbow, 0.6, 0.06), sleeve),
        (bar(elbow, 0.6, wrist, 0.445, 0.05), sleeve),
    ]


@dataclass(frozen=True)
class Person(Billboard):
    """A pedestrian."""

    height: float  # metres
    stride: float  # see `make_figure`
    clothes: Clothes
    facing: int  # 1 to the right, -1 to the left
    foot = (0.22, 0.12)

    @property
    def silhouette(self) -> np.ndarray:
        return ellipse(0, self.height * 0.5, 0.2, self.height * 0.5)

    def paint(self, painter: Painter) -> None:
        """Paint the parts of the body."""
        scale = np.array([self.facing, 1]) * self.height
        for outline, colour in make_figure(self.clothes, self.stride):
            self.fill(painter, outline * scale, colour, "person")


@dataclass(frozen=True)
class Bicycle(Billboard):
    """A bicycle, with or without its rider."""

    aspect: float  # visible length over the true one, [-1, 1]; positive to the right
    frame: np.ndarray  # (3,) RGB
    rider: Clothes | None

    @property
    def foot(self) -> tuple[float, float]:
        return 0.15 + 0.7 * abs(self.aspect), 0.2

    @property
    def silhouette(self) -> np.ndarray:
        top = 1.75 if self.rider else 1.0
        return ellipse(0, top / 2, 0.7 * abs(self.aspect), top / 2)

    def paint(self, painter: Painter) -> None:
        """Paint the wheels, the frame and the rider."""
        scale = np.array([self.aspect, 1.0])
        for x, y in (_REAR_HUB, _FRONT_HUB):
            rim, hole = ellipse(x, y, 0.34, 0.34, 16), ellipse(x, y, 0.27, 0.27, 16)
            # one outline, out along the rim and back along the hole
            ring = np.concatenate([rim, rim[:1], hole[:1], hole[::-1]])
            self.fill(painter, ring * scale, TYRE, "bicycle")
        for start, end in TUBES:
            tube = bar(*start, *end, 0.055)
            self.fill(painter, tube * scale, self.frame, "bicycle")
        self.fill(painter, ellipse(-0.22, 0.93, 0.13, 0.04) * scale, TYRE, "bicycle")
        if self.rider:
            size = np.array([np.sign(self.aspect), 1.0]) * 1.72
            for outline, colour in make_figure(self.rider, 0.03, bend=1.0):
                leaning = outline + outline[:, 1:] * [0.06, 0]
                seated = leaning * size + [-0.15 * self.aspect, 0.1]
                self.fill(painter, seated, colour, "rider", z=-0.01)


@dataclass(frozen=True)
class Post(Billboard):
    """A pole with a lamp, traffic lights or a traffic sign."""

    height: float  # metres
    arm: float  # metres that its arm reaches to the right; 0 without an arm
    head: str  # "lamp", one of SIGNALS, or one of SIGNS
    foot = (0.15, 0.15)

    @property
    def silhouette(self) -> np.ndarray:
        return bar(0, 0, 0, self.height, 0.14)

    def paint(self, painter: Painter) -> None:
        """Paint the pole, its arm and its head."""
        width = 0.1 if self.head in SIGNS else 0.16
        edge, end = width * 0.22, self.height + 0.25
        self.fill(painter, bar(0, 0, 0, self.height, width), STEEL * 0.78, "pole")
        self.fill(painter, bar(edge, 0, edge, self.height, width * 0.4), STEEL * 1.15)
        if self.arm:
            self.fill(painter, bar(0, self.height - 0.1, self.arm, end, 0.12), STEEL)
        if self.head == "lamp":
            lamp = bar(self.arm * 0.75, end - 0.03, self.arm * 1.3, end, 0.2)
            self.fill(painter, lamp, STEEL * 1.3)
        elif self.head in SIGNALS:
            self._paint_signal(painter, 0.0, self.height - 0.75)
            if self.arm:
                self._paint_signal(painter, self.arm, self.height - 0.45)
        else:
            for outline, colour in SIGNS[self.head]:
                raised = outline + [0, self.height - 0.36]
                self.fill(painter, raised, colour, "traffic sign")

    def _paint_signal(self, painter: Painter, x: float, y: float) -> None:
        box = bar(x, y - 0.55, x, y + 0.55, 0.42)
        self.fill(painter, box, HOUSING, "traffic light")
        for row, (name, colour) in enumerate(SIGNALS.items()):
            gain = 1.0 if name == self.head else 0.25
            lens = ellipse(x, y + 0.34 - 0.34 * row, 0.13, 0.13)
            self.fill(painter, lens, np.array(colour) * gain)


@dataclass(frozen=True)
class Foliage:
    """A heap of leaves."""

    places: np.ndarray  # (P, 3) discs in the unit ball: right, up, towards the camera
    radii: np.ndarray  # (P,) relative to the radius of the heap
    colour: np.ndarray  # (3,) RGB in full light

    def paint(self, painter: Painter, centre, radii) -> None:
        """Paint the heap around `centre` (3,) with half axes `radii` (2,), metres."""
        sun = painter.light.sun_direction * [1, 1, -1] * painter.light.sun
        light = self.places @ sun + self.places[:, 1] * 0.5
        jitter = (self.radii * 97) % 1 - 0.5  # pseudo-random, by disc
        gains = np.clip(0.74 + 0.3 * light + 0.22 * jitter, 0.34, 1.3)
        order = np.argsort(gains + self.places[:, 2] * 0.4)
        centres = stand_up(self.places[:, :2] * radii, *centre)[order]
        sizes = self.radii[order] * min(radii)
        painter.fill_discs(centres, sizes, self.colour, gains[order], "vegetation")


@dataclass(frozen=True)
class Tree(Billboard):
    """A tree."""

    height: float  # metres to the top
    crown: float  # half the width of the crown, metres
    stem: float  # metres to the lowest leaves
    foliage: Foliage
    lean: float  # metres of the crown right of the foot
    foot = (0.3, 0.3)

    @property
    def solids(self) -> list[np.ndarray]:
        """The crown, as two crossed ellipses, and the trunk."""
        middle, half = (self.stem + self.height) / 2, (self.height - self.stem) / 2
        flat = stand_up(ellipse(0, middle, self.crown, half), self.x, 0, self.z)
        deep = flat.copy()
        deep[:, 2] += flat[:, 0] - self.x
        deep[:, 0] = self.x
        trunk = stand_up(bar(0, 0, 0, middle, 0.25), self.x, 0, self.z)
        return [np.concatenate([flat, deep]), trunk]

    def paint(self, painter: Painter) -> None:
        """Paint the trunk, two boughs and the crown."""
        fork, lean = self.stem + 0.2, self.lean * 0.5
        width = 0.12 + self.crown * 0.09
        bough, edge = self.crown * 0.5, width * 0.2
        for *ends, thickness, gain in (  # x, y to x, y; width; gain
            (0, 0, lean, fork, width, 1.0),
            (edge, 0, lean + edge, fork, width * 0.5, 1.2),
            (lean, fork - 0.2, -bough, fork + 1.2, width * 0.6, 0.9),
            (lean, fork - 0.2, bough, fork + 1.3, width * 0.6, 0.9),
        ):
            self.fill(painter, bar(*ends, thickness), BARK * gain, "vegetation")
        middle, half = (self.stem + self.height) / 2, (self.height - self.stem) / 2
        centre = (self.x + self.lean, self.base + middle, self.z)
        self.foliage.paint(painter, centre, np.array([self.crown, half]))


def sample_clothes(rng: Generator) -> Clothes:
    """Sample what a person wears."""
    hem = rng.choice([0.34, 0.47, 0.5])
    return Clothes(*map(rng.choice, CLOTHES_COLOURS.values()), hem)


def sample_foliage(rng: Generator, discs: int) -> Foliage:
    """Sample a heap of leaves, drawn by that many discs."""
    lobes = rng.uniform([-0.45, -0.4, -0.3], [0.45, 0.5, 0.3], (LOBES, 3))
    places = rng.standard_normal((discs, 3))
    length = np.linalg.norm(places, axis=1, keepdims=True)
    places *= 0.56 * (rng.random((discs, 1)) ** 0.4) / length
    places += lobes[np.arange(discs) % LOBES]
    radii = rng.uniform(0.08, 0.24, discs)
    radii[:LOBES] = rng.uniform(0.36, 0.48, LOBES)
    return Foliage(places, radii, rng.choice(LEAF_COLOURS))


def sample_tree(rng: Generator, x: float, z: float, height: float) -> Tree:
    """Sample a tree; distant trees have fewer leaves."""
    crown, stem = height * rng.uniform(0.24, 0.34), height * rng.uniform(0.28, 0.4)
    foliage = sample_foliage(rng, discs=int(np.clip(1300 / max(z, 1), 20, 100)))
    return Tree(x, z, KERB, height, crown, stem, foliage, lean=rng.normal(0, 0.2))


def sample_person(rng: Generator, x: float, z: float, base: float) -> Person:
    """Sample a pedestrian."""
    height, stride = rng.normal(1.72, 0.09), rng.choice([0.02, 0.06, 0.1, 0.14])
    clothes, facing = sample_clothes(rng), int(rng.choice([-1, 1]))
    return Person(x, z, base, height, stride, clothes, facing)
