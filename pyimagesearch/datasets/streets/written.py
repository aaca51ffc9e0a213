"""The street scenes on disk, laid out like a downloaded set of pairs."""

from pathlib import Path

import cv2
import numpy as np

from pyimagesearch.cli import info, progbar_verbose
from pyimagesearch.datasets.cache import build_once, get_datasets_folder
from pyimagesearch.datasets.streets.render import SIZE, render_pair

VERSION = "streets-v1"  # a new name whenever the pictures change
TRAIN, VAL = 400, 100  # pairs
FIRST_VAL = 1_000_000  # index of a scene; those to train on are counted from 0
JPEG = (  # 4:4:4, so that the labels' flat colours do not bleed at their edges
    cv2.IMWRITE_JPEG_QUALITY,
    92,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)


def streets_folder() -> Path:
    """The street scenes in the Keras dataset cache, rendered on first use.

    Returns:
        The folder with `train/` (400 pairs) and `val/` (100).
    """
    folder = get_datasets_folder() / VERSION

    def build(partial: Path) -> None:
        info(f"rendering {TRAIN + VAL} street scenes into {folder}...")
        write_streets(partial, TRAIN, VAL)

    return build_once(folder, build)


def write_streets(folder: Path, train: int, val: int, size: int = SIZE) -> None:
    """Writes side-by-side JPEGs, the photo left and the labels right.

    Args:
        folder: exists; gets `train/` and `val/` with `000.jpg` and so on.
        train: pairs to train on.
        val: other pairs to validate on.
        size: pixels a side of each half.
    """
    from keras.utils import Progbar  # rendering itself does without TensorFlow

    progress = Progbar(train + val, verbose=progbar_verbose(), unit_name="scene")
    for split, count, first in (("train", train, 0), ("val", val, FIRST_VAL)):
        (folder / split).mkdir()
        for number in range(count):
            pair = encode_pair(*render_pair(first + number), size)
            (folder / split / f"{number:03}.jpg").write_bytes(pair)
            progress.add(1)


def encode_pair(photo: np.ndarray, labels: np.ndarray, size: int = SIZE) -> bytes:
    """One JPEG of a photo, on the left, and its labels.

    Args:
        photo: uint8 (256, 256, 3), RGB.
        labels: the same, in colours of the palette; once decoded, the colours nearest
            to the pixels are the ones drawn.
        size: pixels a side of each half.

    Returns:
        The bytes of the file, whose image is (size, 2 * size).
    """
    if size != photo.shape[0]:
        photo = cv2.resize(photo, (size, size), interpolation=cv2.INTER_AREA)
        labels = cv2.resize(labels, (size, size), interpolation=cv2.INTER_NEAREST)
    pair = cv2.cvtColor(np.hstack([photo, labels]), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", pair, JPEG)[1].tobytes()
