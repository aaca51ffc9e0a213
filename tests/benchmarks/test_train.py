"""The training steps: that what is measured is what it says, on tiny batches."""

import time

import keras
import numpy as np
import psutil
import pytest
import tensorflow as tf
from tiny import SIZE

from pyimagesearch.benchmarks import arithmetic, steps
from pyimagesearch.benchmarks.memory import INTERVAL, PeakMemory
from pyimagesearch.training.training_settings import parse_training_settings


def test_every_step_is_measured(measured, capsys, monkeypatch):
    monkeypatch.setitem(arithmetic.SIDE, "CPU", 64)
    flags = ["--image-size", 32, "--batch-size", 2, "--rounds", 2, "--steps", 1]
    figures = measured("train", *flags)
    (of_size,) = figures["sizes"]
    assert of_size["image_size"] == [32, 32]
    assert of_size["auto"] == "float32"  # so small, on any CPU
    assert of_size["of"].keys() == {"tutorial", "float32", "mixed_bfloat16"}
    assert of_size["of"]["tutorial"]["times_tutorial"] == 1
    for of in of_size["of"].values():
        assert 0 < of["lowest"] <= of["images_per_second"] <= of["highest"]
        assert of["images_per_second"] == pytest.approx(2 / of["seconds"])
        assert of["peak_memory"] > 2.7e6 * 4  # one network's weights alone
        rate = of_size["flops"] / of["seconds"] / of["matrix_share"]
        assert rate in map(pytest.approx, of_size["matrix_flops_per_second"].values())
    table = capsys.readouterr().out.splitlines()
    assert any(line.startswith("float32 (auto)") for line in table)


def test_the_baseline_takes_the_steps_of_the_package():
    """In float32 both do one thing: the losses of the first steps are the same."""
    flags = ["--precision", "float32", "--image-size", f"{SIZE}", "--batch-size", "2"]
    batch = steps.noise(2, (SIZE, SIZE))
    losses = []
    for make in (
        lambda: steps.tutorial_step(batch)[0],
        lambda: steps.package_step(parse_training_settings(flags)),
    ):
        keras.utils.set_random_seed(3)
        step = make()
        losses.append([float(step()) for _ in range(3)])
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
