"""A street scene: what is there, where the camera stands, and the weather."""

from dataclasses import dataclass

import numpy as np

from pyimagesearch.datasets.streets.camera import CANVAS, NEAR, Camera
from pyimagesearch.datasets.streets.film import Film
from pyimagesearch.datasets.streets.ground import LANE, PARKING, Street
from pyimagesearch.datasets.streets.light import Light
from pyimagesearch.datasets.streets.roadside import sample_roadside
from pyimagesearch.datasets.streets.sky import Backdrop, Sky
from pyimagesearch.datasets.streets.things import Thing
from pyimagesearch.datasets.streets.traffic import sample_traffic


@dataclass(frozen=True)
class Scene:
    """All that one pair of pictures shows."""

    camera: Camera
    light: Light
    film: Film
    sky: Sky
    backdrop: Backdrop
    street: Street
    things: list[Thing]


def sample_scene(rng: np.random.Generator) -> Scene:
    """Draws a scene.

    Args:
        rng: the only source of chance.

    Returns:
        The scene, its things from far to near.
    """
    street = sample_street(rng)
    light = sample_light(rng)
    things = [*sample_roadside(rng, street), *sample_traffic(rng, street)]
    things = [thing for thing in things if thing.z > NEAR]
    things.sort(key=lambda thing: -thing.z)
    return Scene(
        camera=sample_camera(rng, street),
        light=light,
        film=sample_film(rng),
        sky=sample_sky(rng, light),
        backdrop=sample_backdrop(rng),
        street=street,
        things=things,
    )


def sample_street(rng: np.random.Generator) -> Street:
    """Draws a cross-section and what crosses it."""
    lanes = int(rng.choice([1, 2], p=[0.75, 0.25]))
    parking = (bool(rng.random() < 0.7), bool(rng.random() < 0.7))
    reach = np.array([lanes * LANE + 0.3 + PARKING * parked for parked in parking])
    kerbs = reach * [-1, 1]
    fronts = kerbs + rng.uniform(2.4, 4.6, 2) * [-1, 1]
    crossing = rng.uniform(20, 60) if rng.random() < 0.5 else None
    zebra = None
    if rng.random() < 0.45:
        zebra = rng.uniform(9, 26) if crossing is None else crossing - 4.2
    grey = rng.uniform(98, 108)
    corner = rng.uniform([0, 3], [kerbs[1] - 2, 40], (4, 2))
    patches = np.hstack([corner, corner + rng.uniform([0.8, 2], [1.9, 12], (4, 2))])
    return Street(
        lanes=lanes,
        kerbs=tuple(kerbs.tolist()),
        fronts=tuple(fronts.tolist()),
        parking=parking,
        crossing=crossing,
        breadth=rng.uniform(7, 11),
        zebra=zebra,
        asphalt=np.array([1.0, 1.0, 1.02]) * grey,
        paving=np.array([1.03, 1.0, 0.95]) * rng.uniform(158, 172),
        patches=patches,
        covers=rng.uniform([-3, 4], [3, 30], (3, 2)),
        offset=rng.uniform(0, 100, 2),
    )


def sample_camera(rng: np.random.Generator, street: Street) -> Camera:
    """Draws a camera in the innermost right lane or the one beside it."""
    lane = rng.integers(street.lanes)
    return Camera(
        focal=CANVAS * rng.uniform(0.82, 0.95),
        horizon=CANVAS * rng.uniform(0.44, 0.6),
        height=rng.uniform(1.35, 1.75),
        lateral=(lane + 0.5) * LANE + rng.uniform(-0.4, 0.3),
        yaw=rng.uniform(-0.1, 0.1),
        bend=rng.normal(0, 0.0009),
    )


def sample_light(rng: np.random.Generator) -> Light:
    """Draws a sun between 36 and 62 degrees high, and the air."""
    azimuth, height = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(36, 62))
    sun = rng.uniform(0.7, 1) if rng.random() < 0.6 else rng.uniform(0.1, 0.4)
    level = np.cos(height)
    return Light(
        towards_sun=np.array(
            [level * np.sin(azimuth), np.sin(height), level * np.cos(azimuth)]
        ),
        sun=sun,
        haze=np.array([222.0, 227, 232]) + rng.normal(0, 3),
        visibility=rng.uniform(180, 340),
    )


def sample_sky(rng: np.random.Generator, light: Light) -> Sky:
    """Draws a sky that suits the sun: blue in full sun, clouded without."""
    clear = np.array([158.0, 196, 232])
    grey = np.array([208.0, 216, 224])
    return Sky(
        zenith=grey + (clear - grey) * light.sun,
        cover=float(np.clip(rng.uniform(0.1, 0.5) + 0.45 * (1 - light.sun), 0, 1)),
        offset=rng.uniform(0, 512, 2),
    )


def sample_backdrop(rng: np.random.Generator) -> Backdrop:
    """Draws the end of the street."""
    left = np.linspace(-130, 130, 15) + rng.uniform(-8, 8, 15)
    houses = np.stack(
        [left, left + rng.uniform(14, 26, 15), rng.uniform(9, 24, 15)], -1
    )
    woods = np.stack(
        [
            rng.uniform(-130, 130, 60),
            rng.uniform(2.5, 5.5, 60),
            rng.uniform(0, 7, 60),
        ],
        -1,
    )
    return Backdrop(z=150.0, houses=houses, woods=woods)


def sample_film(rng: np.random.Generator) -> Film:
    """Draws an exposure."""
    return Film(
        exposure=rng.uniform(0.99, 1.03),
        cast=1 + rng.normal(0, 0.01, 3),
        vignette=rng.uniform(0.08, 0.16),
        grain=rng.uniform(1.5, 3.2),
        seed=int(rng.integers(2**31)),
    )
