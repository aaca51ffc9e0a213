"""Render pairs of photo and label map, and write them as a dataset."""

from pathlib import Path

import cv2
import numpy as np

from pyimagesearch.atomic import write_atomic
from pyimagesearch.cli import info, progbar_verbose
from pyimagesearch.datasets.cache import build_once, get_datasets_folder
from pyimagesearch.datasets.streets.drawing import CANVAS, COLOURS, Painter
from pyimagesearch.datasets.streets.render_processes import write_scenes
from pyimagesearch.datasets.streets.scene import sample_scene

SIZE = 256  # pixels a side
SEED = 2022  # independent of the training seed, which leaves the images unchanged
VERSION = "streets-v1"  # change it whenever the images change
TRAIN, VAL = 400, 100  # pairs
FIRST_VAL = 1_000_000  # index of the first validation scene; training starts at 0
FARTHEST_SHADOW = 60.0  # metres; further away, the road is only a few rows high
JPEG = (  # 4:4:4 keeps the edges of flat label colours sharp
    *(cv2.IMWRITE_JPEG_QUALITY, 92),
    *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
)


def render_pair(index: int, seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """Render a street scene and its label map.

    Args:
        index: int, number of the scene.
        seed: int, seed of all scenes.

    Returns:
        Two uint8 arrays (256, 256, 3), RGB: the photo, and the label map in colours
        of the Cityscapes palette.
    """
    scene = sample_scene(np.random.default_rng([seed, index]))
    painter = Painter(scene.camera, scene.light)
    objects = [(item, item.solids) for item in scene.objects]
    scene.sky.paint(painter)
    scene.street.paint(painter)
    for item, solids in objects:
        if item.z < FARTHEST_SHADOW:
            painter.add_shadows(solids, item.footprints)
    scene.street.shade_ground(painter)
    scene.backdrop.paint(painter)
    for item, solids in objects:
        if scene.camera.is_in_view(solids):
            item.paint(painter)
    painter.flush()
    step = CANVAS // SIZE
    classes = painter.canvas[::step, ::step, 3]
    return scene.camera_effects.apply(painter.canvas, classes), COLOURS[classes]


def encode_pair(photo: np.ndarray, labels: np.ndarray, size: int = SIZE) -> bytes:
    """Encode a photo and its label map, side by side, as one JPEG.

    Args:
        photo: uint8 array (256, 256, 3), RGB; the left half.
        labels: uint8 array (256, 256, 3), RGB; the right half. JPEG changes the
            colours a little: decode each pixel to the nearest palette colour.
        size: int, pixels a side of each half.

    Returns:
        Bytes of a JPEG file of (size, 2 * size) pixels.
    """
    if size != photo.shape[0]:
        photo = cv2.resize(photo, (size, size), interpolation=cv2.INTER_AREA)
        labels = cv2.resize(labels, (size, size), interpolation=cv2.INTER_NEAREST)
    pair = cv2.cvtColor(np.hstack([photo, labels]), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", pair, JPEG)[1].tobytes()


def write_streets(folder: Path, train: int, val: int, size: int = SIZE) -> None:
    """Write side-by-side JPEGs named `train/000.jpg`, `val/000.jpg` and so on.

    Args:
        folder: `pathlib.Path`, an existing folder without `train` and `val`.
        train: int, number of training pairs.
        val: int, number of validation pairs, of other scenes.
        size: int, pixels a side of each half.
    """
    from keras.utils import Progbar  # rendering itself needs no TensorFlow

    progress = Progbar(train + val, verbose=progbar_verbose(), unit_name="scene")
    scenes = []
    for split, count, first in (("train", train, 0), ("val", val, FIRST_VAL)):
        (folder / split).mkdir()
        scenes += [(f"{split}/{n:03}.jpg", first + n) for n in range(count)]
    write_scenes(folder, scenes, size, write_scene, progress.update)


def write_scene(path: Path, index: int, size: int = SIZE) -> None:
    """Write the pair of a scene as a JPEG file.

    Args:
        path: Path, the file.
        index: int, number of the scene.
        size: int, pixels a side of each half.
    """
    pair = encode_pair(*render_pair(index), size)
    with write_atomic(path) as temporary:
        temporary.write_bytes(pair)


def streets_folder() -> Path:
    """Return the street scenes in the Keras dataset cache; render them on first use.

    Returns:
        `pathlib.Path` of a folder with `train` (400 pairs) and `val` (100 pairs).
    """
    folder = get_datasets_folder() / VERSION

    def build(partial: Path) -> None:
        info(f"rendering {TRAIN + VAL} street scenes into {folder}...")
        write_streets(partial, TRAIN, VAL)

    return build_once(folder, build)
