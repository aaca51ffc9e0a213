"""Trainings on images of other channels, depths and formats, through the commands."""

import csv
import json
import sys

import cv2
import numpy as np
import pytest
import tensorflow as tf
import tifffile
from tiny import SIZE, write_image

import inference
import train_pix2pix
from pyimagesearch import config, evaluate
from pyimagesearch.datasets.image_decoding import read_stored_image
from pyimagesearch.datasets.side_formats import (
    PairFormat,
    SideFormat,
    create_side_format,
    parse_pair_format,
)
from pyimagesearch.export import __main__ as export
from pyimagesearch.export import comparison
from pyimagesearch.translation.generator import create_predictor, load_generator

LARGE = (100, 70)  # pixels: several tiles


def noise(seed, height, width, channels):
    """Noise from 0 to 1."""
    return np.random.default_rng(seed).random((height, width, channels))


def write_side(path, image, side_format, extension):
    """Writes an image from 0 to 1 in the units of a format."""
    pixels = side_format.restore(image * 2 - 1)
    path = path.with_name(path.name + extension)
    path.parent.mkdir(parents=True, exist_ok=True)
    if extension == ".npy":
        np.save(path, pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    elif extension == ".tif":
        options = {"photometric": "minisblack", "planarconfig": "contig"}
        tifffile.imwrite(path, pixels, **options)
    else:
        write_image(path, pixels)
    return path


KINDS = {
    "1 to 3": ((SideFormat(1), ".png"), (SideFormat(3), ".png"), ()),
    "3 to 1": (
        (SideFormat(3), ".png"),
        (create_side_format(1, "uint16", (0, 1400)), ".png"),
        ("--target-range", "0", "1400", "--recipe", "quick"),
    ),
    "4 to 3": (
        (SideFormat(4), ".png"),
        (SideFormat(3), ".jpg"),
        ("--input-channels", "4", "--network", "paper", "--augment", "crop"),
    ),
    "5 to 1": (
        (create_side_format(5, "uint16", (0, 1400)), ".tif"),
        (create_side_format(1, "float32", (-10, 30)), ".npy"),
        ("--input-range", "0", "1400", "--target-range", "-10", "30"),
    ),
}


class Commands:
    """Runs the commands in a folder of pairs of one kind."""

    def __init__(self, folder, kind, monkeypatch):
        (self.input, self.extension), (self.target, other), self.flags = KINDS[kind]
        self.folder = folder
        self.run = folder / "run"
        self.inputs = folder / "data" / "val" / "input"
        self.monkeypatch = monkeypatch
        for index in range(6):
            split = "train" if index < 4 else "val"
            for name, side, extension in (
                ("input", self.input, self.extension),
                ("target", self.target, other),
            ):
                path = folder / "data" / split / name / str(index)
                image = noise(index, SIZE, SIZE, side.channels)
                write_side(path, image, side, extension)

    def call(self, script, *flags):
        self.monkeypatch.setattr(sys, "argv", ["script", *map(str, flags)])
        script.main()

    def train(self, *flags):
        self.call(
            train_pix2pix,
            *("--data", self.folder / "data", "--output", self.run),
            *("--image-size", SIZE, "--batch-size", 2, "--validation-steps", 1),
            *("--precision", "float32", "--strategy", "none", "--no-jit-compile"),
            *("--monitor-interval", 1, *self.flags, *flags),
        )

    def read_formats(self):
        record = json.loads((self.run / "run.json").read_text())
        return parse_pair_format(record["sides"], "run.json")

    def check_translations(self, extension):
        """The results are those of the generator, in units of the targets."""
        self.call(inference, "--run", self.run, "--input", self.inputs)
        generator = load_generator(self.run / "models" / "generator.keras")
        predict = create_predictor(generator, 1)
        files = sorted(self.inputs.iterdir())
        assert len(files) == 2
        for file in files:
            image = self.input.store(read_stored_image(file), file)
            (scaled,) = predict(self.input.scale(image)[None])
            assert scaled.shape == (SIZE, SIZE, self.target.channels)
            expected = self.target.restore(scaled)
            path = self.run / config.TRANSLATED_FOLDER / f"{file.stem}{extension}"
            result = read_stored_image(path).pixels
            assert result.dtype == self.target.dtype
            assert result.shape == expected.shape
            low, high = self.target.limits
            assert low <= result.min() < result.max() <= high
            # Batches of other sizes round differently.
            integers = result.dtype.kind == "u"
            tolerance = 1 if integers else 1e-4 * (high - low)
            np.testing.assert_allclose(
                result.astype(float), expected.astype(float), rtol=0, atol=tolerance
            )


@pytest.fixture
def commands(tmp_path, monkeypatch):
    # It cannot be turned off again, and is not for the tests that come after.
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: None)
    monkeypatch.setattr(comparison, "SECONDS", 0)
    return lambda kind: Commands(tmp_path, kind, monkeypatch)


