"""A trained generator for images of any size."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator

import keras
import numpy as np

from pyimagesearch import config
from pyimagesearch.datasets.side_formats import RGB, PairFormat
from pyimagesearch.networks.image_sizes import compute_total_stride, make_resizable
from pyimagesearch.networks.receptive_field import measure_context
from pyimagesearch.translation.generator import create_predictor
from pyimagesearch.translation.sampling import make_noisy
from pyimagesearch.translation.tiling import Tiling, pad_to_multiple, translate_tiles


class Translator:
    """Translates images of any size.

    Batches are padded to a length that depends only on the image size. Kernels round
    differently for other shapes, and the result for an image must not depend on the
    other images that are translated with it.

    Args:
        generator: keras.Model, maps (B, H, W, C) to (B, H, W, D), both in [-1, 1].
        batch_size: int, the batch size for images of config.IMAGE_HEIGHT x
            config.IMAGE_WIDTH pixels. Batches of larger images hold no more pixels
            than that, but at least one image.
        tile: int, in pixels; images with a longer side are tiled. 0 never tiles.
        formats: PairFormat, what the values of inputs and results are.
        seed: int, the seed of the samples; None if `translate` draws none.

    Attributes:
        formats: PairFormat.
        stride: int, the total stride of the generator in pixels.
        tiling: Tiling or None, how larger images are cut; None never tiles.

    Raises:
        UserError: if the generator accepts one size only, or has no dropout and a seed
            is given.
    """

    def __init__(
        self,
        generator: keras.Model,
        batch_size: int,
        tile: int,
        formats: PairFormat = RGB,
        seed: int | None = None,
    ):
        self.formats = formats
        self._generator = make_resizable(generator)
        self._batch_size = batch_size
        self.stride = compute_total_stride(self._generator)
        self.tiling = None
        if tile:
            self.tiling = Tiling(tile, self.stride, measure_context(self._generator))
        self._get_predictor = _cache_predictors(self._generator)
        if seed is not None:
            noisy, self._noise = make_noisy(self._generator, seed)
            self._get_noisy_predictor = _cache_predictors(noisy)

    def is_tiled(self, image: np.ndarray) -> bool:
        """Return whether a padded image (H, W, C) is translated in tiles."""
        return self.tiling is not None and max(image.shape[:2]) > self.tiling.tile

    def compute_batch_size(self, image: np.ndarray) -> int:
        """Return the batch size for images of the shape of `image` (H, W, C)."""
        pixels = config.IMAGE_HEIGHT * config.IMAGE_WIDTH * self._batch_size
        fitting = pixels // (image.shape[0] * image.shape[1])
        return max(1, min(fitting, self._batch_size))

    def translate(
        self, images: Iterable[np.ndarray], sample: int | None = None
    ) -> Iterator[np.ndarray]:
        """Translate whole images, batch by batch.

        Args:
            images: iterable of arrays (H, W, C) of one shape and dtype, as the format
                of the inputs stores them, with H and W multiples of `stride`.
            sample: int, the number of the sample to draw, with dropout; None for no
                dropout.

        Yields:
            float32 array (H, W, D) in [-1, 1] for every image, in order.

        Raises:
            UserError: if the generator outputs NaN or infinite values.
        """
        images = iter(images)
        for first in images:
            size = self.compute_batch_size(first)
            batch = [first, *itertools.islice(images, size - 1)]
            side_format = self.formats.input.match_depth(first.dtype.name)
            yield from self._predict(side_format.scale(np.stack(batch)), size, sample)

    def _predict(self, batch: np.ndarray, size: int, sample: int | None) -> np.ndarray:
        if sample is None:
            return self._get_predictor(size)(batch)
        self._noise.set_sample(sample)
        return self._get_noisy_predictor(size)(batch)

    def translate_image(self, image: np.ndarray) -> np.ndarray:
        """Translate one image of any size, in tiles if it is large.

        Args:
            image: array (H, W, C), as the format of the inputs stores it.

        Returns:
            Array (H, W, D) in the units and the dtype of the targets.

        Raises:
            UserError: if the generator outputs NaN or infinite values.
        """
        height, width = image.shape[:2]
        padded = pad_to_multiple(image, self.stride)
        if self.is_tiled(padded):
            return self.translate_tiled(padded)[:height, :width]
        (result,) = self.translate([padded])
        return self.formats.target.restore(result[:height, :width])

    def translate_tiled(self, image: np.ndarray) -> np.ndarray:
        """Translate one large image in tiles.

        Args:
            image: array (H, W, C), as the format of the inputs stores it, with H and W
                multiples of `stride`.

        Returns:
            Array (H, W, D) in the units and the dtype of the targets: floats would
            need more memory than 8 or 16 bits.
        """
        rows = translate_tiles(self.translate, image, self.tiling)
        return np.concatenate(list(map(self.formats.target.restore, rows)))


def _cache_predictors(generator: keras.Model) -> Callable:
    """Return a function that creates a predictor by batch size, each one once."""
    return functools.cache(functools.partial(create_predictor, generator))
