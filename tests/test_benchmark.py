"""The benchmark: that it measures what it says, on a few tiny pairs."""

import json
import sys
import time

import keras
import numpy as np
import psutil
import pytest
import tensorflow as tf
from tiny import SIZE, random_image, write_image

from pyimagesearch import benchmark
from pyimagesearch.benchmarks import arithmetic, data, steps
from pyimagesearch.benchmarks.memory import INTERVAL, PeakMemory
from pyimagesearch.data_preprocess import ReadTrainExample
from pyimagesearch.errors import UserError

PIPELINES = {
    *("tutorial", "decode", "resize_memory", "crop_memory", "crop_memory_uint8"),
    *("crop_fly", "resize_fly"),
}


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Runs the command, and gives the figures that it writes."""

    def measure(*flags):
        file = tmp_path / "figures.json"
        words = ["benchmark", *map(str, flags), "--json", str(file)]
        monkeypatch.setattr(sys, "argv", words)
        benchmark.main()
        return json.loads(file.read_text())

    return measure


def test_every_pipeline_is_measured_and_written(pairs_folder, measured, capsys):
    flags = ["--data", pairs_folder, "--image-size", 32, "--batch-size", 2]
    figures = measured("data", *flags, "--rounds", 2, "--seconds", 0.05)
    for name in ("pairs_per_second", "lowest", "highest", "times_tutorial"):
        assert figures[name].keys() == PIPELINES
    assert figures["times_tutorial"]["tutorial"] == 1
    for name in PIPELINES:
        lowest, highest = figures["lowest"][name], figures["highest"][name]
        assert 0 < lowest <= figures["pairs_per_second"][name] <= highest
    assert figures["cache_bytes"] == 5 * 32 * 64 * 3
    table = capsys.readouterr().out.splitlines()
    assert PIPELINES <= {line.split()[0] for line in table if line}


def test_the_baseline_is_the_tutorials_pipeline(pairs_folder):
    paths = sorted(str(path) for path in (pairs_folder / "train").iterdir())
    dataset = data.tutorial_pipeline(paths, 5, 32, 32)
    masks, images = map(np.asarray, next(iter(dataset)))
    examples = [[np.asarray(x) for x in ReadTrainExample(32, 32)(p)] for p in paths]
    matches = {
        place: [
            number
            for number, (mask, image) in enumerate(examples)
            if np.allclose(mask, masks[place], atol=1e-6)
            and np.allclose(image, images[place], atol=1e-6)
        ]
        for place in range(5)
    }
    assert sorted(sum(matches.values(), [])) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("batch_size", [2, 8])
def test_decoding_reads_whole_batches_over_and_over(pairs_folder, batch_size):
    paths = sorted(str(path) for path in (pairs_folder / "train").iterdir())
    decoded = data._decoded(paths, batch_size)
    images = [image for _ in range(6) for image in next(decoded)[0]]
    assert len(images) == 6 * batch_size
    for place, image in enumerate(images):
        np.testing.assert_array_equal(image, random_image(place % 5))


def test_pairs_are_counted_not_batches(monkeypatch):
    sizes = iter([7, 7, 7, 7, 4, 2, 4])  # four to warm up, then these
    pipeline = ((np.zeros(size), np.zeros(size)) for size in sizes)
    clock = iter([10.0, 10.0, 11.0, 12.0, 14.0])
    monkeypatch.setattr(data.time, "perf_counter", lambda: next(clock))
    assert data._pairs_per_second(pipeline, seconds=3) == 10 / 4


def test_pairs_of_two_files_are_refused(tmp_path, measured):
    for side in "AB":
        write_image(tmp_path / f"train{side}" / "1.png", random_image(0, 8, 8))
        write_image(tmp_path / f"val{side}" / "2.png", random_image(0, 8, 8))
    with pytest.raises(UserError, match="the tutorial reads side-by-side pairs only"):
        measured("data", "--data", tmp_path)


def test_every_step_is_measured(measured, capsys, monkeypatch):
    monkeypatch.setitem(arithmetic.SIDE, "CPU", 64)
    flags = ["--image-size", 32, "--batch-size", 2, "--rounds", 2, "--steps", 1]
    figures = measured("train", *flags)
    (of_size,) = figures["sizes"]
    assert of_size["image_size"] == [32, 32]
    assert of_size["auto"] == "float32"  # so small, on any CPU
    assert of_size["of"].keys() == {"tutorial", "float32", "mixed_bfloat16"}
    assert of_size["of"]["tutorial"]["times_tutorial"] == 1
    flops = {of["flops"] for of in of_size["of"].values()}
    assert len(flops) == 1  # one network, one step
    for of in of_size["of"].values():
        assert 0 < of["lowest"] <= of["images_per_second"] <= of["highest"]
        assert of["images_per_second"] == pytest.approx(2 / of["seconds"])
        assert of["peak_memory"] > 2.7e6 * 4  # one network's weights alone
        rate = of["flops"] / of["seconds"] / of["matrix_share"]
        assert rate in map(pytest.approx, of_size["matrix_flops_per_second"].values())
    table = capsys.readouterr().out.splitlines()
    assert any(line.startswith("float32 (auto)") for line in table)


def test_the_baseline_takes_the_steps_of_the_package():
    """In float32 both do one thing: the losses of the first steps are the same."""
    batch = tuple(
        tf.random.stateless_uniform((2, SIZE, SIZE, 3), (seed, 0), -1, 1)
        for seed in (1, 2)
    )
    losses = []
    for make in (steps.tutorial_step, lambda b: steps.package_step("float32", b)):
        keras.utils.set_random_seed(3)
        step = make(batch)
        losses.append([float(step.take()) for _ in range(3)])
    tutorials, (second, third, fourth) = losses
    # The package's are means over the steps so far, of which the first was not shown.
    first = 2 * second - tutorials[0]
    expected = np.cumsum([first, *tutorials])[1:] / [2, 3, 4]
    np.testing.assert_allclose([second, third, fourth], expected, rtol=1e-4)


def test_convolutions_are_counted_in_all_directions_where_they_are_asked_for():
    kernel = tf.Variable(tf.ones((3, 3, 2, 5)))
    up = tf.Variable(tf.ones((2, 2, 7, 5)))

    def gradients(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            made = tf.nn.conv2d(images, kernel, 2, "SAME")
            made = tf.nn.conv2d_transpose(made, up, (4, 8, 8, 7), 2)
            loss = tf.reduce_sum(made**2)
        return tape.gradient(loss, [images, kernel, up])

    def flops(function):
        spec = tf.TensorSpec((4, 8, 8, 2))
        traced = tf.function(function).get_concrete_function(spec)
        return arithmetic.convolution_flops(traced)

    positions = 4 * 4 * 4
    down = 2 * 3 * 3 * 2 * 5 * positions
    upwards = 2 * 2 * 2 * 7 * 5 * positions
    assert flops(gradients) == 3 * down + 3 * upwards
    assert flops(lambda images: gradients(images)[1]) == 2 * down + 2 * upwards
    assert flops(lambda images: up.assign(gradients(images)[2])) == down + 2 * upwards


def test_memory_is_looked_at_while_it_is_used():
    before = psutil.Process().memory_info().rss
    with PeakMemory() as peak:
        taken = np.ones(64 << 20, np.uint8)
        time.sleep(2 * INTERVAL)
        del taken
    assert peak.bytes >= before + (60 << 20)
