"""Cars, vans, buses and trucks: a profile extruded to a body, and a cabin on top."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from pyimagesearch.datasets.streets.drawing import (
    Painter,
    bar,
    box_corners,
    compute_normals,
    ellipse,
    front_rect,
    ground_rect,
    map_boxes,
    parse_colours,
)

CAR_COLOURS = parse_colours(
    "#c0c2c2 #989ca0 #686c72 #3c3e42 #384466 #762828 #565c54 #b0a896"
)
CAR_COLOUR_ODDS = (0.2, 0.2, 0.15, 0.15, 0.1, 0.1, 0.05, 0.05)
CAR_ODDS = {"hatchback": 0.38, "saloon": 0.3, "suv": 0.2, "van": 0.12}
LARGE_COLOURS = {"bus": (176, 150, 66), "truck": (196, 194, 186)}
GLASS = np.array([36.0, 42, 48])
REFLECTION = np.array([104.0, 116, 126])  # the sky in a window
RUBBER = (26, 26, 28)
RIM = (128, 130, 134)
TRIM = (36, 36, 38)  # bumpers, grille, sills
PLATE = (206, 204, 190)
HEADLAMP = (226, 228, 222)
TAIL_LAMP = (164, 24, 22)
WHEEL = 0.33  # metres, radius

BODY_DETAILS = {  # face of the body, from its front: box in shares of it, colour
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


@dataclass(frozen=True, kw_only=True)
class VehicleModel:
    """The shape of a vehicle, in metres ahead of its middle and above the road."""

    label: str = "car"  # class
    width: float
    ahead: tuple[float, ...]  # body: 7 points, front foot over top to rear foot
    up: tuple[float, ...]  # of the same points
    cabin: tuple[tuple, tuple]  # ahead, up: 4 points, windscreen foot to rear foot
    roof: float  # width of the roof over that of the body
    axles: tuple[float, float]  # ahead
    # The panes of each side: left, bottom, right, top in [0, 1].
    front_panes: tuple = ((0.06, 0.06, 0.94, 0.92),)
    rear_panes: tuple = ((0.09, 0.14, 0.91, 0.88),)
    side_panes: tuple = ((0.06, 0.1, 0.5, 0.88), (0.54, 0.1, 0.92, 0.88))

    @property
    def body(self) -> np.ndarray:
        return np.array([self.ahead, self.up])


MODELS = {
    "hatchback": VehicleModel(
        width=1.78,
        ahead=(2.0, 2.05, 1.9, 1.1, -1.95, -2.05, -2.0),
        up=(0.24, 0.6, 0.8, 1.0, 1.0, 0.62, 0.26),
        cabin=((1.1, 0.3, -1.55, -1.95), (1.0, 1.46, 1.48, 1.0)),
        roof=0.76,
        axles=(1.3, -1.3),
    ),
    "saloon": VehicleModel(
        width=1.82,
        ahead=(2.3, 2.35, 2.2, 1.2, -2.2, -2.35, -2.3),
        up=(0.24, 0.58, 0.76, 0.96, 1.02, 0.62, 0.26),
        cabin=((1.2, 0.3, -1.0, -1.75), (0.96, 1.43, 1.43, 1.0)),
        roof=0.74,
        axles=(1.45, -1.4),
    ),
    "suv": VehicleModel(
        width=1.9,
        ahead=(2.2, 2.28, 2.15, 1.2, -2.2, -2.3, -2.25),
        up=(0.3, 0.72, 0.95, 1.14, 1.14, 0.72, 0.32),
        cabin=((1.2, 0.45, -1.9, -2.2), (1.14, 1.68, 1.7, 1.14)),
        roof=0.8,
        axles=(1.4, -1.4),
    ),
    "van": VehicleModel(
        width=1.95,
        ahead=(2.5, 2.55, 2.4, 1.8, -2.4, -2.5, -2.45),
        up=(0.3, 0.75, 1.0, 1.2, 1.2, 0.75, 0.32),
        cabin=((1.8, 1.1, -2.35, -2.42), (1.2, 2.0, 2.02, 1.2)),
        roof=0.87,
        axles=(1.6, -1.5),
        front_panes=((0.05, 0.08, 0.95, 0.9),),
        rear_panes=((0.1, 0.2, 0.47, 0.8), (0.53, 0.2, 0.9, 0.8)),
        side_panes=((0.08, 0.12, 0.34, 0.85),),
    ),
    "bus": VehicleModel(
        label="bus",
        width=2.5,
        ahead=(5.7, 5.75, 5.75, 5.7, -5.7, -5.75, -5.7),
        up=(0.3, 0.7, 1.0, 1.25, 1.25, 0.7, 0.32),
        cabin=((5.7, 5.6, -5.6, -5.7), (1.25, 3.05, 3.05, 1.25)),
        roof=0.97,
        axles=(3.6, -3.0),
        front_panes=((0.05, 0.02, 0.95, 0.72), (0.15, 0.78, 0.85, 0.94)),
        rear_panes=((0.12, 0.3, 0.88, 0.75),),
        side_panes=tuple((a, 0.1, a + 0.13, 0.72) for a in np.arange(0.03, 0.9, 0.14)),
    ),
    "truck": VehicleModel(
        label="truck",
        width=2.45,
        ahead=(4.0, 4.1, 4.1, 4.05, -4.0, -4.05, -4.0),
        up=(0.4, 0.7, 0.95, 1.1, 1.1, 0.8, 0.5),
        cabin=((4.05, 4.0, -4.0, -4.0), (1.1, 3.4, 3.4, 1.1)),
        roof=1.0,
        axles=(2.8, -2.4),
        front_panes=((0.06, 0.1, 0.94, 0.5),),
        rear_panes=(),
        side_panes=((0.02, 0.1, 0.13, 0.45),),
    ),
}


@dataclass(frozen=True)
class Vehicle:
    """A vehicle on the road, a `SceneObject`."""

    model: VehicleModel
    x: float  # metres right of the middle of the road
    z: float  # metres ahead, of its middle
    facing: int  # 1 away from the camera, -1 towards it
    colour: np.ndarray  # (3,) RGB

    @property
    def solids(self) -> list[np.ndarray]:
        """The boxes around body and cabin."""
        boxes = []
        for profile, share in ((self.model.body, 1.0), (self.model.cabin, 0.85)):
            ahead, up = np.array(profile) * [[self.facing], [1]]
            half = self.model.width / 2 * share
            near, far = self.z + ahead.min(), self.z + ahead.max()
            boxes.append(box_corners(self.x - half, self.x + half, near, far, up.max()))
        return boxes

    @property
    def footprints(self) -> list[np.ndarray]:
        """The ground below the body."""
        half, length = self.model.width / 2, self.model.ahead[0]
        near, far = self.z - length, self.z + length
        return [ground_rect(self.x - half, near, self.x + half, far)]

    def paint(self, painter: Painter) -> None:
        """Paint the tyres, the body and the cabin."""
        half = self.model.width / 2
        body, cabin = self.model.body, np.array(self.model.cabin)
        at_ends = np.abs(body[0]) > body[0, 0] - 0.06
        flanks = self._extrude(body, np.where(at_ends, half * 0.95, half))
        roof = self.model.roof
        sides = self._extrude(cabin, np.array([1, roof, roof, 1]) * half)
        hands = [  # 0 is the vehicle's left, 1 its right; at most one is in view
            hand
            for hand, outline in enumerate((flanks[0], flanks[1][::-1]))
            if painter.camera.is_front_facing(outline)
        ]
        self._paint_tyres(painter)
        self._paint_body(painter, *flanks)
        for hand in hands:
            self._paint_flank(painter, flanks[hand], hand)
        self._paint_cabin(painter, *sides)
        for hand in hands:
            normal = self._side_normal(hand)
            painter.fill(sides[hand], self.colour, self.model.label, normal)
            from_front = sides[hand][[0, 3, 2, 1]]
            self._paint_panes(painter, from_front, self.model.side_panes, normal)

    def _extrude(self, profile, half_widths) -> np.ndarray:
        """Return a profile (2, N) on the left and on the right side, (2, N, 3)."""
        ahead, up = profile
        reach = self.facing * half_widths
        sides = np.empty((2, len(ahead), 3))
        sides[0, :, 0], sides[1, :, 0] = self.x - reach, self.x + reach
        sides[:, :, 1], sides[:, :, 2] = up, self.z + self.facing * ahead
        return sides

    def _side_normal(self, hand: int) -> np.ndarray:
        return np.array([self.facing * (2.0 * hand - 1), 0.0, 0.0])

    def _paint_tyres(self, painter: Painter) -> None:
        half = self.model.width / 2
        inner, outer = half - 0.24, half - 0.03
        for axle in sorted(self.facing * np.array(self.model.axles), reverse=True):
            z = self.z + axle
            faces = [
                front_rect(self.x - outer, self.x - inner, z, 0.0, 0.45),
                front_rect(self.x + inner, self.x + outer, z, 0.0, 0.45),
                front_rect(self.x - inner, self.x + inner, z, 0.17, 0.5),
            ]
            painter.fill(np.array(faces), RUBBER, self.model.label)

    def _paint_body(self, painter: Painter, left, right) -> None:
        is_close = painter.can_resolve(0.15, self.z)
        for index, face, normal in self._fill_visible_faces(painter, left, right):
            for box, colour in BODY_DETAILS.get(index, ()) if is_close else ():
                painter.fill(map_boxes(face, box), colour, normal=normal)

    def _paint_flank(self, painter: Painter, flank: np.ndarray, hand: int) -> None:
        label, normal = self.model.label, self._side_normal(hand)
        painter.fill(flank, self.colour, label, normal)

        def detail(outline, colour):
            face = self._extrude(outline.T, self.model.width / 2)[hand]
            painter.fill(face, colour, label, normal)

        front, rear = self.model.ahead[0], self.model.ahead[-1]
        foot, belt = self.model.up[0], self.model.up[3]
        detail(bar(front, foot + 0.06, rear, foot + 0.06, 0.14), TRIM)
        crease = bar(front - 0.5, belt - 0.2, rear + 0.2, belt - 0.18, 0.05)
        detail(crease, self.colour * 1.12 + 8)
        is_close = painter.can_resolve(0.08, self.z)
        for seam in (0.85, -0.15, -1.05) if is_close else ():
            detail(bar(seam, foot + 0.1, seam, belt, 0.025), self.colour * 0.55)
        for axle in self.model.axles:
            detail(ellipse(axle, WHEEL, WHEEL + 0.08, WHEEL + 0.09), TRIM)
            detail(ellipse(axle, WHEEL, WHEEL, WHEEL), RUBBER)
            if is_close:
                detail(ellipse(axle, WHEEL, WHEEL * 0.62, WHEEL * 0.62), RIM)
                detail(ellipse(axle, WHEEL, WHEEL * 0.2, WHEEL * 0.2), TRIM)

    def _paint_cabin(self, painter: Painter, left, right) -> None:
        for index, face, normal in self._fill_visible_faces(painter, left, right):
            if index == 0:
                self._paint_panes(painter, face, self.model.front_panes, normal)
            elif index == 2:  # its corners start at the top
                self._paint_panes(painter, face[::-1], self.model.rear_panes, normal)

    def _fill_visible_faces(self, painter: Painter, left, right):
        """Fill the extruded faces in view; yield index, face (4, 3) and normal (3,)."""
        faces = np.stack([left[:-1], right[:-1], right[1:], left[1:]], 1)
        normals = compute_normals(faces)
        for index in np.flatnonzero(painter.camera.is_front_facing(faces)).tolist():
            painter.fill(faces[index], self.colour, self.model.label, normals[index])
            yield index, faces[index], normals[index]

    @staticmethod
    def _paint_panes(painter: Painter, face, panes: tuple, normal) -> None:
        if not panes:
            return
        boxes = np.array(panes)
        painter.fill(map_boxes(face, boxes), GLASS, normal=normal)
        boxes[:, 1] = boxes[:, 1] * 0.45 + boxes[:, 3] * 0.55  # the upper part
        reflection = (GLASS + REFLECTION) / 2
        painter.fill(map_boxes(face, boxes), reflection, normal=normal)


def sample_vehicle(
    rng: Generator, x: float, z: float, facing: int, is_large=False
) -> Vehicle:
    """Sample a car, or a bus or truck if `is_large`."""
    if is_large:
        kind = str(rng.choice([*LARGE_COLOURS]))
        colour = LARGE_COLOURS[kind]
    else:
        kind = str(rng.choice([*CAR_ODDS], p=[*CAR_ODDS.values()]))
        colour = rng.choice(CAR_COLOURS, p=CAR_COLOUR_ODDS)
    return Vehicle(MODELS[kind], x, z, facing, np.add(colour, rng.normal(0, 4)))
