"""Sample scenes: street, camera, weather, and the objects along the road."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator

from pyimagesearch.datasets.streets.background import (
    KERB,
    LANE,
    PARKING,
    Backdrop,
    Sky,
    Street,
)
from pyimagesearch.datasets.streets.billboards import (
    SIGNALS,
    SIGNS,
    Bicycle,
    Person,
    Post,
    sample_clothes,
    sample_foliage,
    sample_person,
    sample_tree,
)
from pyimagesearch.datasets.streets.drawing import CANVAS, NEAR, Camera, Painter
from pyimagesearch.datasets.streets.effects import CameraEffects, Light
from pyimagesearch.datasets.streets.roadside import Barrier, Hedge, sample_building
from pyimagesearch.datasets.streets.vehicles import CAR_COLOURS, Vehicle, sample_vehicle

BARRIER_COLOURS = {"fence": [120.0, 116, 108], "wall": [160.0, 148, 132]}
FARTHEST_POST = 65.0  # metres; further away, posts are thinner than a pixel
FARTHEST_BUILDING = 130.0  # metres


class SceneObject(Protocol):
    """Anything that stands on the ground."""

    z: float  # metres ahead; farther objects are painted first
    solids: list[np.ndarray]  # (M, 3), convex solids that cast its shadow
    footprints: list[np.ndarray]  # (N, 3), the ground that sees little sky

    def paint(self, painter: Painter) -> None:
        """Paint the object into photo and label map."""


@dataclass(frozen=True)
class Scene:
    """Everything that one pair of images shows; `objects` are from far to near."""

    camera: Camera
    light: Light
    camera_effects: CameraEffects
    sky: Sky
    backdrop: Backdrop
    street: Street
    objects: list[SceneObject]


def sample_scene(rng: Generator) -> Scene:
    """Sample a scene, which depends on the order of the draws from `rng`."""
    street = sample_street(rng)
    light = sample_light(rng)
    objects = [
        *sample_roadside(rng, street),
        *sample_parked(rng, street),
        *sample_driving(rng, street),
        *sample_people(rng, street),
        *sample_bicycles(rng, street),
    ]
    in_front = [item for item in objects if item.z > NEAR]
    return Scene(
        camera=sample_camera(rng, street),
        light=light,
        camera_effects=sample_camera_effects(rng),
        sky=sample_sky(rng, light),
        backdrop=sample_backdrop(rng),
        street=street,
        objects=sorted(in_front, key=lambda item: -item.z),
    )


def sample_street(rng: Generator) -> Street:
    """Sample the cross-section of the street and the road that crosses it."""
    lanes = int(rng.choice([1, 2], p=[0.75, 0.25]))
    parking = (bool(rng.random() < 0.7), bool(rng.random() < 0.7))
    kerbs = (lanes * LANE + 0.3 + PARKING * np.array(parking)) * [-1, 1]
    building_lines = kerbs + rng.uniform(2.4, 4.6, 2) * [-1, 1]
    junction = rng.uniform(20, 60) if rng.random() < 0.5 else None
    crosswalk = None
    if rng.random() < 0.45:
        crosswalk = rng.uniform(9, 26) if junction is None else junction - 4.2
    grey = rng.uniform(98, 108)
    corner = rng.uniform([0, 3], [kerbs[1] - 2, 40], (4, 2))
    patches = np.hstack([corner, corner + rng.uniform([0.8, 2], [1.9, 12], (4, 2))])
    return Street(
        lanes=lanes,
        kerbs=tuple(kerbs.tolist()),
        building_lines=tuple(building_lines.tolist()),
        parking=parking,
        junction=junction,
        junction_width=rng.uniform(7, 11),
        crosswalk=crosswalk,
        asphalt=np.array([1.0, 1.0, 1.02]) * grey,
        paving=np.array([1.03, 1.0, 0.95]) * rng.uniform(158, 172),
        patches=patches,
        manholes=rng.uniform([-3, 4], [3, 30], (3, 2)),
        noise_start=rng.uniform(0, 100, 2),
    )


def sample_camera(rng: Generator, street: Street) -> Camera:
    """Sample a camera in one of the right lanes."""
    lane = rng.integers(street.lanes)
    return Camera(
        focal=CANVAS * rng.uniform(0.82, 0.95),
        horizon=CANVAS * rng.uniform(0.44, 0.6),
        height=rng.uniform(1.35, 1.75),
        x=(lane + 0.5) * LANE + rng.uniform(-0.4, 0.3),
        yaw=rng.uniform(-0.1, 0.1),
        bend=rng.normal(0, 0.0009),
    )


def sample_light(rng: Generator) -> Light:
    """Sample a sun between 36 and 62 degrees high, and the haze."""
    azimuth, height = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(36, 62))
    sun = rng.uniform(0.7, 1) if rng.random() < 0.6 else rng.uniform(0.1, 0.4)
    right, ahead = np.cos(height) * np.array([np.sin(azimuth), np.cos(azimuth)])
    return Light(
        sun_direction=np.array([right, np.sin(height), ahead]),
        sun=sun,
        haze=np.array([222.0, 227, 232]) + rng.normal(0, 3),
        visibility=rng.uniform(180, 340),
    )


def sample_camera_effects(rng: Generator) -> CameraEffects:
    """Sample the exposure and the flaws of a photo."""
    return CameraEffects(
        exposure=rng.uniform(0.99, 1.03),
        colour_cast=1 + rng.normal(0, 0.01, 3),
        vignette=rng.uniform(0.08, 0.16),
        noise_level=rng.uniform(1.5, 3.2),
        seed=int(rng.integers(2**31)),
    )


def sample_sky(rng: Generator, light: Light) -> Sky:
    """Sample a sky that suits the sun: blue in full sun, else cloudy."""
    clear, grey = np.array([158.0, 196, 232]), np.array([208.0, 216, 224])
    cloud_cover = rng.uniform(0.1, 0.5) + 0.45 * (1 - light.sun)
    return Sky(
        zenith=grey + (clear - grey) * light.sun,
        cloud_cover=float(np.clip(cloud_cover, 0, 1)),
        noise_start=rng.uniform(0, 512, 2),
    )


def sample_backdrop(rng: Generator) -> Backdrop:
    """Sample the end of the street."""
    left = np.linspace(-130, 130, 15) + rng.uniform(-8, 8, 15)
    houses = [left, left + rng.uniform(14, 26, 15), rng.uniform(9, 24, 15)]
    ranges = ((-130, 130), (2.5, 5.5), (0, 7))
    trees = [rng.uniform(low, high, 60) for low, high in ranges]
    return Backdrop(z=150.0, houses=np.stack(houses, -1), trees=np.stack(trees, -1))


def sample_roadside(rng: Generator, street: Street) -> list[SceneObject]:
    """Sample buildings, gardens, trees and posts on both sides of the street."""
    objects = []
    has_trees = rng.random(2) < 0.5
    for kerb, building_line, trees in zip(
        street.kerbs, street.building_lines, has_trees, strict=True
    ):
        for start, end in street.blocks:
            objects += sample_plots(rng, building_line, start, end)
            if trees:
                objects += sample_tree_row(rng, kerb, start, end)
        objects += sample_posts(rng, street, kerb)
    return objects


def sample_plots(rng: Generator, x: float, start: float, end: float) -> list:
    """Sample buildings and gardens at `x` from `start` to `end` metres ahead."""
    objects, z, end = [], start, min(end, FARTHEST_BUILDING)
    density = rng.uniform(0.25, 0.95)
    while z < end - 5:
        length = min(rng.uniform(8, 20), end - z)
        if rng.random() < density:
            objects.append(sample_building(rng, x, z, z + length))
        else:
            objects += sample_garden(rng, x, z, z + length)
        z += length
    return objects


def sample_garden(rng: Generator, x: float, z0: float, z1: float) -> list:
    """Sample trees behind a fence, a wall or a hedge at `x`."""
    objects = []
    for z in np.arange(z0 + 2, z1 - 1, rng.uniform(3, 6)):
        tree_x = x + np.sign(x) * rng.uniform(2.5, 7)
        objects.append(sample_tree(rng, tree_x, z, rng.uniform(5, 10)))
    kind = str(rng.choice(["fence", "wall", "hedge"]))
    height = rng.uniform(1.1, 2.0)
    if kind == "hedge":
        return [*objects, Hedge(x, z0, z1, height, sample_foliage(rng, discs=22))]
    colour = np.array(BARRIER_COLOURS[kind]) + rng.normal(0, 10)
    return [*objects, Barrier(x, z0, z1, height, kind, colour)]


def sample_tree_row(rng: Generator, kerb: float, start: float, end: float) -> list:
    """Sample a row of trees on the pavement."""
    step = rng.uniform(8, 14)
    x = kerb + np.sign(kerb)
    places = np.arange(max(start, 5.0) + rng.uniform(1, step), min(end, 100.0), step)
    return [
        sample_tree(rng, x, z + rng.normal(0, 0.6), rng.uniform(5, 8.5))
        for z in places
        if rng.random() < 0.8
    ]


def sample_posts(rng: Generator, street: Street, kerb: float) -> list[Post]:
    """Sample lamps, traffic signs and traffic lights behind one kerb."""
    side = np.sign(kerb)
    x = kerb + side * 0.45
    posts, step = [], rng.uniform(16, 26)
    for z in np.arange(rng.uniform(7, 7 + step), FARTHEST_POST, step):
        arm = -side * rng.uniform(0.9, 2.0)
        posts.append(Post(x, z, KERB, rng.uniform(5.5, 7.5), arm, "lamp"))
    for z in rng.uniform(8, 45, rng.integers(1, 4)):
        height, head = rng.uniform(2.4, 3.1), str(rng.choice([*SIGNS]))
        posts.append(Post(x, z, KERB, height, 0, head))
    if street.junction is not None:
        end = street.junction + street.junction_width
        z = street.junction - 0.6 if side > 0 else end + 0.6
        arm, head = -side * rng.choice([0.0, 2.6]), str(rng.choice([*SIGNALS]))
        posts.append(Post(x, z, KERB, 3.4 + (arm != 0) * 1.6, arm, head))
    return [post for post in posts if post.z < FARTHEST_POST]


def sample_parked(rng: Generator, street: Street) -> list[Vehicle]:
    """Sample cars along the kerbs."""
    cars = []
    for side, kerb, parking in zip((-1, 1), street.kerbs, street.parking, strict=True):
        z, density = rng.uniform(4, 9), rng.uniform(0.3, 0.9)
        while parking and z < 48:
            if rng.random() < density and street.is_clear(z):
                x = kerb - side * (PARKING / 2 + rng.normal(0, 0.06))
                cars.append(sample_vehicle(rng, x, z, side))
            z += rng.uniform(5.3, 6.2)
    return cars


def sample_driving(rng: Generator, street: Street) -> list[Vehicle]:
    """Sample vehicles in the lanes."""
    vehicles = []
    for lane in range(street.lanes):
        for side in (-1, 1):
            z = rng.uniform(11, 45) if side < 0 else rng.uniform(13, 60)
            while z < 65:
                x = side * (lane + 0.5) * LANE + rng.normal(0, 0.15)
                is_large = rng.random() < 0.12 and z > 18
                vehicles.append(sample_vehicle(rng, x, z, side, is_large))
                z += rng.uniform(14, 45)
    return vehicles


def sample_people(rng: Generator, street: Street) -> list[Person]:
    """Sample people on the pavements and on the crosswalk."""
    people = []
    for kerb, building_line in zip(street.kerbs, street.building_lines, strict=True):
        width = abs(building_line - kerb)
        for z in rng.uniform(7, 50, rng.integers(1, 7)):
            x = kerb + np.sign(kerb) * rng.uniform(0.6, width - 0.4)
            if street.is_clear(z):
                people.append(sample_person(rng, x, z, KERB))
                if rng.random() < 0.3:
                    people.append(sample_person(rng, x + 0.6, z + 0.2, KERB))
    if street.crosswalk is not None and rng.random() < 0.6:
        for x in rng.uniform(*street.kerbs, rng.integers(1, 4)):
            z = street.crosswalk + rng.uniform(0.6, 2.6)
            people.append(sample_person(rng, x, z, 0.0))
    return people


def sample_bicycles(rng: Generator, street: Street) -> list[Bicycle]:
    """Sample at most one rider, and bicycles parked at the kerb."""
    bicycles = []
    if rng.random() < 0.3:
        x = street.kerbs[1] - 0.8 - PARKING * street.parking[1]
        aspect = rng.choice([-1, 1]) * rng.uniform(0.25, 0.5)
        rider, frame = sample_clothes(rng), rng.choice(CAR_COLOURS)
        bicycles.append(Bicycle(x, rng.uniform(9, 30), 0.0, aspect, frame, rider))
    if rng.random() < 0.3:
        side = rng.integers(2)
        x = street.kerbs[side] + (2 * side - 1) * 0.7
        start = rng.uniform(8, 25)
        for z in start + 0.6 * np.arange(rng.integers(1, 4)):
            frame, aspect = rng.choice(CAR_COLOURS), rng.uniform(0.5, 0.9)
            bicycles.append(Bicycle(x, z, KERB, aspect, frame, None))
    return bicycles
