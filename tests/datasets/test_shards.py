"""The parts of a batch that the replicas of several processes read."""

import numpy as np
import pytest
import tensorflow as tf
from tiny import make_pairs, random_image

from pyimagesearch.data_preprocess import load_dataset
from pyimagesearch.datasets.stream import OrderedPass, Shard, TrainStream

IMAGES = np.stack([random_image(seed) for seed in range(11)])
PAIRS = make_pairs(IMAGES)


def read_parts(make_stream, processes, replicas, steps):
    """Read steps as a cluster does; returns [step][replica] -> (A, B)."""
    total = processes * replicas
    streams = [
        make_stream(shard=Shard(first, replicas, total))
        for first in range(0, total, replicas)
    ]
    return [
        [
            stream.make_batch(step * replicas + replica)
            for stream in streams
            for replica in range(replicas)
        ]
        for step in range(steps)
    ]


@pytest.mark.parametrize(("processes", "replicas"), [(1, 2), (2, 1), (3, 2), (4, 3)])
@pytest.mark.parametrize("batch_size", [1, 4, 5])
def test_the_parts_of_a_batch_are_the_batch(processes, replicas, batch_size):
    def make_stream(**options):
        return TrainStream(PAIRS, batch_size, 3, "crop", start=7, **options)

    whole = make_stream()
    for step, parts in enumerate(read_parts(make_stream, processes, replicas, 5)):
        sizes = [len(side) for side, _ in parts]
        assert max(sizes) - min(sizes) <= 1
        expected = whole.make_batch(step)
        for side in range(2):
            joined = np.concatenate([part[side] for part in parts])
            np.testing.assert_array_equal(joined, expected[side])


@pytest.mark.parametrize(("processes", "replicas"), [(2, 1), (2, 2), (3, 4)])
def test_the_last_validation_batch_is_split_too(processes, replicas):
    def make_stream(**options):
        return OrderedPass(PAIRS, 8, **options)

    whole = make_stream()
    assert (whole.steps, whole.fixed_size) == (2, None)
    shard = Shard(0, replicas, processes * replicas)
    assert make_stream(shard=shard).steps == 2 * replicas
    parts = read_parts(make_stream, processes, replicas, 2)
    assert [sum(len(side) for side, _ in step) for step in parts] == [8, 3]
    for step in range(2):
        joined = np.concatenate([side for side, _ in parts[step]])
        np.testing.assert_array_equal(joined, whole.make_batch(step)[0])


def test_a_part_has_a_fixed_size_if_all_have():
    assert TrainStream(PAIRS, 8, 0, shard=Shard(0, 1, 4)).fixed_size == 2
    assert TrainStream(PAIRS, 6, 0, shard=Shard(0, 1, 4)).fixed_size is None
    assert OrderedPass(PAIRS, 11, shard=Shard(0, 1, 11)).fixed_size == 1


def test_load_dataset_returns_the_parts_of_an_input_context(pairs_folder):
    settings = {"batchSize": 3, "height": 32, "width": 32, "train": True, "seed": 5}
    contexts = (None, *(tf.distribute.InputContext(2, number, 2) for number in (0, 1)))
    batches = [
        load_dataset(pairs_folder, inputContext=context, **settings).take(4)
        for context in contexts
    ]
    for whole, first, second in zip(*map(list, batches), strict=True):
        assert (len(first[0]), len(second[0])) == (1, 2)
        for side in range(2):
            parts = np.concatenate([first[side], second[side]])
            np.testing.assert_array_equal(parts, whole[side])
