"""Pairs as pixels at the working size: read one by one, or held decoded in memory."""

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
    """The pairs like an array of (pairs, H, 2W, 3), decoded as they are indexed.

    Side A is the left half, side B the right. Images of another size are brought to
    the working size: label maps by nearest neighbour, photos with antialiasing.

    Args:
        pairs: the files.
        height: pixels.
        width: pixels, of one side.
        label_side: "A" or "B" where that side is a map of flat colours, else None.

    Attributes:
        shape: (pairs, H, 2W, 3).
        dtype: uint8, or uint16 where any of the files has 16 bits a channel; the
            others' values are then spread over the 16 bits.
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
        """Reads the pair at `index`, as `dtype` (H, 2W, 3)."""
        _, height, width, _ = self.shape
        pair = read_pair(self.pairs[index], height, width // 2, self.label_side)
        return to_uint16(pair) if self.dtype == np.uint16 else pair


def read_pair(
    pair: Pair, height: int, width: int, label_side: str | None = None
) -> np.ndarray:
    """Reads a pair at the working size.

    Args:
        pair: its file or files.
        height: pixels.
        width: pixels, of one side.
        label_side: "A" or "B" where that side is a map of flat colours, else None.

    Returns:
        RGB (height, 2 * width, 3), side A on the left; uint16 where one of the sides
        is, else uint8.

    Raises:
        UserError: where a file cannot be read, or is no pair.
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
    """The image as uint16: 8-bit values spread over [0, 65535]."""
    return image if image.dtype == np.uint16 else image.astype(np.uint16) * 257


def split_halves(image: np.ndarray, path: Path | str) -> tuple[np.ndarray, np.ndarray]:
    """Splits a side-by-side image (H, 2W, 3) at half its width."""
    width = image.shape[1]
    if width % 2:
        raise UserError(
            f"{path} is {width} pixels wide: a side-by-side pair has two halves of one "
            f"width, so an even number"
        )
    return image[:, : width // 2], image[:, width // 2 :]


def resize_image(
    image: np.ndarray, height: int, width: int, labels: bool
) -> np.ndarray:
    """Brings an image (H, W, 3) to (height, width, 3), and leaves it if it is that.

    Args:
        image: uint8 or uint16.
        height: pixels.
        width: pixels.
        labels: by nearest neighbour, so that no colour is made up.
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
    """Decodes all pairs, with a progress bar, into one array of `files.shape`."""
    images = np.empty(files.shape, files.dtype)
    progress = keras.utils.Progbar(
        len(files), verbose=progbar_verbose(), unit_name="pair"
    )

    def decode(index: int) -> None:
        images[index] = files[index]

    with ThreadPoolExecutor() as pool:
        for _ in pool.map(decode, range(len(files))):
            progress.add(1)
    return images


def open_pairs(files: PairFiles, cache: str = config.CACHE) -> PairFiles | np.ndarray:
    """Holds the pairs in memory where they fit, and says so.

    Args:
        files: the pairs.
        cache: "memory", "none", or "auto": in memory if that takes no more than
            `config.CACHE_SHARE` of what is free.

    Returns:
        The decoded array, or `files` itself: either gives a pair `dtype` (H, 2W, 3)
        when indexed by an int.
    """
    size = np.prod(files.shape, dtype=np.int64) * files.dtype.itemsize
    free = psutil.virtual_memory().available
    fits = size <= config.CACHE_SHARE * free
    if cache == "none" or (cache == "auto" and not fits):
        info(f"decoding {len(files)} pairs as they are needed")
        return files
    info(
        f"decoding {len(files)} pairs into {size / 1e9:.2f} GB of memory, "
        f"{size / free:.0%} of what is free"
    )
    return load_into_memory(files)
