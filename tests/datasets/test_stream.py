"""Streams of batches, and the pool of buffers that they share."""

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf
from tiny import make_pairs, random_image

from pyimagesearch.data_preprocess import scale_images
from pyimagesearch.datasets.augmentation import crop_jitter, resize_jitter
from pyimagesearch.datasets.stream import (
    ALIGNMENT,
    BufferPool,
    OrderedPass,
    TrainStream,
    draw_pass,
)

BYTES = np.dtype(np.uint8)


def make_numbered_pairs(pairs, size=4):
    """Pairs whose pixels all have the index of the pair."""
    numbers = np.arange(pairs, dtype=np.uint8)[:, None, None, None]
    return make_pairs(numbers * np.ones((1, size, 2 * size, 3), np.uint8))


def read_numbers(stream, steps):
    return np.concatenate([stream.make_batch(step)[0][:, 0, 0, 0] for step in steps])


def test_every_pass_contains_every_pair_once():
    stream = TrainStream(make_numbered_pairs(10), 3, seed=1, scale=False)
    drawn = read_numbers(stream, range(20)).reshape(6, 10)
    assert (np.sort(drawn, axis=1) == np.arange(10)).all()
    assert len({tuple(order) for order in drawn}) == 6


def test_the_order_does_not_depend_on_the_batch_size():
    small, large = (
        TrainStream(make_numbered_pairs(10), size, seed=1, scale=False)
        for size in (2, 5)
    )
    np.testing.assert_array_equal(
        read_numbers(small, range(15)), read_numbers(large, range(6))
    )


def test_the_whole_dataset_is_shuffled():
    order = draw_pass(10_000, seed=1, number=0).order
    moved = np.abs(order - np.arange(10_000))
    assert 3000 < moved.mean() < 3700  # a third of the dataset, on average


def test_the_order_depends_on_the_seed():
    def draw(seed):
        return read_numbers(
            TrainStream(make_numbered_pairs(50), 50, seed, scale=False), [0]
        ).tolist()

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


@pytest.mark.parametrize("augment", [None, "crop", "resize"])
def test_a_batch_does_not_depend_on_earlier_batches(augment):
    images = np.stack([random_image(seed) for seed in range(5)])
    one = TrainStream(make_pairs(images), 2, seed=3, augment=augment)
    forwards = [one.make_batch(step) for step in range(6)]
    draw_pass.cache_clear()
    other = TrainStream(make_pairs(images), 2, seed=3, augment=augment)
    backwards = [other.make_batch(step) for step in reversed(range(6))][::-1]
    np.testing.assert_array_equal(forwards, backwards)


def test_the_images_are_not_changed():
    images = np.stack([random_image(seed) for seed in range(3)])
    before = images.copy()
    TrainStream(make_pairs(images), 3, seed=0, augment="crop").make_batch(0)
    np.testing.assert_array_equal(images, before)


def make_ramp(size):
    """Pairs whose red grows to the right and green downwards, in both halves."""
    y, x = np.mgrid[:size, :size].astype(np.uint8)
    half = np.stack([x, y, np.zeros_like(x)], -1)
    return np.concatenate([half, half], axis=1)[None]


def crop_batch(images, seed=0, label_side=None):
    pairs = make_pairs(images)
    stream = TrainStream(pairs, len(pairs), seed, "crop", label_side, scale=False)
    return stream.make_batch(0)


def test_both_sides_are_cropped_and_mirrored_alike():
    photos, labels = crop_batch(make_ramp(128).repeat(40, axis=0), label_side="B")
    # nearest neighbour is off by at most half a pixel
    assert np.abs(photos.astype(int) - labels).max() <= 1


def test_crops_cover_all_positions_and_half_are_mirrored():
    photos, _ = crop_batch(make_ramp(128).repeat(400, axis=0))
    red, green = photos[:, 64, :, 0].astype(int), photos[:, :, 64, 1].astype(int)
    mirrored = red[:, -1] < red[:, 0]
    assert 150 < mirrored.sum() < 250

    red[mirrored] = red[mirrored][:, ::-1]
    for values in (red, green):
        spans = values[:, -1] - values[:, 0]
        assert np.abs(spans - 127 * 256 / 286).max() <= 1
        assert values[:, 0].min() == 0
        assert values[:, -1].max() == 127
        starts = np.bincount(values[:, 0])
        assert (
            len(starts) == 14
        )  # 143 - 128 = 15 positions, 0.9 pixels of the image apart
        assert starts.min() > 0


