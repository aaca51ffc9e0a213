"""The stream of training pairs: whole passes, pure functions of (seed, position)."""

import numpy as np
import pytest
import tensorflow as tf
from tiny import random_image

from pyimagesearch.data_preprocess import scale_images
from pyimagesearch.datasets.augmentation import crop_jitter, resize_jitter
from pyimagesearch.datasets.stream import OrderedPass, TrainStream, draw_pass


def numbered(pairs, size=4):
    """Pairs that hold nothing but their own number."""
    return np.arange(pairs, dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, size, 2 * size, 3), np.uint8
    )


def numbers(stream, steps):
    return np.concatenate([stream.batch(step)[0][:, 0, 0, 0] for step in steps])


def test_every_pass_has_every_pair_once_whatever_the_batch():
    stream = TrainStream(numbered(10), 3, seed=1, scale=False)
    drawn = numbers(stream, range(20)).reshape(6, 10)
    assert (np.sort(drawn, axis=1) == np.arange(10)).all()
    assert len({tuple(order) for order in drawn}) == 6


def test_the_order_does_not_depend_on_the_batch_size():
    small, large = (
        TrainStream(numbered(10), size, seed=1, scale=False) for size in (2, 5)
    )
    np.testing.assert_array_equal(numbers(small, range(15)), numbers(large, range(6)))


def test_shuffling_is_over_the_whole_set():
    order = draw_pass(10_000, seed=1, number=0).order
    moved = np.abs(order - np.arange(10_000))
    assert 3000 < moved.mean() < 3700  # a third of the set, on average


def test_the_seed_decides():
    def drawn(seed):
        return numbers(TrainStream(numbered(50), 50, seed, scale=False), [0]).tolist()

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


@pytest.mark.parametrize("augment", [None, "crop", "resize"])
def test_any_step_can_be_the_first(augment):
    images = np.stack([random_image(seed) for seed in range(5)])
    one = TrainStream(images, 2, seed=3, augment=augment)
    forwards = [one.batch(step) for step in range(6)]
    draw_pass.cache_clear()
    other = TrainStream(images, 2, seed=3, augment=augment)
    backwards = [other.batch(step) for step in reversed(range(6))][::-1]
    np.testing.assert_array_equal(forwards, backwards)


def test_the_images_are_not_changed():
    images = np.stack([random_image(seed) for seed in range(3)])
    before = images.copy()
    TrainStream(images, 3, seed=0, augment="crop").batch(0)
    np.testing.assert_array_equal(images, before)


def ramp(size):
    """Pairs whose red grows to the right and green downwards, in both halves."""
    y, x = np.mgrid[:size, :size].astype(np.uint8)
    half = np.stack([x, y, np.zeros_like(x)], -1)
    return np.concatenate([half, half], axis=1)[None]


def cropped_batch(images, seed=0, label_side=None):
    stream = TrainStream(images, len(images), seed, "crop", label_side, scale=False)
    return stream.batch(0)


def test_both_sides_are_cropped_and_mirrored_alike():
    photos, labels = cropped_batch(ramp(128).repeat(40, axis=0), label_side="B")
    # nearest is half a pixel off at most
    assert np.abs(photos.astype(int) - labels).max() <= 1


def test_crops_lie_anywhere_and_half_of_them_are_mirrored():
    photos, _ = cropped_batch(ramp(128).repeat(400, axis=0))
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
        assert len(starts) == 14  # 143 - 128 = 15 pixels of room, each .9 of an old one
        assert starts.min() > 0


def test_what_was_drawn_is_what_is_done():
    image = random_image(1, 64, 128)
    drawn = draw_pass(1, 5, 0)
    chance = drawn.top[0], drawn.left[0], drawn.mirrored[0]
    photo, labels = cropped_batch(image[None], seed=5, label_side="B")
    np.testing.assert_array_equal(photo[0], crop_jitter(image[:, :64], *chance, False))
    np.testing.assert_array_equal(labels[0], crop_jitter(image[:, 64:], *chance, True))


def test_resize_jitters_every_pair():
    images = np.stack([random_image(seed) for seed in range(2)])
    left, right = TrainStream(images, 2, 0, "resize", scale=False).batch(0)
    order = draw_pass(2, 0, 0).order
    for place, index in enumerate(order):
        np.testing.assert_array_equal(left[place], resize_jitter(images[index][:, :32]))
        np.testing.assert_array_equal(
            right[place], resize_jitter(images[index][:, 32:])
        )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_an_ordered_pass_ends_with_a_smaller_batch(dtype):
    images = np.stack([random_image(seed, dtype=dtype) for seed in range(5)])
    whole = OrderedPass(images, 2, scale=False)
    assert (whole.steps, whole.fixed_size, whole.dtype) == (3, None, dtype)
    left, right = (
        np.concatenate(side)
        for side in zip(*(whole.batch(step) for step in range(3)), strict=True)
    )
    np.testing.assert_array_equal(np.concatenate([left, right], axis=2), images)
    assert OrderedPass(images, 5).fixed_size == 5


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_scaled_here_is_scaled_on_the_device(dtype):
    values = np.arange(np.iinfo(dtype).max + 1, dtype=dtype).reshape(1, 32, -1, 1)
    left, right = OrderedPass(values, 1).batch(0)
    assert left.dtype == np.float32
    np.testing.assert_array_equal(
        np.concatenate([left, right], axis=2), scale_images(tf.constant(values))
    )
