"""The order of the training pairs and their augmentation, from a seed and a position.

Position i of a run's stream lies in pass i // pairs over the set. All that chance
decides about a pass is drawn at once from (seed, pass), so any position can be looked
up without the ones before it: a run can start anywhere, and its workers agree.
"""

import functools
from typing import NamedTuple

import cv2
import numpy as np

JITTER = 286 / 256  # the paper's section 6.2: enlarged to 286, of which 256 are kept


class Pass(NamedTuple):
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
def drawn_pass(pairs: int, seed: int, number: int) -> Pass:
    """Draws the `number`-th pass over a set of `pairs` pairs."""
    rng = np.random.default_rng([seed, number])
    return Pass(
        order=rng.permutation(pairs),
        top=rng.random(pairs),
        left=rng.random(pairs),
        mirrored=rng.random(pairs) < 0.5,
    )


class TrainStream:
    """Batches of training pairs, each a pure function of (seed, step).

    Args:
        images: gives (n, H, 2W, 3) when indexed by int (n,).
        batch_size: pairs.
        seed: a non-negative int.
        crop: enlarge by 286/256, crop at random and mirror at random, both sides
            alike (the paper's section 6.2).
        label_side: "A" or "B" where that side is a map of flat colours: it is
            enlarged by nearest neighbour, a photo bilinearly.
    """

    def __init__(self, images, batch_size, seed, *, crop=False, label_side=None):
        self.images = images
        self.batch_size = batch_size
        self.seed = seed
        self.crop = crop
        self.label_side = label_side

    def batch(self, step: int) -> np.ndarray:
        """The batch of one step, (batch_size, H, 2W, 3) of the images' dtype."""
        first = int(step) * self.batch_size
        positions = range(first, first + self.batch_size)
        drawn = [self._drawn(position) for position in positions]
        images = self.images[np.array([pair for pair, *_ in drawn])]
        if self.crop:
            for image, (_, top, left, mirrored) in zip(images, drawn, strict=True):
                self._crop(image, top, left, mirrored)
        return images

    def _drawn(self, position: int):
        """The pair at a position, and its crop: (pair, top, left, mirrored)."""
        number, place = divmod(position, len(self.images))
        drawn = drawn_pass(len(self.images), self.seed, number)
        return [values[place] for values in drawn]

    def _crop(self, image, top, left, mirrored):
        """Crops and mirrors both sides of a pair (H, 2W, 3), in place."""
        height, width = image.shape[0], image.shape[1] // 2
        tall, wide = round(height * JITTER), round(width * JITTER)
        y = int(top * (tall - height + 1))
        x = int(left * (wide - width + 1))
        for side, half in zip("AB", np.split(image, 2, axis=1), strict=True):
            labels = side == self.label_side
            method = cv2.INTER_NEAREST_EXACT if labels else cv2.INTER_LINEAR
            enlarged = cv2.resize(half, (wide, tall), interpolation=method)
            cropped = enlarged[y : y + height, x : x + width]
            half[:] = cropped[:, ::-1] if mirrored else cropped