def test_crops_follow_the_drawn_choices():
    image = random_image(1, 64, 128)
    drawn = draw_pass(1, 5, 0)
    crop = drawn.top[0], drawn.left[0], drawn.mirrored[0]
    photo, labels = crop_batch(image[None], seed=5, label_side="B")
    np.testing.assert_array_equal(photo[0], crop_jitter(image[:, :64], *crop, False))
    np.testing.assert_array_equal(labels[0], crop_jitter(image[:, 64:], *crop, True))


def test_resize_jitters_every_pair():
    images = np.stack([random_image(seed) for seed in range(2)])
    stream = TrainStream(make_pairs(images), 2, 0, "resize", scale=False)
    left, right = stream.make_batch(0)
    order = draw_pass(2, 0, 0).order
    for place, index in enumerate(order):
        np.testing.assert_array_equal(left[place], resize_jitter(images[index][:, :32]))
        np.testing.assert_array_equal(
            right[place], resize_jitter(images[index][:, 32:])
        )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_an_ordered_pass_ends_with_a_smaller_batch(dtype):
    images = np.stack([random_image(seed, dtype=dtype) for seed in range(5)])
    whole = OrderedPass(make_pairs(images), 2, scale=False)
    assert (whole.steps, whole.fixed_size, whole.dtypes) == (3, None, (dtype, dtype))
    left, right = (
        np.concatenate(side)
        for side in zip(*(whole.make_batch(step) for step in range(3)), strict=True)
    )
    np.testing.assert_array_equal(np.concatenate([left, right], axis=2), images)
    assert OrderedPass(make_pairs(images), 5).fixed_size == 5


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_scaling_equals_scaling_on_the_device(dtype):
    values = np.arange(np.iinfo(dtype).max + 1, dtype=dtype).reshape(1, 32, -1, 1)
    left, right = OrderedPass(make_pairs(values), 1).make_batch(0)
    assert left.dtype == np.float32
    np.testing.assert_array_equal(
        np.concatenate([left, right], axis=2), scale_images(tf.constant(values))
    )


def get_address(array):
    return array.ctypes.data


@pytest.fixture
def pool():
    """An empty pool, after earlier arrays are garbage-collected."""
    gc.collect()
    return BufferPool()


def test_arrays_are_aligned_and_have_the_requested_type(pool):
    for shape in ((3,), (2, 5, 7), (64, 64)):
        array = pool.empty(shape, np.dtype(np.float32))
        assert (array.shape, array.dtype) == (shape, np.float32)
        assert array.flags.c_contiguous and array.flags.writeable
        assert get_address(array) % ALIGNMENT == 0


def test_a_buffer_is_reused_after_release(pool):
    array = pool.empty((1000,), BYTES)
    first = get_address(array)
    del array
    assert get_address(pool.empty((1000,), BYTES)) == first


def test_a_held_buffer_is_not_reused(pool):
    one, other = (pool.empty((1000,), BYTES) for _ in range(2))
    one[:], other[:] = 1, 2
    assert (one == 1).all()


def test_a_view_keeps_its_buffer(pool):
    view = pool.empty((1000,), BYTES).reshape(10, 100)[3]
    view[:] = 7
    pool.empty((1000,), BYTES)[:] = 0
    assert (view == 7).all()


def test_a_buffer_that_is_too_small_is_replaced(pool):
    pool.empty((10,), BYTES)
    assert pool.empty((1000,), BYTES).size == 1000


def test_a_buffer_that_another_thread_took_is_no_error(pool):
    class ContestedList(list):
        def pop(self):
            self.clear()  # what another thread may do after a check for emptiness
            return super().pop()

    pool._free = ContestedList([bytearray(2000)])
    assert pool.empty((1000,), BYTES).size == 1000


def test_threads_never_share_a_buffer(pool):
    def use(number):
        array = pool.empty((1000,), BYTES)
        array[:] = number
        return (array == number).all()

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(use, [number % 256 for number in range(2000)]))


def test_tensors_keep_and_share_their_buffer(pool):
    seen = []

    def fill(number):
        array = pool.empty((4096,), BYTES)
        array[:] = number
        seen.append(get_address(array))
        return array

    numbers = tf.data.Dataset.range(64).map(
        lambda number: tf.numpy_function(fill, [number], tf.uint8)
    )
    held = list(numbers.take(20))
    for number, tensor in enumerate(held):
        assert (tensor.numpy() == number).all()
    addresses = set(seen)
    assert len(addresses) == 20
    assert {get_address(np.asarray(memoryview(tensor))) for tensor in held} == addresses

    del held, tensor
    for number, tensor in enumerate(numbers):
        assert (tensor.numpy() == number).all()
    # TensorFlow releases buffers a little late: it needs a few more than 20, not 64.
    assert len(pool._free) < 30
