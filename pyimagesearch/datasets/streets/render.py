"""From a scene to a pair of pictures."""

import numpy as np

from pyimagesearch.datasets.streets.camera import CANVAS
from pyimagesearch.datasets.streets.painter import COLOURS, Painter
from pyimagesearch.datasets.streets.scene import sample_scene

SIZE = 256  # pixels a side
SEED = 2022  # of the dataset, its own: no training seed changes the pictures
SHADOWS_SEEN = 60.0  # metres; further away the road is a few rows high


def render_pair(index: int, seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """A street scene and its label map.

    Args:
        index: which scene of the seed's.
        seed: of all scenes.

    Returns:
        The photo and the labels, each uint8 (256, 256, 3), RGB; every pixel of the
        labels is a colour of the Cityscapes palette.
    """
    scene = sample_scene(np.random.default_rng([seed, index]))
    painter = Painter(scene.camera, scene.light)
    things = [(thing, thing.solids) for thing in scene.things]
    scene.sky.paint(painter)
    scene.street.paint(painter)
    for thing, solids in things:
        if thing.z < SHADOWS_SEEN:
            painter.darken(solids, thing.footprints)
    scene.street.weather(painter)
    scene.backdrop.paint(painter)
    for thing, solids in things:
        if scene.camera.in_view(solids):
            thing.paint(painter)
    painter.flush()
    step = CANVAS // SIZE
    classes = painter.canvas[::step, ::step, 3]
    return scene.film.develop(painter.canvas, classes), COLOURS[classes]
