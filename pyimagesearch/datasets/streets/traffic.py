"""Draws who is in a street: vehicles, people on foot and on bicycles."""

import numpy as np

from pyimagesearch.datasets.streets.ground import KERB, LANE, PARKING, Street
from pyimagesearch.datasets.streets.models import MODELS
from pyimagesearch.datasets.streets.people import Bicycle, Clothes, Person
from pyimagesearch.datasets.streets.vehicles import Vehicle

COATS = np.array(
    [
        [192, 194, 194],
        [152, 156, 160],
        [104, 108, 114],
        [60, 62, 66],
        [56, 68, 102],
        [118, 40, 40],
        [86, 92, 84],
        [176, 168, 150],
    ],
    float,
)
BUS_COAT, TRUCK_COAT = np.array([176.0, 150, 66]), np.array([196.0, 194, 186])
TOPS = np.array(
    [
        [52, 56, 70],
        [126, 48, 46],
        [96, 98, 100],
        [178, 172, 160],
        [60, 84, 78],
        [60, 74, 116],
        [34, 34, 38],
        [160, 128, 88],
    ],
    float,
)
LEGS = np.array([[48, 56, 78], [36, 36, 40], [92, 86, 76], [64, 62, 66]], float)
SKINS = np.array([[212, 172, 148], [186, 140, 112], [126, 88, 66]], float)
HAIRS = np.array([[52, 40, 32], [92, 70, 48], [34, 30, 28], [146, 122, 84]], float)
CAR_KINDS = ("hatchback", "saloon", "suv", "van")


def sample_traffic(rng: np.random.Generator, street: Street) -> list:
    """Draws the traffic of a street.

    Args:
        rng: the only source of chance.
        street: where lanes and pavements are.

    Returns:
        Things in no order.
    """
    return [
        *sample_parked(rng, street),
        *sample_driving(rng, street),
        *sample_walkers(rng, street),
        *sample_bicycles(rng, street),
    ]


def sample_parked(rng, street: Street) -> list[Vehicle]:
    """Draws cars along the kerbs, off the crossing."""
    cars = []
    for side, kerb, parking in zip((-1, 1), street.kerbs, street.parking, strict=True):
        z, taken = rng.uniform(4, 9), rng.uniform(0.3, 0.9)
        while parking and z < 48:
            if rng.random() < taken and clear_of_crossing(street, z):
                x = kerb - side * (PARKING / 2 + rng.normal(0, 0.06))
                cars.append(sample_vehicle(rng, x, z, side))
            z += rng.uniform(5.3, 6.2)
    return cars


def sample_driving(rng, street: Street) -> list[Vehicle]:
    """Draws vehicles in the lanes, some metres apart."""
    vehicles = []
    for lane in range(street.lanes):
        for side in (-1, 1):
            z = rng.uniform(11, 45) if side < 0 else rng.uniform(13, 60)
            while z < 65:
                x = side * (lane + 0.5) * LANE + rng.normal(0, 0.15)
                big = rng.random() < 0.12 and z > 18
                vehicles.append(sample_vehicle(rng, x, z, side, big))
                z += rng.uniform(14, 45)
    return vehicles


def sample_vehicle(rng, x: float, z: float, facing: int, big=False) -> Vehicle:
    """Draws a car, or a bus or truck when `big`."""
    if big:
        kind = str(rng.choice(["bus", "truck"]))
        coat = BUS_COAT if kind == "bus" else TRUCK_COAT
    else:
        kind = str(rng.choice(CAR_KINDS, p=[0.38, 0.3, 0.2, 0.12]))
        coat = COATS[
            rng.choice(len(COATS), p=[0.2, 0.2, 0.15, 0.15, 0.1, 0.1, 0.05, 0.05])
        ]
    return Vehicle(MODELS[kind], x, z, facing, coat + rng.normal(0, 4))


def sample_walkers(rng, street: Street) -> list[Person]:
    """Draws people on the pavements and on the crosswalk."""
    people = []
    for side, kerb, front in zip((-1, 1), street.kerbs, street.fronts, strict=True):
        for z in rng.uniform(7, 50, rng.integers(1, 7)):
            x = kerb + side * rng.uniform(0.6, abs(front - kerb) - 0.4)
            if clear_of_crossing(street, z):
                people.append(sample_person(rng, x, z, KERB))
                if rng.random() < 0.3:
                    people.append(sample_person(rng, x + 0.6, z + 0.2, KERB))
    if street.zebra is not None and rng.random() < 0.6:
        for x in rng.uniform(*street.kerbs, rng.integers(1, 4)):
            z = street.zebra + rng.uniform(0.6, 2.6)
            people.append(sample_person(rng, x, z, 0.0))
    return people


def sample_person(rng, x: float, z: float, base: float) -> Person:
    """Draws somebody on foot."""
    return Person(
        x=x,
        z=z,
        base=base,
        height=rng.normal(1.72, 0.09),
        stride=rng.choice([0.02, 0.06, 0.1, 0.14]),
        clothes=sample_clothes(rng),
        turn=int(rng.choice([-1, 1])),
    )


def sample_clothes(rng) -> Clothes:
    """Draws what somebody wears."""
    return Clothes(
        *(table[rng.integers(len(table))] for table in (TOPS, LEGS, SKINS, HAIRS)),
        coat=rng.choice([0.34, 0.47, 0.5]),
    )


def sample_bicycles(rng, street: Street) -> list[Bicycle]:
    """Draws at most one rider, and bicycles leant at the kerb."""
    found = []
    if rng.random() < 0.3:
        x = street.kerbs[1] - 0.8 - PARKING * street.parking[1]
        turn = rng.choice([-1, 1]) * rng.uniform(0.25, 0.5)
        rider = sample_clothes(rng)
        frame = COATS[rng.integers(len(COATS))]
        found.append(Bicycle(x, rng.uniform(9, 30), 0.0, turn, frame, rider))
    if rng.random() < 0.3:
        side = rng.integers(2)
        x = street.kerbs[side] + (2 * side - 1) * 0.7
        start = rng.uniform(8, 25)
        for z in start + 0.6 * np.arange(rng.integers(1, 4)):
            frame = COATS[rng.integers(len(COATS))]
            found.append(Bicycle(x, z, KERB, rng.uniform(0.5, 0.9), frame, None))
    return found


def clear_of_crossing(street: Street, z: float) -> bool:
    """Whether a car's length around `z` metres ahead is off crossing and crosswalk."""
    if street.zebra is not None and street.zebra - 3 < z < street.zebra + 6:
        return False
    if street.crossing is None:
        return True
    return not street.crossing - 4 < z < street.crossing + street.breadth + 4
