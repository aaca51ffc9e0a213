"""Memory comes back when a batch is dropped, and never before."""

import gc

import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.datasets.stream import ALIGNMENT, BufferPool

BYTES = np.dtype(np.uint8)


def address(array):
    return array.ctypes.data


@pytest.fixture(autouse=True)
def no_cycles():
    gc.collect()


def test_arrays_are_aligned_and_as_asked_for():
    for shape in ((3,), (2, 5, 7), (64, 64)):
        array = BufferPool().empty(shape, np.dtype(np.float32))
        assert (array.shape, array.dtype) == (shape, np.float32)
        assert array.flags.c_contiguous and array.flags.writeable
        assert address(array) % ALIGNMENT == 0


def test_what_is_dropped_is_used_again():
    buffers = BufferPool()
    array = buffers.empty((1000,), BYTES)
    first = address(array)
    del array
    assert address(buffers.empty((1000,), BYTES)) == first


def test_what_is_held_is_not():
    buffers = BufferPool()
    one, other = (buffers.empty((1000,), BYTES) for _ in range(2))
    one[:], other[:] = 1, 2
    assert (one == 1).all()


def test_a_view_holds_its_array():
    buffers = BufferPool()
    view = buffers.empty((1000,), BYTES).reshape(10, 100)[3]
    view[:] = 7
    buffers.empty((1000,), BYTES)[:] = 0
    assert (view == 7).all()


def test_memory_that_is_too_small_is_replaced():
    buffers = BufferPool()
    buffers.empty((10,), BYTES)
    assert buffers.empty((1000,), BYTES).size == 1000


def test_tensors_hold_their_memory_and_share_it():
    buffers, seen = BufferPool(), []

    def numbered(number):
        array = buffers.empty((4096,), BYTES)
        array[:] = number
        seen.append(address(array))
        return array

    numbers = tf.data.Dataset.range(64).map(
        lambda number: tf.numpy_function(numbered, [number], tf.uint8)
    )
    held = list(numbers.take(20))
    for number, tensor in enumerate(held):
        assert (tensor.numpy() == number).all()
    taken = set(seen)
    assert len(taken) == 20
    assert {address(np.asarray(memoryview(tensor))) for tensor in held} == taken

    del held, tensor
    for number, tensor in enumerate(numbers):
        assert (tensor.numpy() == number).all()
    # TensorFlow lets go a little late, so it takes a few more than the 20, not 64.
    assert len(buffers._free) < 30
