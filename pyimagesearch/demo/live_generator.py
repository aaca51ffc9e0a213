"""A generator that is loaded once, and answers one image at a time."""

import argparse
import threading
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pyimagesearch import config
from pyimagesearch.cli import info
from pyimagesearch.datasets.side_formats import PairFormat
from pyimagesearch.translation.generator import get_channels, load_generator
from pyimagesearch.translation.run_settings import find_formats, find_generator
from pyimagesearch.translation.translator import Translator
from pyimagesearch.visualization import to_display


class Translation(NamedTuple):
    """The result for one image."""

    image: np.ndarray  # (H, W, D), in the units of the targets
    milliseconds: float


class LiveGenerator:
    """A generator in memory, with the file that it was loaded from.

    Images are computed one at a time, in batches of one. So the results are those of
    `inference.py --batch-size 1`.

    Args:
        path: Path, the generator file.
        settings: argparse.Namespace, as returned by `parse_demo_settings`.

    Attributes:
        path: Path.
        formats: PairFormat, what the values of inputs and results are.
        own_size: tuple of int, (height, width) in pixels, of the training.
        image_size: tuple of int, that of `--image-size`, or else `own_size`.

    Raises:
        UserError: if the file is no generator, or its record does not describe it.
    """

    def __init__(self, path: Path, settings: argparse.Namespace):
        self.path = path
        self._state = _read_state(path)
        generator = load_generator(path)
        self.formats: PairFormat = find_formats(settings, path, get_channels(generator))
        _, height, width, channels = generator.input_shape
        self.own_size = height or config.IMAGE_HEIGHT, width or config.IMAGE_WIDTH
        self.image_size = settings.image_size or self.own_size
        self._translator = Translator(generator, 1, config.TILE, self.formats)
        self._lock = threading.Lock()
        # TensorFlow prepares the network at its first call.
        storage = self.formats.input.storage
        self.translate(np.zeros((*self.image_size, channels), storage))

    def translate(self, image: np.ndarray) -> Translation:
        """Translate an image (H, W, C), as the format of the inputs stores it.

        Raises:
            UserError: if the generator outputs NaN or infinite values.
        """
        with self._lock:
            start = time.perf_counter()
            result = self._translator.translate_image(image)
            return Translation(result, 1000 * (time.perf_counter() - start))

    def show_input(self, image: np.ndarray) -> np.ndarray:
        """Return an input as a uint8 array (H, W, 3) to look at, RGB."""
        side_format = self.formats.input.match_depth(image.dtype.name)
        return to_display(side_format.scale(image))

    def show_target(self, image: np.ndarray) -> np.ndarray:
        """Return a target or a result as a uint8 array (H, W, 3) to look at, RGB."""
        side_format = self.formats.target.match_depth(image.dtype.name)
        return to_display(side_format.scale(image))

    def describe_change(self) -> str:
        """Say that the file has changed since it was loaded; "" if it has not."""
        state = _read_state(self.path)
        if state == self._state:
            return ""
        what = "is gone" if state is None else "was written again"
        return (
            f"{self.path} {what} after this page loaded it: the page continues with "
            f"the generator that it has loaded. Restart the demo to load the file "
            f"again."
        )


def _read_state(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is written again; None if it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def load_live_generator(settings: argparse.Namespace) -> LiveGenerator:
    """Load the generator that the flags of `add_run_flags` select."""
    path = find_generator(settings)
    info(f"loading the generator from {path}...")
    return LiveGenerator(path, settings)
