"""Memory for batches, taken again once nobody holds the batch that was in it."""

import functools
import sys
import weakref
from typing import NamedTuple

import numpy as np

from pyimagesearch.datasets.augmentation import crop_jitter, resize_jitter, scale_array

ALIGNMENT = 64  # bytes; TensorFlow copies what is aligned to less


class BufferPool:
    """Gives arrays whose memory comes back when they are dropped.

    A batch of floats is tens of megabytes. Asked of the system anew each time, its
    pages cost more than what is computed in them.
    """

    def __init__(self):
        self._free: list[bytearray] = []  # append and pop are atomic

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """An array of any content, whose memory nothing else uses while it lives."""
        size = int(np.prod(shape)) * dtype.itemsize + ALIGNMENT
        memory = self._free.pop() if self._free else bytearray(size)
        if len(memory) < size:
            memory = bytearray(size)
        address = np.frombuffer(memory, np.uint8).ctypes.data
        array = np.ndarray(shape, dtype, memory, offset=-address % ALIGNMENT)
        # A view of the array keeps the array alive, since its base is no array.
        weakref.finalize(array, self._free.append, memory)
        return array


class ShuffledPass(NamedTuple):
    """What chance decides about one pass over a set of n pairs.

    Attributes:
        order: int64 (n,), a permutation: the pair at each position.
        top: float64 (n,) in [0, 1), where the crop lies in the room that there is.
        left: likewise.
        mirrored: bool (n,).
    """

    order: np.ndarray
    top: np.ndarray
    left: np.ndarray
    mirrored: np.ndarray


@functools.lru_cache(maxsize=4)  # a batch may straddle two passes, in two workers
def draw_pass(pairs: int, seed: int, number: int) -> ShuffledPass:
    """Draws the `number`-th pass over a set of `pairs` pairs."""
    rng = np.random.default_rng([seed, number])
    return ShuffledPass(
        order=rng.permutation(pairs),
        top=rng.random(pairs),
        left=rng.random(pairs),
        mirrored=rng.random(pairs) < 0.5,
    )


class OrderedPass:
    """Batches of the pairs in their order, the last one smaller where it must be.

    Args:
        images: gives a pair (H, 2W, 3), side A on the left, when indexed by an int,
            and has `shape` (pairs, H, 2W, 3) and `dtype`, uint8 or uint16.
        batch_size: pairs.
        scale: hand out float32 in [-1, 1], not the integers as they are stored.

    Attributes:
        dtype: of the batches.
        steps: how many batches there are.
        fixed_size: the pairs of every batch, None where the last has fewer.
    """

    def __init__(self, images, batch_size: int, *, scale: bool = True):
        self.images = images
        self.batch_size = batch_size
        self.end = len(images)
        self._buffers = BufferPool()
        self.dtype = np.dtype(np.float32) if scale else images.dtype
        self.steps = -(-len(images) // batch_size)
        self.fixed_size = None if len(images) % batch_size else batch_size

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """The batch of one step: sides A and B, each `dtype` (batch, H, W, 3)."""
        first = int(step) * self.batch_size
        positions = range(first, min(first + self.batch_size, self.end))
        _, height, width, channels = self.images.shape
        shape = (len(positions), height, width // 2, channels)
        batch = tuple(self._buffers.empty(shape, self.dtype) for _ in "AB")
        for place, position in enumerate(positions):
            for side, image in zip(batch, self.sides(position), strict=True):
                if side.dtype == image.dtype:
                    side[place] = image
                else:
                    scale_array(image, side[place])
        return batch

    def sides(self, position: int) -> tuple[np.ndarray, np.ndarray]:
        """Sides A and B, each (H, W, 3), of the pair at a position."""
        pair = self.images[position]
        width = pair.shape[1] // 2
        return pair[:, :width], pair[:, width:]


class TrainStream(OrderedPass):
    """Endless batches of training pairs, each a pure function of (seed, step).

    Args:
        images: see `OrderedPass`.
        batch_size: pairs.
        seed: a non-negative int.
        augment: "crop", the paper's random jitter, both sides alike, "resize", the
            tutorial's, which hands out floats whatever `scale` says, or None.
        label_side: "A" or "B" where that side is a map of flat colours.
        scale: see `OrderedPass`.
    """

    def __init__(
        self,
        images,
        batch_size: int,
        seed: int,
        augment: str | None = None,
        label_side: str | None = None,
        *,
        scale: bool = True,
    ):
        super().__init__(images, batch_size, scale=scale or augment == "resize")
        self.end = sys.maxsize
        self.steps = sys.maxsize // batch_size
        self.fixed_size = batch_size
        self.seed = seed
        self.augment = augment
        self.label_side = label_side

    def sides(self, position):
        """Sides A and B, each (H, W, 3), of the pair at a position, augmented."""
        number, place = divmod(position, len(self.images))
        drawn = draw_pass(len(self.images), self.seed, number)
        sides = super().sides(drawn.order[place])
        if self.augment == "resize":
            return tuple(map(resize_jitter, sides))
        if self.augment == "crop":
            chance = drawn.top[place], drawn.left[place], drawn.mirrored[place]
            return tuple(
                crop_jitter(image, *chance, labels=side == self.label_side)
                for side, image in zip("AB", sides, strict=True)
            )
        return sides
