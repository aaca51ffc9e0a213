"""The stream of training pairs: whole passes, pure functions of (seed, position)."""

import numpy as np
import pytest
from tiny import random_image

from pyimagesearch.datasets.stream import TrainStream, drawn_pass


def numbered(pairs, size=4):
    """Pairs that hold nothing but their own number."""
    return np.arange(pairs, dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, size, 2 * size, 3), np.uint8
    )


def numbers(stream, steps):
    return np.concatenate([stream.batch(step)[:, 0, 0, 0] for step in steps])


def test_every_pass_has_every_pair_once_whatever_the_batch():
    stream = TrainStream(numbered(10), batch_size=3, seed=1)
    drawn = numbers(stream, range(20)).reshape(6, 10)
    assert (np.sort(drawn, axis=1) == np.arange(10)).all()
    assert len({tuple(order) for order in drawn}) == 6


def test_the_order_does_not_depend_on_the_batch_size():
    small, large = (TrainStream(numbered(10), size, seed=1) for size in (2, 5))
    np.testing.assert_array_equal(numbers(small, range(15)), numbers(large, range(6)))


def test_shuffling_is_over_the_whole_set():
    order = drawn_pass(10_000, seed=1, number=0).order
    moved = np.abs(order - np.arange(10_000))
    assert 3000 < moved.mean() < 3700  # a third of the set, on average


def test_the_seed_decides():
    def drawn(seed):
        return numbers(TrainStream(numbered(50), 50, seed), [0]).tolist()

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


@pytest.mark.parametrize("crop", [False, True])
def test_any_step_can_be_the_first(crop):
    images = np.stack([random_image(seed) for seed in range(5)])
    one = TrainStream(images, 2, seed=3, crop=crop)
    forwards = [one.batch(step) for step in range(6)]
    drawn_pass.cache_clear()
    other = TrainStream(images, 2, seed=3, crop=crop)
    backwards = [other.batch(step) for step in reversed(range(6))][::-1]
    np.testing.assert_array_equal(forwards, backwards)


def test_the_images_are_not_changed():
    images = np.stack([random_image(seed) for seed in range(3)])
    before = images.copy()
    TrainStream(images, 3, seed=0, crop=True).batch(0)
    np.testing.assert_array_equal(images, before)


def ramp(size):
    """Pairs whose red grows to the right and green downwards, in both halves."""
    y, x = np.mgrid[:size, :size].astype(np.uint8)
    half = np.stack([x, y, np.zeros_like(x)], -1)
    return np.concatenate([half, half], axis=1)[None]


def test_both_sides_are_cropped_and_mirrored_alike():
    images = ramp(128).repeat(40, axis=0)
    batch = TrainStream(images, 40, seed=0, crop=True, label_side="B").batch(0)
    photos, labels = np.split(batch.astype(int), 2, axis=2)
    assert np.abs(photos - labels).max() <= 1  # nearest is half a pixel off at most


def test_crops_are_enlarged_by_286_to_256_and_lie_anywhere():
    images = ramp(128).repeat(400, axis=0)
    batch = TrainStream(images, 400, seed=0, crop=True).batch(0).astype(int)
    red, green = batch[:, 64, :128, 0], batch[:, :128, 64, 1]
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


def test_a_crop_is_a_piece_of_the_enlarged_picture():
    import cv2

    image = random_image(1, 64, 128)
    cropped = TrainStream(image[None], 1, seed=5, crop=True).batch(0)[0]
    drawn = drawn_pass(1, 5, 0)
    y, x = (int(share[0] * (72 - 64 + 1)) for share in (drawn.top, drawn.left))
    for half, got in zip(
        np.split(image, 2, axis=1), np.split(cropped, 2, axis=1), strict=True
    ):
        large = cv2.resize(half, (72, 72), interpolation=cv2.INTER_LINEAR)
        piece = large[y : y + 64, x : x + 64]
        np.testing.assert_array_equal(
            got, piece[:, ::-1] if drawn.mirrored[0] else piece
        )


def test_labels_keep_their_colours():
    rng = np.random.default_rng(0)
    images = rng.choice([0, 255], (4, 32, 64, 3)).astype(np.uint8)
    batch = TrainStream(images, 4, seed=0, crop=True, label_side="B").batch(0)
    photos, labels = np.split(batch, 2, axis=2)
    assert set(np.unique(labels)) == {0, 255}
    assert len(np.unique(photos)) > 2
