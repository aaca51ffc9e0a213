"""A training of a number of seconds."""

import argparse
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from recipe_study.experiments import POINTS, SCRIPTS
from recipe_study.timed_training import train_for
from tiny import SIZE

from pyimagesearch.training.training_settings import parse_training_settings
from pyimagesearch.translation.generator import load_generator


class FakeModel:
    """A model whose steps take some seconds of a clock, which the tests read."""

    def __init__(self, costs):
        self.now, self.rates, self.evaluated = 100.0, [], []
        self.costs = iter(costs)
        self.gOptimizer = argparse.Namespace(learning_rate=None)
        self.dOptimizer = argparse.Namespace(learning_rate=None)

    def make_train_function(self):
        def train(iterator):
            self.now += next(self.costs)
            self.rates.append(self.gOptimizer.learning_rate)
            assert self.dOptimizer.learning_rate == self.rates[-1]
            return {"gLoss": np.float32(1)}

        self.train_function = train

    def reset_metrics(self):
        pass

    def evaluate(self, pairs, verbose, return_dict):
        self.now += 1000  # which the clock of the training leaves out
        self.evaluated.append(pairs)
        return {"l1Loss": 1 / len(self.evaluated)}


def train(model, seconds, *flags):
    settings = parse_training_settings(["--batch-size", "4", *flags])
    settings.precision = "float32"
    return train_for(seconds, model, settings, [0], "pairs", clock=lambda: model.now)


def test_the_steps_take_the_seconds_but_the_first_and_the_scoring():
    model = FakeModel([500.0, *[0.5] * 1000])
    training = train(model, 40)
    assert training["seconds"] == 40
    assert training["steps"] == 81
    assert (training["batch_size"], training["precision"]) == (4, "float32")
    assert [point["seconds"] for point in training["curve"]] == [
        5.0 * n for n in range(1, 9)
    ]
    assert [point["steps"] for point in training["curve"]] == [
        1 + 10 * n for n in range(1, 9)
    ]
    assert [point["l1Loss"] for point in training["curve"]] == [
        1 / n for n in range(1, 9)
    ]
    assert model.evaluated == ["pairs"] * POINTS


def test_the_training_ends_with_the_step_that_is_closest_to_its_end():
    model = FakeModel([1.0, *[3.0] * 1000])
    training = train(model, 40)
    assert training["seconds"] == pytest.approx(39)
    model = FakeModel([1.0, *[3.0] * 1000])
    assert train(model, 41)["seconds"] == pytest.approx(42)


def test_the_learning_rate_follows_the_clock():
    model = FakeModel([1.0, *[1.0] * 1000])
    train(model, 80, "--learning-rate", "0.5", "--lr-decay", "linear")
    first, *rates = model.rates
    assert first is None  # the step that traces has the rate of `compile`
    expected = [0.5 * min(1, 2 * (1 - step / 80)) for step in range(80)]
    assert rates == pytest.approx(expected, rel=1e-6)
    model = FakeModel([1.0, *[1.0] * 1000])
    train(model, 80, "--learning-rate", "0.5")
    assert model.rates[1:] == [0.5] * 80


def test_a_real_training_leaves_its_generator(tmp_path, pairs_folder):
    flags = ["--data", str(pairs_folder), "--image-size", str(SIZE), "--recipe", "fast"]
    flags += ["--width", "4", "--patch", "16", "--precision", "float32"]
    words = [sys.executable, "-m", "recipe_study.timed_training", str(tmp_path), "2"]
    path = os.pathsep.join([str(SCRIPTS), str(SCRIPTS.parent)])
    done = subprocess.run(
        [*words, *flags],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    training = json.loads((tmp_path / "training.json").read_text())
    assert training["seconds"] == pytest.approx(2, rel=0.3)
    assert len(training["curve"]) == POINTS
    last = training["curve"][-1]
    assert last["steps"] == training["steps"] > 8
    assert 0 < last["l1Loss"] < 1
    generator = load_generator(tmp_path / "models" / "generator.keras")
    assert generator.input_shape == (None, SIZE, SIZE, 3)
