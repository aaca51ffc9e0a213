"""The tutorial's functions that read images, and the input pipeline."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tiny import random_image, write_image

from pyimagesearch.cli import run_command
from pyimagesearch.data_preprocess import (
    ReadTestExample,
    ReadTrainExample,
    load_dataset,
    load_image,
    random_jitter,
    scale_images,
)
from pyimagesearch.datasets.folders import open_pair_list
from pyimagesearch.datasets.pair_notes import PairNotes
from pyimagesearch.datasets.side_formats import RGB
from pyimagesearch.errors import UserError


@pytest.fixture
def pair_file(tmp_path):
    return str(write_image(tmp_path / "pair.png", random_image(7)))


def scale(image):
    return image.astype(np.float32) / np.float32(127.5) - 1


def read_eagerly(read, path):
    return read(path)


def read_in_tf_data(read, path):
    return next(iter(tf.data.Dataset.from_tensors(path).map(read)))


both_ways = pytest.mark.parametrize("call", [read_eagerly, read_in_tf_data])


@both_ways
def test_load_image_returns_the_right_half_first(pair_file, call):
    inputMask, realImage = call(load_image, pair_file)
    image = scale(random_image(7))
    assert inputMask.dtype == realImage.dtype == tf.float32
    np.testing.assert_array_equal(inputMask, image[:, 32:])
    np.testing.assert_array_equal(realImage, image[:, :32])


@pytest.mark.skipif(sys.platform != "linux", reason="needs names of any bytes")
def test_a_name_that_is_not_utf8_is_read(pair_file, tmp_path):
    path = (tmp_path / "pair.png").rename(tmp_path / os.fsdecode(b"caf\xe9.png"))
    expected = scale(random_image(7))[:, 32:]
    np.testing.assert_array_equal(load_image(path)[0], expected)
    inputMask, _ = read_in_tf_data(load_image, os.fsencode(path))
    np.testing.assert_array_equal(inputMask, expected)


def test_the_range_is_minus_one_to_one():
    values = scale_images(tf.constant([0, 255], tf.uint8)).numpy().tolist()
    assert values == [-1.0, 1.0]
    values = scale_images(tf.constant([0, 65535], tf.uint16)).numpy().tolist()
    assert values == [-1.0, 1.0]


def test_16_bits_are_scaled_not_clipped(tmp_path):
    image = random_image(3, dtype=np.uint16)
    inputMask, realImage = load_image(str(write_image(tmp_path / "deep.png", image)))
    expected = image / 32767.5 - 1
    np.testing.assert_allclose(realImage, expected[:, :32], atol=1e-6)
    np.testing.assert_allclose(inputMask, expected[:, 32:], atol=1e-6)


def test_random_jitter_is_nearest_neighbour():
    mask, image = (random_image(seed, 16, 16) for seed in (1, 2))
    jittered = random_jitter(mask, image, 32, 32)
    for before, after in zip((mask, image), jittered, strict=True):
        np.testing.assert_array_equal(after, before.repeat(2, 0).repeat(2, 1))


@both_ways
def test_read_test_example_changes_nothing_at_the_working_size(pair_file, call):
    inputMask, realImage = call(ReadTestExample(32, 32), pair_file)
    image = scale(random_image(7))
    np.testing.assert_array_equal(inputMask, image[:, 32:])
    np.testing.assert_array_equal(realImage, image[:, :32])


@both_ways
def test_read_train_example_is_nearest_up_and_bilinear_back(pair_file, call):
    mask, real = load_image(pair_file)
    examples = call(ReadTrainExample(32, 32), pair_file)
    for image, example in zip((mask, real), examples, strict=True):
        up = tf.image.resize(image, (62, 62), "nearest")
        np.testing.assert_allclose(example, tf.image.resize(up, (32, 32)), atol=1e-6)


@pytest.mark.parametrize("read", [ReadTrainExample, ReadTestExample])
def test_the_direction_can_be_reversed(pair_file, read):
    forward = read(32, 32)(pair_file)
    backward = read(32, 32, direction="AtoB")(pair_file)
    np.testing.assert_array_equal(forward[0], backward[1])
    np.testing.assert_array_equal(forward[1], backward[0])


@pytest.mark.parametrize("read", [ReadTrainExample, ReadTestExample])
def test_other_sizes_are_resized_to_the_working_size(pair_file, read):
    for image in read(16, 48)(pair_file):
        assert image.shape == (16, 48, 3)


def test_an_unreadable_file_raises_in_the_pipeline(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no image")
    with pytest.raises(UserError, match=r"bad\.png cannot be read"):
        load_image(tmp_path / "bad.png")
    with pytest.raises(tf.errors.OpError, match=r"bad\.png cannot be read"):
        read_in_tf_data(load_image, str(tmp_path / "bad.png"))


def take_batches(dataset, count):
    return [tuple(np.asarray(x) for x in batch) for batch in dataset.take(count)]


def assert_equal(one, other):
    for batch, expected in zip(one, other, strict=True):
        for image, image_expected in zip(batch, expected, strict=True):
            np.testing.assert_array_equal(image, image_expected)


def test_validation_is_one_ordered_pass(pairs_folder):
    dataset = load_dataset(pairs_folder, 2, 32, 32)
    images = [scale(random_image(seed)) for seed in (5, 6, 7)]
    expected = [
        (np.stack([x[:, 32:] for x in part]), np.stack([x[:, :32] for x in part]))
        for part in (images[:2], images[2:])
    ]
    assert_equal(take_batches(dataset, -1), expected)
    assert_equal(take_batches(dataset, -1), expected)  # the next epoch is the same


def test_training_is_endless(pairs_folder):
    dataset = load_dataset(pairs_folder, 2, 32, 32, train=True, augment="crop")
    assert dataset.element_spec[0] == tf.TensorSpec((2, 32, 32, 3), tf.float32)
    assert len(take_batches(dataset, 20)) == 20


@pytest.mark.parametrize("augment", ["resize", "crop"])
def test_training_starts_at_any_step(pairs_folder, augment):
    settings = {"train": True, "augment": augment, "labelSide": "B"}
    whole = take_batches(load_dataset(pairs_folder, 2, 32, 32, **settings), 8)
    later = load_dataset(pairs_folder, 2, 32, 32, startPair=10, **settings)
    assert_equal(take_batches(later, 3), whole[5:])
    larger = load_dataset(pairs_folder, 5, 32, 32, startPair=3, **settings)
    for side, batch in enumerate(take_batches(larger, 1)[0]):
        expected = np.concatenate([batch[side] for batch in whole])[3:8]
        np.testing.assert_array_equal(batch, expected)
    other = load_dataset(pairs_folder, 2, 32, 32, seed=43, **settings)
    assert (take_batches(other, 1)[0][0] != whole[0][0]).any()


@pytest.mark.parametrize("augment", ["resize", "crop"])
def test_memory_and_files_give_the_same_batches(pairs_folder, augment):
    held, read = (
        load_dataset(pairs_folder, 3, 32, 32, train=True, augment=augment, cache=cache)
        for cache in ("memory", "none")
    )
    assert_equal(take_batches(held, 5), take_batches(read, 5))


def test_resize_equals_the_tutorials_train_example(pairs_folder):
    examples = [
        ReadTrainExample(32, 32)(path)[1].numpy()
        for path in sorted((pairs_folder / "train").iterdir())
    ]
    dataset = load_dataset(pairs_folder, 5, 32, 32, train=True)
    ((_, images),) = take_batches(dataset, 1)
    difference = np.abs(images[:, None] - np.array(examples)).max((2, 3, 4))
    assert sorted(difference.argmin(1)) == [0, 1, 2, 3, 4]
    assert difference.min(1).max() < 2e-6


def test_integers_can_be_scaled_later(pairs_folder):
    settings = {"train": True, "augment": "crop"}
    raw = load_dataset(pairs_folder, 2, 32, 32, scale=False, **settings)
    assert raw.element_spec[0].dtype == tf.uint8
    scaled = [tuple(map(scale_images, batch)) for batch in take_batches(raw, 3)]
    assert_equal(
        scaled, take_batches(load_dataset(pairs_folder, 2, 32, 32, **settings), 3)
    )


DIGEST = """
import hashlib, sys
from pyimagesearch.data_preprocess import load_dataset
digest = hashlib.sha256()
dataset = load_dataset(sys.argv[1], 2, 32, 32, train=True, augment="crop")
for batch in dataset.take(6):
    for image in batch:
        digest.update(image.numpy().tobytes())
