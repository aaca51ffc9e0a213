"""Translate large images in overlapping tiles."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from pyimagesearch.networks.receptive_field import Context


def round_up(number: int, stride: int) -> int:
    """The smallest multiple of `stride` that is not below `number`."""
    return -(-number // stride) * stride


def pad_to_multiple(image: np.ndarray, stride: int) -> np.ndarray:
    """Fills an image up at its bottom and its right to multiples of `stride`.

    With its own reflection; a side too short for that has its last pixels repeated.

    Args:
        image: (H, W, 3) of any dtype.
        stride: pixels.
    """
    for axis in (0, 1):
        length = image.shape[axis]
        missing = round_up(length, stride) - length
        if missing:
            widths = [(0, 0)] * 3
            widths[axis] = 0, missing
            mode = "reflect" if missing < length else "edge"
            image = np.pad(image, widths, mode)
    return image


SEAM = 32  # pixels, over which one tile goes over into the next


class Tiling:
    """How images are cut.

    Tiles begin at multiples of the stride, so that the network's poolings fall as they
    do in the whole image, and overlap. Of a tile only the pixels whose context lies in
    it are used, but for those at the image's own border, if the tile is large enough
    to have any; the seams go over linearly.

    Args:
        tile: pixels, the side of a tile at most; brought to a multiple of `stride`,
            two of them at least.
        stride: the network's total stride.
        context: the network's.

    Attributes:
        tile: pixels.
        exact: whether the tiled picture is that of the whole image, up to rounding.
    """

    def __init__(self, tile: int, stride: int, context: Context):
        self.tile = round_up(max(tile, 2 * stride), stride)
        self._stride = stride
        enough = round_up(2 * context.pixels + SEAM, stride)
        self._overlap = min(enough, self.tile // 2 // stride * stride)
        fits = self._overlap == enough
        self._margin = context.pixels if fits else self._overlap // 4
        self.exact = fits and context.bounded

    def along(self, length: int) -> tuple[list[int], int]:
        """Cuts a side: into as few tiles as it takes, and these as small as they can.

        Args:
            length: pixels, a multiple of the stride.

        Returns:
            Where the tiles begin, and their length.
        """
        if length <= self.tile:
            return [0], length
        overlap = self._overlap
        number = -(-(length - overlap) // (self.tile - overlap))
        side = -(-(length + (number - 1) * overlap) // number)
        side = round_up(side, self._stride)
        step = side - overlap
        return [min(i * step, length - side) for i in range(number)], side

    def weights(self, starts: list[int], side: int, length: int) -> np.ndarray:
        """How much each tile of a side counts, at each of its pixels.

        Args:
            starts: of `along`.
            side: likewise.
            length: as given to `along`.

        Returns:
            float32 (len(starts), side), which sum to 1 over the tiles at every pixel.
        """
        pixel = np.arange(side)
        weights = np.full((len(starts), side), float(length))
        total = np.zeros(length)
        for weight, start in zip(weights, starts, strict=True):
            if start > 0:
                weight[:] = np.minimum(weight, pixel + 1 - self._margin)
            if start + side < length:
                weight[:] = np.minimum(weight, side - pixel - self._margin)
            weight[:] = weight.clip(0)
            total[start : start + side] += weight
        for weight, start in zip(weights, starts, strict=True):
            weight /= total[start : start + side]
        return weights.astype(np.float32)


def translate_tiles(
    predict: Callable[[Iterable[np.ndarray]], Iterable[np.ndarray]],
    image: np.ndarray,
    tiling: Tiling,
) -> Iterator[np.ndarray]:
    """Makes the picture of an image tile by tile.

    Args:
        predict: makes float32 (h, w, 3) pictures of images of one size, in order.
        image: (H, W, 3), multiples of the stride.
        tiling: how to cut it.

    Yields:
        The picture from top to bottom, a few rows at a time, float32 (h, W, 3).
    """
    height, width, channels = image.shape
    tops, tile_height = tiling.along(height)
    lefts, tile_width = tiling.along(width)
    down = tiling.weights(tops, tile_height, height)[..., None, None]
    across = tiling.weights(lefts, tile_width, width)[..., None]

    rows = np.zeros((tile_height, width, channels), np.float32)
    for top, below, weight in zip(tops, [*tops[1:], height], down, strict=True):
        strip = image[top : top + tile_height]
        tiles = (strip[:, left : left + tile_width] for left in lefts)
        for number, picture in enumerate(predict(tiles)):
            left = lefts[number]
            rows[:, left : left + tile_width] += picture * across[number] * weight
        done = below - top
        yield rows[:done]
        begun = rows[done:]
        rows = np.zeros_like(rows)
        rows[: len(begun)] = begun