def test_five_channels_become_units(commands, capsys):
    commands = commands("5 to 1")
    commands.train("--epochs", 1, "--steps-per-epoch", 1)
    assert commands.read_formats() == PairFormat(commands.input, commands.target)
    out = capsys.readouterr().out
    assert "[INFO] input: read as 5 channels, uint16, 0 to 1400\n" in out
    assert "[INFO] target: read as 1 channel, float32, -10 to 30\n" in out
    record = json.loads((commands.run / "run.json").read_text())
    error = record["results"]["validation"]["l1Loss"] * 20
    assert f", mean absolute error {error:.4g} in units of the files" in out
    commands.check_translations(".npy")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "extension"),
    [("1 to 3", ".png"), ("3 to 1", ".png"), ("4 to 3", ".png"), ("5 to 1", ".npy")],
)
def test_every_command_takes_all_channels(commands, capsys, kind, extension):
    commands = commands(kind)
    commands.train("--epochs", 1, "--steps-per-epoch", 2)
    assert commands.read_formats() == PairFormat(commands.input, commands.target)
    commands.train("--epochs", 2, "--steps-per-epoch", 2, "--resume")
    with (commands.run / "logs" / "history.csv").open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["0", "1"]
    assert commands.read_formats() == PairFormat(commands.input, commands.target)

    commands.call(inference, "--run", commands.run)
    grid = cv2.imread(str(commands.run / "images" / "grid.png"))
    assert grid.shape[1] > 3 * 256

    commands.check_translations(extension)
    check_tiles(commands, extension)
    check_side_by_side(commands)
    check_scores(commands)
    check_exports(commands)


def check_tiles(commands, extension):
    image = noise(9, *LARGE, commands.input.channels)
    path = commands.folder / "large"
    path = write_side(path, image, commands.input, commands.extension)
    flags = ("--input", path, "--output", commands.folder / "tiles", "--tile", 32)
    commands.call(inference, "--run", commands.run, *flags)
    result = read_stored_image(commands.folder / "tiles" / f"large{extension}").pixels
    assert result.shape == (*LARGE, commands.target.channels)
    assert result.dtype == commands.target.dtype
    low, high = commands.target.limits
    assert low <= result.min() < result.max() <= high


def check_side_by_side(commands):
    flags = ("--input", commands.inputs, "--output", commands.folder / "both")
    commands.call(inference, "--run", commands.run, *flags, "--side-by-side")
    for file in commands.inputs.iterdir():
        both = cv2.imread(
            str(commands.folder / "both" / f"{file.stem}.png"), cv2.IMREAD_UNCHANGED
        )
        assert both.shape == (SIZE, 2 * SIZE, 3)
        assert both.dtype == np.uint8


def check_scores(commands):
    commands.call(evaluate, "--run", commands.run)
    report = commands.run / "report"
    metrics = json.loads((report / "metrics.json").read_text())
    assert metrics["input"] == commands.input.describe()
    assert metrics["target"] == commands.target.describe()
    assert metrics["pairs"] == 2
    scores = metrics["scores"]
    assert set(scores["l1"]["baselines"]) == {"mean picture"}  # an input is no target
    low, high = commands.target.limits
    half, errors = (high - low) / 2, []
    for number, entry in enumerate(metrics["images"]):
        (file,) = (commands.inputs.parent / "target").glob(f"{entry['name'][-1]}.*")
        target = read_stored_image(file).pixels.astype(float)
        (file,) = (commands.run / config.TRANSLATED_FOLDER).glob(f"{file.stem}.*")
        errors.append(np.abs(target - read_stored_image(file).pixels).mean())
        # Results that are integers are rounded.
        assert entry["scores"]["l1"] * half == pytest.approx(errors[-1], abs=0.5)
        for column in ("input", "prediction", "target"):
            path = report / "images" / f"{number + 1:04d}-{column}.png"
            image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            assert image.shape[:2] == (SIZE, SIZE)
            assert image.dtype == np.uint8
    assert ("l1_units" in scores) is commands.target.has_units
    if commands.target.has_units:
        assert scores["l1_units"]["mean"] == pytest.approx(np.mean(errors), abs=0.5)


def check_exports(commands):
    flags = ("--run", commands.run, "--format", "saved_model", "tflite")
    commands.call(export, *flags)  # compares each with Keras
    folder = commands.run / "export"
    facts = json.loads((folder / "generator.tflite.json").read_text())
    assert facts["shape"] == [None, None, None, commands.input.channels]
    for name, side in (("input", commands.input), ("output", commands.target)):
        entry = {"dtype": side.dtype, "range": list(side.limits)}
        assert facts["values"][name] == entry
    serve = tf.saved_model.load(folder / "generator_saved_model").signatures
    outputs = serve["serving_default"].structured_outputs
    (output,) = outputs.values()
    assert output.shape[-1] == commands.target.channels