print(digest.hexdigest())
"""


def test_two_processes_get_the_same_bytes(pairs_folder):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", DIGEST, str(pairs_folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(2)
    ]
    one, other = (process.communicate()[0].split()[-1] for process in processes)
    assert one == other
    assert len(one) == 64


@pytest.mark.parametrize("calls", [1, 16])
def test_the_number_of_parallel_calls_does_not_matter(pairs_folder, monkeypatch, calls):
    settings = {"train": True, "augment": "crop"}
    expected = take_batches(load_dataset(pairs_folder, 2, 32, 32, **settings), 6)
    monkeypatch.setattr(tf.data, "AUTOTUNE", calls)
    assert_equal(
        take_batches(load_dataset(pairs_folder, 2, 32, 32, **settings), 6), expected
    )


def write_deep(path):
    write_image(path, random_image(0, dtype=np.uint16))


def write_odd(path):
    write_image(path, random_image(0, width=63))


def write_channels(path):
    with path.open("wb") as file:
        np.save(file, random_image(0, channels=5))


def write_floats(path):
    with path.open("wb") as file:
        np.save(file, random_image(0).astype(np.float32))


def write_huge(path):
    with path.open("wb") as file:
        np.save(file, np.zeros((11, 10), np.uint8))


CHANGES = {
    "16 bits": (write_deep, "has uint16 values, and its side has uint8: save all"),
    "odd width": (write_odd, "is 63 pixels wide: a side-by-side image needs an even"),
    "channels": (write_channels, "has 5 channels, and 3 are expected: all images of"),
    "floats": (write_floats, "has float32 values, and uint8 are expected: all images"),
    "size": (write_huge, "11x10 pixels, and at most 100 pixels are accepted: check"),
    "gone": (Path.unlink, "cannot be read: No such file or directory"),
    "no image": (Path.touch, "cannot be read: it is not an image, or was cut short"),
}


@pytest.mark.parametrize("train", [True, False], ids=["train", "val"])
@pytest.mark.parametrize(("write", "said"), CHANGES.values(), ids=CHANGES.keys())
def test_a_file_that_changes_while_a_training_runs_is_one_sentence(
    tmp_path, capsys, write, said, train
):
    for name in ("train/1.png", "val/2.png"):
        write_image(tmp_path / name, random_image(0, 8, 10))
    pairs = open_pair_list(tmp_path)
    pairs.max_pixels = 100 if write is write_huge else 10_000
    batches = iter(
        load_dataset(
            pairs, 1, 32, 32, train, cache="none", formats=RGB, notes=PairNotes()
        ).repeat()
    )
    next(batches)
    (path,) = (tmp_path / ("train" if train else "val")).iterdir()
    if write is Path.unlink:
        path.unlink()
    else:  # moved into its place: a batch may be reading it
        new = tmp_path / "new.png"
        write(new)
        new.replace(path)

    def go_on():
        for _ in range(1000):  # some batches are ready
            next(batches)

    with pytest.raises(SystemExit) as ended:
        run_command(go_on)
    assert ended.value.code == 2
    printed = capsys.readouterr().err
    assert printed.startswith(f"[ERROR] {path} ")
    assert said in printed
    assert printed.count("\n") == 1


def test_other_sizes_and_grey_images_are_converted_while_a_training_runs(tmp_path):
    for name in ("train/1.png", "val/2.png"):
        write_image(tmp_path / name, random_image(0))
    batches = iter(
        load_dataset(
            tmp_path, 1, 32, 32, cache="none", formats=RGB, notes=PairNotes()
        ).repeat()
    )
    next(batches)
    # Moved into its place: a batch may be reading it.
    new = write_image(tmp_path / "new.png", np.full((40, 20, 1), 255, np.uint8))
    new.replace(tmp_path / "val/2.png")
    for _ in range(1000):
        images = next(batches)
        if float(images[0].numpy().min()) == 1:
            break
    assert [image.shape for image in images] == [(1, 32, 32, 3)] * 2
    np.testing.assert_array_equal(images[1], 1)
