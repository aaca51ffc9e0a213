"""A picture on disk."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from pyimagesearch.files import written_whole


def save_picture(path: Path, picture: np.ndarray, options: Sequence[int] = ()) -> None:
    """Writes a picture, which appears whole.

    Args:
        path: the file, whose extension says the format.
        picture: uint8 (H, W, 3), RGB.
        options: of `cv2.imencode`.
    """
    bgr = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(path.suffix, bgr, options)
    with written_whole(path) as temporary:
        temporary.write_bytes(data)
