"""A trained generator for images of any size."""

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
    """Translates images of any size.

    Batches are padded to a length that depends only on the image size. Kernels round
    differently for other shapes, and the result for an image must not depend on the
    other images that are translated with it.

    Args:
        generator: keras.Model, maps (B, H, W, 3) to (B, H, W, 3), both in [-1, 1].
        batch_size: int, the batch size for images of config.IMAGE_HEIGHT x
            config.IMAGE_WIDTH pixels. Batches of larger images hold no more pixels
            than that, but at least one image.
        tile: int, in pixels; images with a longer side are tiled. 0 never tiles.

    Attributes:
        stride: int, the total stride of the generator in pixels.
        tiling: Tiling or None, how larger images are cut; None never tiles.
    """

    def __init__(self, generator: keras.Model, batch_size: int, tile: int):
        self._generator = make_resizable(generator)
        self._batch_size = batch_size
        self.stride = compute_total_stride(self._generator)
        self.tiling = None
        if tile:
            self.tiling = Tiling(tile, self.stride, measure_context(self._generator))
        self._get_predictor = functools.cache(
            functools.partial(create_predictor, self._generator)
        )

    def is_tiled(self, image: np.ndarray) -> bool:
        """Return whether a padded image (H, W, 3) is translated in tiles."""
        return self.tiling is not None and max(image.shape[:2]) > self.tiling.tile

    def compute_batch_size(self, image: np.ndarray) -> int:
        """Return the batch size for images of the shape of `image` (H, W, 3)."""
        pixels = config.IMAGE_HEIGHT * config.IMAGE_WIDTH * self._batch_size
        fitting = pixels // (image.shape[0] * image.shape[1])
        return max(1, min(fitting, self._batch_size))

    def translate(self, images: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Translate whole images, batch by batch.

        Args:
            images: iterable of uint8 or uint16 arrays (H, W, 3) of one shape and
                dtype, with H and W multiples of `stride`.

        Yields:
            float32 array (H, W, 3) in [-1, 1] for every image, in order.

        Raises:
            UserError: if the generator outputs NaN or infinite values.
        """
        images = iter(images)
        for first in images:
            size = self.compute_batch_size(first)
            batch = [first, *itertools.islice(images, size - 1)]
            yield from self._get_predictor(size)(scale_images(np.stack(batch)))

    def translate_tiled(self, image: np.ndarray) -> np.ndarray:
        """Translate one large image in tiles.

        Args:
            image: uint8 or uint16 array (H, W, 3), with H and W multiples of `stride`.

        Returns:
            uint8 array (H, W, 3); floats would need four times the memory.
        """
        rows = translate_tiles(self.translate, image, self.tiling)
        return np.concatenate([to_uint8(some) for some in rows])
