"""Memory for batches, taken again once nobody holds the batch that was in it."""

import weakref

import numpy as np

ALIGNMENT = 64  # bytes; TensorFlow copies what is aligned to less


class Buffers:
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
