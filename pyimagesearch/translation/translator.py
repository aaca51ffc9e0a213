"""A trained generator, ready for images of any size."""

import functools
import itertools
from collections.abc import Iterable, Iterator

import keras
import numpy as np

from pyimagesearch import config
from pyimagesearch.data_preprocess import scale_images
from pyimagesearch.networks.image_sizes import compute_total_stride, make_resizable
from pyimagesearch.networks.receptive_field import measure_context
from pyimagesearch.translation.generator import create_predictor
from pyimagesearch.translation.tiling import Tiling, translate_tiles
from pyimagesearch.visualization import to_uint8


class Translator:
    """Makes pictures of images.

    Batches are filled up to a size that follows from that of their images: kernels
    round otherwise for other shapes, and a picture must not depend on what else is
    translated with it.

    Args:
        generator: from (B, H, W, 3) to (B, H, W, 3), both in [-1, 1].
        batch_size: images of config.IMAGE_HEIGHT x config.IMAGE_WIDTH pixels; of
            larger ones, as many as have no more pixels, and one at least.
        tile: pixels, of the side from which on images are cut; 0 for none.

    Attributes:
        stride: the generator's total stride, in pixels.
        tiling: how larger images are cut, None for not at all.
    """

    def __init__(self, generator: keras.Model, batch_size: int, tile: int):
        self._generator = make_resizable(generator)
        self._batch_size = batch_size
        self.stride = compute_total_stride(self._generator)
        self.tiling = None
        if tile:
            self.tiling = Tiling(tile, self.stride, measure_context(self._generator))
        self._predictor = functools.cache(
            functools.partial(create_predictor, self._generator)
        )

    def is_tiled(self, image: np.ndarray) -> bool:
        """Whether a padded image is too large to go through in one piece."""
        return self.tiling is not None and max(image.shape[:2]) > self.tiling.tile

    def batch_size(self, image: np.ndarray) -> int:
        """How many images of this shape go through together."""
        pixels = config.IMAGE_HEIGHT * config.IMAGE_WIDTH * self._batch_size
        fitting = pixels // (image.shape[0] * image.shape[1])
        return max(1, min(fitting, self._batch_size))

    def pictures(self, images: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Makes pictures of whole images, batch by batch.

        Args:
            images: uint8 or uint16 (H, W, 3), of one shape and dtype, H and W
                multiples of `stride`.

        Yields:
            float32 (H, W, 3) in [-1, 1], in the order of the images.

        Raises:
            UserError: where a picture is not finite.
        """
        images = iter(images)
        for first in images:
            number = self.batch_size(first)
            batch = [first, *itertools.islice(images, number - 1)]
            yield from self._predictor(number)(scale_images(np.stack(batch)))

    def tiled(self, image: np.ndarray) -> np.ndarray:
        """Makes the picture of an image that is too large for one piece.

        Args:
            image: as of `pictures`.

        Returns:
            uint8 (H, W, 3): as floats, it would take four times the memory.
        """
        rows = translate_tiles(self.pictures, image, self.tiling)
        return np.concatenate([to_uint8(some) for some in rows])
