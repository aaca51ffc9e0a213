"""The benchmark of the training steps, on tiny batches."""

import subprocess
import sys
import time

import keras
import numpy as np
import psutil
import tensorflow as tf
from tiny import SIZE

from pyimagesearch.benchmark import training_steps
from pyimagesearch.benchmark.rounds import MEMORY_INTERVAL, measure_peak_memory
from pyimagesearch.training.training_settings import parse_training_settings


def test_every_step_is_measured(run_benchmark, capsys, monkeypatch):
    monkeypatch.setitem(training_steps.MATRIX_SIDE, "CPU", 64)
    flags = ["--image-size", 32, "--batch-size", 2, "--rounds", 2, "--steps", 1]
    figures = run_benchmark("train", *flags)
    (size,) = figures["sizes"]
    assert size["image_size"] == [32, 32]
    notes = size["notes"]
    assert notes["--precision auto"] == "float32"  # so small, on any CPU
    assert size["by_name"].keys() == {"tutorial", "float32", "mixed_bfloat16"}
    assert size["by_name"]["tutorial"]["ratio"] == 1
    for row in size["by_name"].values():
        assert 0 < row["lowest"] <= row["per_second"] <= row["highest"]
        assert row["peak_memory"] > 2.7e6 * 4  # one network's weights alone
    table = capsys.readouterr().out.splitlines()
    (line,) = (line for line in table if line.startswith("mixed_bfloat16 "))
    assert f" {2 / size['by_name']['mixed_bfloat16']['per_second']:.3g} " in line
    assert "--precision auto: float32" in table
    for dtype in ("float32", "bfloat16"):
        assert notes[f"large matrix products in {dtype}, GFLOP/s"] > 0
        line = f"large matrix products in {dtype}, GFLOP/s: "
        assert sum(each.startswith(line) for each in table) == 1


def test_the_baseline_takes_the_steps_of_the_package():
    """In float32 the losses of the first steps are the same."""
    flags = ["--precision", "float32", "--image-size", f"{SIZE}", "--batch-size", "2"]
    batch = training_steps._make_noise(2, (SIZE, SIZE))
    losses = []
    for create in (
        lambda: training_steps._create_tutorial_step(batch),
        lambda: training_steps.create_package_step(parse_training_settings(flags)),
    ):
        keras.utils.set_random_seed(3)
        step = create()
        losses.append([float(step()) for _ in range(3)])
    tutorials, (second, third, fourth) = losses
    # The package's are averages over the steps so far; the first step is not returned.
    first = 2 * second - tutorials[0]
    expected = np.cumsum([first, *tutorials])[1:] / [2, 3, 4]
    np.testing.assert_allclose([second, third, fourth], expected, rtol=1e-4)


def test_the_peak_of_the_memory_is_recorded():
    before = psutil.Process().memory_info().rss

    def allocate():
        array = np.ones(64 << 20, np.uint8)
        time.sleep(2 * MEMORY_INTERVAL)
        return array[:2].sum()

    result, peak = measure_peak_memory(allocate)
    assert result == 2
    assert peak >= before + (60 << 20)


def test_a_wrong_flag_is_answered_without_tensorflow():
    code = (
        "import sys\n"
        "from pyimagesearch.benchmark.__main__ import parse_benchmark_settings\n"
        "sys.argv = ['benchmark', 'train', '--image-size', '64', '96']\n"
        "assert parse_benchmark_settings().image_size == [(64, 64), (96, 96)]\n"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_networks_that_are_asked_for_are_measured(run_benchmark, monkeypatch):
    asked = []

    def create(settings):
        asked.append((settings.network, settings.precision, settings.batch_size))
        return lambda: tf.constant(1.0)

    monkeypatch.setitem(training_steps.MATRIX_SIDE, "CPU", 64)
    monkeypatch.setattr(training_steps, "create_package_step", create)
    flags = ["--network", "residual", "--image-size", 32, "--batch-size", 2]
    run_benchmark("train", *flags, "--rounds", 1, "--steps", 1)
    assert asked == [("residual", name, 2) for name in ("float32", "mixed_bfloat16")]
