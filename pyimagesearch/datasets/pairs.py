"""Read pairs at the working size: one by one, or all of them into memory."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import keras
import numpy as np
import psutil

from pyimagesearch import config
from pyimagesearch.cli import info, progbar_verbose
from pyimagesearch.datasets.folders import Pair
from pyimagesearch.datasets.image_files import has_16_bits, read_image
from pyimagesearch.errors import UserError


class PairFiles:
    """Pairs that are read from their files when they are indexed.

    Side A is the left half of a pair, side B the right half. Images of another size
    are resized: label maps by nearest neighbour, photos with antialiasing.

    Args:
        pairs: list of Pair.
        height, width: int, the working size of one side in pixels.
        label_side: "A" or "B" if that side is a map of flat colours, else None.

    Attributes:
        shape: tuple of int, (pairs, height, 2 * width, 3).
        dtype: dtype of all pairs: uint16 if any file has 16 bits per channel, else
            uint8.
    """

    def __init__(
        self, pairs: list[Pair], height: int, width: int, label_side: str | None = None
    ):
        self.pairs = pairs
        self.shape = (len(pairs), height, 2 * width, 3)
        self.label_side = label_side
        files = (path for pair in pairs for path in pair[1:] if path)
        self.dtype = np.dtype(np.uint16 if any(map(has_16_bits, files)) else np.uint8)

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> np.ndarray:
        """Read a pair as an array (height, 2 * width, 3) of `dtype`."""
        _, height, width, _ = self.shape
        pair = read_pair(self.pairs[index], height, width // 2, self.label_side)
        return to_uint16(pair) if self.dtype == np.uint16 else pair


def read_pair(
    pair: Pair, height: int, width: int, label_side: str | None = None
) -> np.ndarray:
    """Read a pair at the working size.

    Args:
        pair: Pair.
        height, width, label_side: see `PairFiles`.

    Returns:
        RGB array (height, 2 * width, 3), side A on the left: uint16 if one of the
        sides is, else uint8.

    Raises:
        UserError: if a file cannot be read, or if the width of a side-by-side image is
            odd.
    """
    if pair.right is None:
        both = read_image(pair.left)
        if both.shape[:2] == (height, 2 * width):
            return both
        sides = split_halves(both, pair.left)
    else:
        sides = read_image(pair.left), read_image(pair.right)
    sides = [
        resize_image(image, height, width, labels=side == label_side)
        for side, image in zip("AB", sides, strict=True)
    ]
    if sides[0].dtype != sides[1].dtype:
        sides = [to_uint16(side) for side in sides]
    return np.concatenate(sides, axis=1)


def to_uint16(image: np.ndarray) -> np.ndarray:
    """Scale a uint8 image from [0, 255] to uint16 in [0, 65535]; keep a uint16 one."""
    return image if image.dtype == np.uint16 else image.astype(np.uint16) * 257


def split_halves(image: np.ndarray, path: Path | str) -> tuple[np.ndarray, np.ndarray]:
    """Split a side-by-side image at half its width.

    Args:
        image: array (H, 2W, 3).
        path: Path or str, its file, for the message.

    Returns:
        tuple of two arrays (H, W, 3), the left and the right half.

    Raises:
        UserError: if the width is odd.
    """
    width = image.shape[1]
    if width % 2:
        raise UserError(
            f"{path} is {width} pixels wide: a side-by-side image needs an even width, "
            "for two halves of the same size"
        )
    return image[:, : width // 2], image[:, width // 2 :]


def resize_image(
    image: np.ndarray, height: int, width: int, labels: bool
) -> np.ndarray:
    """Resize an image unless it has the new size already.

    Args:
        image: uint8 or uint16 array (H, W, 3).
        height, width: int, the new size in pixels.
        labels: bool, whether the image is a label map. A label map is resized by
            nearest neighbour, which creates no new colours, a photo with antialiasing.

    Returns:
        Array (height, width, 3) of the dtype of `image`.
    """
    if image.shape[:2] == (height, width):
        return image
    if labels:
        method = cv2.INTER_NEAREST_EXACT
    elif height * width < image.shape[0] * image.shape[1]:
        method = cv2.INTER_AREA
    else:
        method = cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=method)


def load_into_memory(files: PairFiles) -> np.ndarray:
    """Decode all pairs into memory, and show a progress bar.

    Returns:
        Array of `files.shape` and `files.dtype`.

    Raises:
        UserError: if a file cannot be read.
    """
    images = np.empty(files.shape, files.dtype)
    bar = keras.utils.Progbar(len(files), verbose=progbar_verbose(), unit_name="pair")

    def decode(index: int) -> None:
        images[index] = files[index]

    with ThreadPoolExecutor() as pool:
        for _ in pool.map(decode, range(len(files))):
            bar.add(1)
    return images


def open_pairs(files: PairFiles, cache: str = config.CACHE) -> PairFiles | np.ndarray:
    """Decode the pairs into memory if they fit; print which was chosen.

    Args:
        files: PairFiles.
        cache: "memory", "none" or "auto". With "auto", the pairs are decoded into
            memory if they take at most `config.CACHE_SHARE` of the free memory.

    Returns:
        Array of all pairs, or `files` itself. Indexed by an int, both return one pair
        (H, 2W, 3).

    Raises:
        UserError: if a file cannot be read, for pairs that are decoded into memory.
    """
    size = np.prod(files.shape, dtype=np.int64) * files.dtype.itemsize
    free = psutil.virtual_memory().available
    fits = size <= config.CACHE_SHARE * free
    if cache == "none" or (cache == "auto" and not fits):
        info(f"decoding {len(files)} pairs from their files at every use")
        return files
    info(
        f"decoding {len(files)} pairs into {size / 1e9:.2f} GB of memory, "
        f"{size / free:.0%} of the free memory"
    )
    return load_into_memory(files)
