"""Draws what lines a street: houses, gardens, trees, posts."""

import numpy as np

from pyimagesearch.datasets.streets.buildings import Building, Facade
from pyimagesearch.datasets.streets.furniture import SIGNALS, SIGNS, Barrier, Post
from pyimagesearch.datasets.streets.greenery import Foliage, Hedge, Tree
from pyimagesearch.datasets.streets.ground import FAR, KERB, SETBACK, Street

WALLS = np.array(
    [
        [179, 166, 146],
        [168, 156, 140],
        [153, 146, 139],
        [144, 108, 92],
        [175, 152, 122],
        [184, 177, 166],
        [161, 134, 115],
        [149, 149, 147],
        [172, 159, 154],
        [136, 104, 92],
    ],
    float,
)
TRIMS = np.array([[196, 192, 182], [180, 174, 162], [112, 104, 96]], float)
SIGN_COLOURS = np.array(
    [[128, 44, 40], [44, 74, 62], [48, 60, 92], [172, 150, 108], [70, 66, 64]], float
)
GREENS = np.array([[98, 116, 60], [84, 108, 58], [112, 120, 66], [92, 104, 54]], float)
BARRIERS = {"fence": [120.0, 116, 108], "wall": [160.0, 148, 132]}
LOBES = 7  # boughs of a tree, each with its own leaves
FARTHEST_POST = 65.0  # metres; further away it is thinner than a pixel


def sample_roadside(rng: np.random.Generator, street: Street) -> list:
    """Draws both sides of a street.

    Args:
        rng: the only source of chance.
        street: where the kerbs and the building lines are.

    Returns:
        Things in no order.
    """
    things = []
    wooded = rng.random(2) < [0.5, 0.5]
    for side, kerb, front, trees in zip(
        (-1, 1), street.kerbs, street.fronts, wooded, strict=True
    ):
        for start, end in street.blocks:
            things += sample_row(rng, side, front, start, min(end, 130.0))
            if trees:
                things += sample_alley(rng, side, kerb, start, end)
        things += sample_posts(rng, street, side, kerb)
    return things


def sample_row(rng, side: int, front: float, start: float, end: float) -> list:
    """Draws houses and gardens from `start` to `end` metres ahead."""
    things, z = [], start
    built = rng.uniform(0.25, 0.95)
    while z < end - 5:
        length = min(rng.uniform(8, 20), end - z)
        if rng.random() < built:
            things.append(sample_building(rng, side, front, z, z + length))
        else:
            things += sample_garden(rng, side, front, z, z + length)
        z += length
    return things


def sample_building(rng, side: int, front: float, z0: float, z1: float) -> Building:
    """Draws a house."""
    wall = WALLS[rng.integers(len(WALLS))] + rng.normal(0, 5, 3)
    facade = Facade(
        wall=wall,
        trim=TRIMS[rng.choice(len(TRIMS), p=[0.5, 0.35, 0.15])],
        bay=rng.uniform(2.2, 3.4),
        window=(rng.uniform(0.36, 0.56), rng.uniform(0.5, 0.62)),
        shops=bool(rng.random() < 0.5),
        sign=SIGN_COLOURS[rng.integers(len(SIGN_COLOURS))],
        balconies=bool(rng.random() < 0.2),
        glass=rng.choice(4, 99, p=[0.4, 0.3, 0.18, 0.12]),
    )
    return Building(
        side=side,
        front=front + side * rng.choice([0, 0, 0, SETBACK]),
        z0=z0,
        z1=z1,
        storeys=int(rng.integers(1, 5)),
        roof=str(rng.choice(["flat", "mansard", "gable"])),
        facade=facade,
    )


def sample_garden(rng, side: int, front: float, z0: float, z1: float) -> list:
    """Draws a gap in the row: a fence, a wall or a hedge, and trees behind."""
    things = []
    for z in np.arange(z0 + 2, z1 - 1, rng.uniform(3, 6)):
        x = front + side * rng.uniform(2.5, 7)
        things.append(sample_tree(rng, x, z, rng.uniform(5, 10)))
    kind = rng.choice(["fence", "wall", "hedge"])
    height = rng.uniform(1.1, 2.0)
    if kind == "hedge":
        things.append(Hedge(front, z0, z1, height, sample_foliage(rng, tufts=22)))
    else:
        colour = np.array(BARRIERS[kind]) + rng.normal(0, 10)
        things.append(Barrier(front, z0, z1, height, str(kind), colour))
    return things


def sample_alley(rng, side: int, kerb: float, start: float, end: float) -> list:
    """Draws a row of trees on the pavement."""
    step = rng.uniform(8, 14)
    places = np.arange(max(start, 5.0) + rng.uniform(1, step), min(end, 100.0), step)
    return [
        sample_tree(rng, kerb + side * 1.0, z + rng.normal(0, 0.6), rng.uniform(5, 8.5))
        for z in places
        if rng.random() < 0.8
    ]


def sample_tree(rng, x: float, z: float, height: float) -> Tree:
    """Draws a tree; one that is further away has fewer leaves to draw."""
    return Tree(
        x=x,
        z=z,
        base=KERB,
        height=height,
        crown=height * rng.uniform(0.24, 0.34),
        stem=height * rng.uniform(0.28, 0.4),
        foliage=sample_foliage(rng, int(np.clip(1300 / max(z, 1), 20, 100))),
        lean=rng.normal(0, 0.2),
    )


def sample_foliage(rng, tufts: int) -> Foliage:
    """Draws a heap of leaves."""
    lobes = rng.uniform([-0.45, -0.4, -0.3], [0.45, 0.5, 0.3], (LOBES, 3))
    places = rng.standard_normal((tufts, 3))
    places *= (
        0.56
        * (rng.random((tufts, 1)) ** 0.4)
        / np.linalg.norm(places, axis=1, keepdims=True)
    )
    places += lobes[np.arange(tufts) % LOBES]
    sizes = rng.uniform(0.08, 0.24, tufts)
    sizes[:LOBES] = rng.uniform(0.36, 0.48, LOBES)  # no holes in the middle
    return Foliage(places, sizes, GREENS[rng.integers(len(GREENS))])


def sample_posts(rng, street: Street, side: int, kerb: float) -> list:
    """Draws lamps, signals and signs behind one kerb."""
    x = kerb + side * 0.45
    posts = []
    step = rng.uniform(16, 26)
    for z in np.arange(rng.uniform(7, 7 + step), FARTHEST_POST, step):
        arm = -side * rng.uniform(0.9, 2.0)
        posts.append(Post(x, z, KERB, rng.uniform(5.5, 7.5), arm, "lamp"))
    for z in rng.uniform(8, 45, rng.integers(1, 4)):
        posts.append(
            Post(x, z, KERB, rng.uniform(2.4, 3.1), 0, str(rng.choice([*SIGNS])))
        )
    if street.crossing is not None:
        z = (
            street.crossing - 0.6
            if side > 0
            else street.crossing + street.breadth + 0.6
        )
        arm = -side * rng.choice([0.0, 2.6])
        head = str(rng.choice([*SIGNALS]))
        posts.append(Post(x, z, KERB, 3.4 + (arm != 0) * 1.6, arm, head))
    return [post for post in posts if post.z < min(FARTHEST_POST, FAR)]
