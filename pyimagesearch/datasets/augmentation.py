"""Augmentation of one image (H, W, 3) of a training batch."""

import functools

import cv2
import numpy as np

JITTER = 286 / 256  # the paper's section 6.2: enlarged to 286, of which 256 are kept
JITTER_MARGIN = 30  # pixels, the tutorial's


def crop_jitter(
    image: np.ndarray, top: float, left: float, mirrored: bool, labels: bool
) -> np.ndarray:
    """The paper's random jitter: enlarges, and cuts out a piece of the old size.

    Args:
        image: uint8 or uint16 (H, W, 3).
        top: where the piece lies, [0, 1) of the room that there is.
        left: likewise.
        mirrored: turn left and right round.
        labels: enlarge by nearest neighbour, not bilinearly.

    Returns:
        As `image`.
    """
    height, width, _ = image.shape
    tall, wide = round(height * JITTER), round(width * JITTER)
    method = cv2.INTER_NEAREST_EXACT if labels else cv2.INTER_LINEAR
    enlarged = cv2.resize(image, (wide, tall), interpolation=method)
    y = int(top * (tall - height + 1))
    x = int(left * (wide - width + 1))
    piece = enlarged[y : y + height, x : x + width]
    # NumPy's reversed copy takes forty times as long.
    return cv2.flip(piece, 1) if mirrored else piece


def resize_jitter(image: np.ndarray) -> np.ndarray:
    """The tutorial's jitter: 30 pixels larger by nearest neighbour, bilinearly back.

    Args:
        image: uint8 or uint16 (H, W, 3).

    Returns:
        float32 (H, W, 3) in [-1, 1], what `ReadTrainExample` makes of it.
    """
    height, width, _ = image.shape
    places = _compute_nearest(
        height, width, height + JITTER_MARGIN, width + JITTER_MARGIN
    )
    enlarged = cv2.remap(image, places, None, cv2.INTER_NEAREST)
    return cv2.resize(scale_array(enlarged), (width, height))


@functools.lru_cache(maxsize=1)
def _compute_nearest(height, width, new_height, new_width):
    """Where each new pixel comes from, int16 (new_height, new_width, 2), x and y.

    OpenCV's own nearest neighbour decides some ties otherwise than TensorFlow's.
    """
    y, x = (
        np.floor((np.arange(new, dtype=np.float32) + 0.5) * np.float32(old / new))
        for old, new in ((height, new_height), (width, new_width))
    )
    return np.stack(np.meshgrid(x, y), axis=-1).astype(np.int16)


def scale_array(image: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Brings uint8 or uint16 to float32 in [-1, 1], to the bit as the model does.

    Args:
        image: any shape.
        out: float32, where to.
    """
    half = np.float32(np.iinfo(image.dtype).max / 2)
    out = np.divide(image, half, out=out, dtype=np.float32, casting="unsafe")
    return np.subtract(out, np.float32(1), out=out)
