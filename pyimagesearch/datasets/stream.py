"""Streams of batches: ordered, or shuffled and augmented, in reused memory."""

import functools
import sys
import weakref
from typing import NamedTuple

import numpy as np

from pyimagesearch.datasets.augmentation import crop_jitter, resize_jitter
from pyimagesearch.datasets.pairs import PairArrays, PairFiles

ALIGNMENT = 64  # bytes; TensorFlow copies arrays that are aligned to less


class BufferPool:
    """Arrays whose memory is reused after they are garbage-collected.

    Allocating the memory of each batch anew takes longer than computing its content.
    """

    def __init__(self):
        self._free: list[bytearray] = []

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Return an uninitialized array; any thread may call this method.

        Its memory is not reused while the array or a view of it exists.
        """
        size = int(np.prod(shape)) * dtype.itemsize + ALIGNMENT
        try:  # a check before pop() would not be atomic
            memory = self._free.pop()
        except IndexError:
            memory = bytearray(size)
        if len(memory) < size:
            memory = bytearray(size)
        address = np.frombuffer(memory, np.uint8).ctypes.data
        array = np.ndarray(shape, dtype, memory, offset=-address % ALIGNMENT)
        # A view keeps the array alive, because the array's own base is not an array.
        weakref.finalize(array, self._free.append, memory)
        return array


class ShuffledPass(NamedTuple):
    """The random choices of one pass over n pairs, one per position."""

    order: np.ndarray  # int64 (n,), a permutation: the index of each pair
    top: np.ndarray  # float64 (n,) in [0, 1); see `crop_jitter`
    left: np.ndarray  # float64 (n,) in [0, 1)
    mirrored: np.ndarray  # bool (n,)


@functools.lru_cache(maxsize=4)  # two workers may each need two passes
def draw_pass(pairs: int, seed: int, number: int) -> ShuffledPass:
    """Draw the random choices of pass `number`; they depend on the arguments only."""
    rng = np.random.default_rng([seed, number])
    return ShuffledPass(
        order=rng.permutation(pairs),
        top=rng.random(pairs),
        left=rng.random(pairs),
        mirrored=rng.random(pairs) < 0.5,
    )


class Shard(NamedTuple):
    """The replicas of one process, which read their parts of every batch."""

    first: int  # replica of this process
    count: int  # replicas of this process
    total: int  # replicas of all processes


WHOLE = Shard(0, 1, 1)


class OrderedPass:
    """The pairs once, in their order, as batches; the last one may be smaller.

    Args:
        images: PairFiles or PairArrays.
        batch_size: int, pairs per batch.
        scale: bool, whether batches are float32 in [-1, 1] or, for sides that have the
            full range of uint8 or uint16, the stored integers.
        shard: Shard. Each batch then is one part for each replica of this process, and
            a part may be empty.

    Attributes:
        dtypes: tuple of two dtypes, of the batches of sides A and B.
        steps: int, the number of batches, or of their parts.
        fixed_size: int, the size of every batch; None if they differ.
    """

    def __init__(
        self,
        images: PairFiles | PairArrays,
        batch_size: int,
        *,
        scale: bool = True,
        shard: Shard = WHOLE,
    ):
        self.images = images
        self.batch_size = batch_size
        self.shard = shard
        self.start, self.end = 0, len(images)
        self._buffers = BufferPool()
        self._is_unscaled = True  # what `read_sides` returns
        self.dtypes = tuple(
            np.dtype(np.float32) if scale or side.value_range else side.storage
            for side in images.formats
        )
        self.steps = -(-len(images) // batch_size) * shard.count
        self.fixed_size = self._get_fixed_size(len(images))

    def _get_fixed_size(self, pairs: int) -> int | None:
        if pairs % self.batch_size or self.batch_size % self.shard.total:
            return None
        return self.batch_size // self.shard.total

    def locate_part(self, step: int) -> range:
        """Return the positions of the pairs of a batch, or of its part.

        Args:
            step: int, counted from 0; with a `Shard`, over the parts of its replicas.
        """
        step, replica = divmod(int(step), self.shard.count)
        start = self.start + step * self.batch_size
        size = max(0, min(self.batch_size, self.end - start))
        replica += self.shard.first
        first, last = (
            start + size * number // self.shard.total
            for number in (replica, replica + 1)
        )
        return range(first, last)

    def make_batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Make the batch of one step, counted from 0, or its part.

        Returns:
            tuple of two arrays (B, H, W, C) of `dtypes`, sides A and B.
        """
        positions = self.locate_part(step)
        batch = tuple(
            self._buffers.empty((len(positions), *shape), dtype)
            for shape, dtype in zip(self.images.shapes, self.dtypes, strict=True)
        )
        for place, position in enumerate(positions):
            sides = self.read_sides(position)
            for number, side_format in enumerate(self.images.formats):
                if self._is_unscaled and batch[number].dtype == np.float32:
                    side_format.scale(sides[number], batch[number][place])
                else:
                    batch[number][place] = sides[number]
        return batch

    def read_sides(self, position: int) -> tuple[np.ndarray, np.ndarray]:
        """Read sides A and B, each (H, W, C), of the pair at a position."""
        return self.images[position]


class TrainStream(OrderedPass):
    """Endless shuffled batches of training pairs.

    The pair at a position of the stream, and its crop, depend on the seed and the
    position only.

    Args:
        images, batch_size, scale, shard: see `OrderedPass`.
        seed: int, not negative.
        augment: "crop", the paper's random jitter, the same for both sides; "resize",
            the tutorial's jitter, which returns floats whatever `scale` is; or None.
        label_side: "A" or "B" if that side is a map of flat colours, else None.
        start: int, the position of the first pair of step 0.
    """

    def __init__(
        self,
        images,
        batch_size: int,
        seed: int,
        augment: str | None = None,
        label_side: str | None = None,
        *,
        start: int = 0,
        scale: bool = True,
        shard: Shard = WHOLE,
    ):
        scale = scale or augment == "resize"
        super().__init__(images, batch_size, scale=scale, shard=shard)
        self.start, self.end = start, sys.maxsize
        self.steps = (sys.maxsize - start) // batch_size
        self.fixed_size = self._get_fixed_size(batch_size)
        self.seed = seed
        self.augment = augment
        self.label_side = label_side
        self._is_unscaled = augment != "resize"

    def read_sides(self, position):
        """Read sides A and B, each (H, W, C), of a pair, and augment them."""
        number, place = divmod(position, len(self.images))
        drawn = draw_pass(len(self.images), self.seed, number)
        sides = super().read_sides(drawn.order[place])
        if self.augment == "resize":
            return tuple(
                resize_jitter(image, side_format.scale)
                for image, side_format in zip(sides, self.images.formats, strict=True)
            )
        if self.augment == "crop":
            crop = drawn.top[place], drawn.left[place], drawn.mirrored[place]
            return tuple(
                crop_jitter(image, *crop, labels=side == self.label_side)
                for side, image in zip("AB", sides, strict=True)
            )
        return sides
