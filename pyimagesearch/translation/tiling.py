"""Translate large images in overlapping tiles."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from pyimagesearch.networks.receptive_field import Context


def round_up(number: int, stride: int) -> int:
    """Round an integer up to a multiple of `stride`."""
    return -(-number // stride) * stride


def pad_to_multiple(image: np.ndarray, stride: int) -> np.ndarray:
    """Pad an image at the bottom and at the right to multiples of `stride`.

    The padding reflects the image. If a side is too short for that, its last pixels are
    repeated.

    Args:
        image: array (H, W, C) of any dtype.
        stride: int, in pixels.

    Returns:
        array (H', W', C) of the same dtype, with H' and W' multiples of `stride`.
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


BLEND = 32  # pixels over which neighbouring tiles are blended


class Tiling:
    """Computes where the tiles of an image lie and how they are blended.

    Tiles start at multiples of the stride, so that strided layers see the same grid as
    in the whole image. Neighbouring tiles overlap. Only the pixels of a tile whose
    context lies inside the tile (or beyond the image border) contribute, provided that
    the tile is large enough. Neighbouring tiles are blended linearly.

    Args:
        tile: int, the maximum side of a tile in pixels; rounded up to a multiple of
            `stride`, and to at least two strides.
        stride: int, the total stride of the network in pixels.
        context: Context, the receptive field of the network.

    Attributes:
        is_exact: bool, whether tiling gives the same result as the whole image, up to
            rounding.
    """

    def __init__(self, tile: int, stride: int, context: Context):
        self.tile = round_up(max(tile, 2 * stride), stride)
        self._stride = stride
        needed = round_up(2 * context.pixels + BLEND, stride)
        self._overlap = min(needed, self.tile // 2 // stride * stride)
        has_room = self._overlap == needed
        self._margin = context.pixels if has_room else self._overlap // 4
        self.is_exact = has_room and context.bounded

    def place_tiles(self, length: int) -> tuple[list[int], int]:
        """Place tiles along one side of an image: as few and as small as possible.

        Args:
            length: int, the side of the image in pixels, a multiple of the stride.

        Returns:
            tuple (starts, side): list of int, the first pixel of each tile, and int,
            the side of every tile in pixels.
        """
        if length <= self.tile:
            return [0], length
        overlap = self._overlap
        number = -(-(length - overlap) // (self.tile - overlap))
        side = -(-(length + (number - 1) * overlap) // number)
        side = round_up(side, self._stride)
        step = side - overlap
        return [min(i * step, length - side) for i in range(number)], side

    def compute_weights(self, starts: list[int], side: int, length: int) -> np.ndarray:
        """Compute the blending weights of the tiles along one side.

        Args:
            starts, side: as returned by `place_tiles`.
            length: int, the side of the image in pixels.

        Returns:
            float32 array (len(starts), side). At every pixel of the image, the weights
            of the tiles sum to 1.
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
    """Translate an image tile by tile.

    Args:
        predict: callable, translates an iterable of images of one size, in order, to
            float32 arrays (h, w, D).
        image: array (H, W, C), with H and W multiples of the stride.
        tiling: Tiling, how to cut the image.

    Yields:
        float32 array (h, W, D), a few rows of the result at a time, from top to bottom.
    """
    height, width, _ = image.shape
    tops, tile_height = tiling.place_tiles(height)
    lefts, tile_width = tiling.place_tiles(width)
    weights_y = tiling.compute_weights(tops, tile_height, height)[..., None, None]
    weights_x = tiling.compute_weights(lefts, tile_width, width)[..., None]

    rows = None
    for top, next_top, weight in zip(tops, [*tops[1:], height], weights_y, strict=True):
        strip = image[top : top + tile_height]
        tiles = (strip[:, left : left + tile_width] for left in lefts)
        for number, result in enumerate(predict(tiles)):
            if rows is None:
                rows = np.zeros((tile_height, width, result.shape[2]), np.float32)
            left = lefts[number]
            rows[:, left : left + tile_width] += result * weights_x[number] * weight
        finished = next_top - top
        yield rows[:finished]
        unfinished = rows[finished:]
        rows = np.zeros_like(rows)
        rows[: len(unfinished)] = unfinished
