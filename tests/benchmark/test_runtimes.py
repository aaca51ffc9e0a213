"""The benchmark of the runtimes, on tiny images."""

import sys

import numpy as np
import pytest

from pyimagesearch import config
from pyimagesearch.benchmark import __main__ as benchmark
from pyimagesearch.benchmark import runtimes
from pyimagesearch.errors import UserError
from pyimagesearch.export import formats
from pyimagesearch.training import hardware


@pytest.fixture
def without_onnx(monkeypatch):
    monkeypatch.setattr(formats, "_is_installed", lambda package: False)


def test_every_runtime_is_measured(
    pairs_folder, run_benchmark, without_onnx, monkeypatch, capsys
):
    monkeypatch.setattr(hardware, "_read_cpu_flags", lambda: {"amx_bf16"})
    speedups = {"amx_bf16": {"tutorial": {32: 2.0}}}
    monkeypatch.setattr(hardware, "BFLOAT16_SPEEDUPS", speedups)
    flags = ["--data", pairs_folder, "--image-size", 32, "--recipe", "tutorial"]
    figures = run_benchmark("inference", *flags, "--rounds", 2, "--seconds", 0.01)
    (size,) = figures["sizes"]
    names = ["keras float32", "keras mixed_bfloat16", "tflite float32", "tflite int8"]
    assert list(size["by_name"]) == [f"tutorial, {name}" for name in names]
    assert size["by_name"]["tutorial, keras float32"]["ratio"] == 1
    for row in size["by_name"].values():
        assert 0 < row["lowest"] <= row["per_second"] <= row["highest"]
    notes = size["notes"]
    chosen = notes["--precision auto, tutorial"]
    assert chosen.startswith("mixed_bfloat16, on CPUs with")
    assert notes["without onnx float32"] == (
        "--format onnx requires onnx and tf2onnx and onnxruntime: "
        "pip install -r requirements-export.txt"
    )
    said = capsys.readouterr().out
    assert "32x32 px, batches of 1, on CPU\n" in said
    row = size["by_name"]["tutorial, tflite int8"]
    (line,) = (x for x in said.splitlines() if x.startswith("tutorial, tflite int8 "))
    assert f" {row['ratio']:.3g} (" in line


def test_every_runtime_has_the_same_network(without_onnx, monkeypatch):
    """In float32, all compute the same; int8 and bfloat16 differ by little."""
    monkeypatch.setattr(hardware, "_read_cpu_flags", lambda: {"amx_bf16"})
    speedups = {"amx_bf16": {"tutorial": {32: 2.0}}}
    monkeypatch.setattr(hardware, "BFLOAT16_SPEEDUPS", speedups)
    rng = np.random.default_rng(0)
    images = [rng.uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32) for _ in range(2)]
    functions = runtimes._build_functions("tutorial", (32, 32), images, {})
    expected = functions.pop("keras float32")(images[0])
    bounds = {"tflite float32": 1e-5, "tflite int8": 0.1, "keras mixed_bfloat16": 0.1}
    assert functions.keys() == bounds.keys()
    for name, function in functions.items():
        difference = np.abs(function(images[0]) - expected).max()
        assert difference < bounds[name]
        assert (difference > 1e-5) == (name != "tflite float32")


def test_images_are_counted_in_turn_and_the_warm_up_is_not(monkeypatch):
    now, seen = 0.0, []

    def function(image):
        nonlocal now
        now += 100.0 if len(seen) < runtimes.WARM_UP else 0.5
        seen.append(image[0])
        return image

    monkeypatch.setattr(runtimes.time, "perf_counter", lambda: now)
    images = [np.array([number]) for number in range(2)]
    assert runtimes._count_images_per_second(function, images, 2.0) == 2
    assert seen == [0, 1, 0, 1, 0, 1, 0]


def test_the_recipes_are_those_of_a_training(monkeypatch, pairs_folder):
    argv = ["benchmark", "inference"]
    monkeypatch.setattr(sys, "argv", argv)
    assert benchmark.parse_benchmark_settings().recipe == list(config.RECIPES)
    monkeypatch.setattr(sys, "argv", [*argv, "--recipe", "slow"])
    with pytest.raises(UserError, match="--recipe: invalid choice: 'slow'"):
        benchmark.parse_benchmark_settings()


def test_a_size_that_does_not_go_through_is_refused(pairs_folder, run_benchmark):
    flags = ["--data", pairs_folder, "--image-size", 40]
    with pytest.raises(UserError, match="do not accept images of 40x40 pixels"):
        run_benchmark("inference", *flags)
