"""A generator whose results depend on few pixels, and street scenes to paint on."""

import sys

import keras
import pytest
from keras import layers

from pyimagesearch.datasets.streets import write_streets
from pyimagesearch.demo.demo_settings import parse_demo_settings
from pyimagesearch.translation.generator import save_generator

SIZE = 64  # pixels
CONTEXT = 1  # pixels around a pixel of the input, which its result depends on


@pytest.fixture(scope="session")
def make_generator():
    """Return a function that makes a generator with random weights."""

    def make(seed=0, channels=(3, 3)):
        inputs = keras.Input((SIZE, SIZE, channels[0]))
        initializer = keras.initializers.RandomNormal(stddev=0.4, seed=seed)
        options = {"padding": "same", "kernel_initializer": initializer}
        hidden = layers.Conv2D(4, 2 * CONTEXT + 1, activation="relu", **options)(inputs)
        outputs = layers.Conv2D(channels[1], 1, activation="tanh", **options)(hidden)
        return keras.Model(inputs, outputs)

    return make


@pytest.fixture(scope="session")
def streets(tmp_path_factory):
    """The folder of one training and three validation pairs; B is the label map."""
    folder = tmp_path_factory.mktemp("streets")
    write_streets(folder, train=1, val=3, size=SIZE)
    return folder


@pytest.fixture
def run_folder(tmp_path, make_generator):
    """The folder of a run that has a generator, and no record."""
    save_generator(make_generator(), tmp_path / "run" / "models" / "generator.keras")
    return tmp_path / "run"


@pytest.fixture
def parse(monkeypatch):
    """Return a function that parses flags."""

    def parse(*flags):
        monkeypatch.setattr(sys, "argv", ["demo", *map(str, flags)])
        return parse_demo_settings()

    return parse
