"""`python -m pyimagesearch.export`, as a user runs it."""

import sys

import keras
import pytest
import tensorflow as tf
from keras import layers
from tiny import random_image, write_image

from pyimagesearch.cli import run_command
from pyimagesearch.export import __main__, comparison
from pyimagesearch.translation.generator import load_generator, save_generator


def tiny_generator():
    """One convolution down and one up, on 32 px."""
    image = keras.Input((32, 32, 3))
    x = layers.Conv2D(64, 4, strides=2, padding="same", activation="relu")(image)
    up = layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh")
    return keras.Model(image, up(x))


@pytest.fixture
def command(pairs_folder, tmp_path, monkeypatch, capsys):
    """Exports the tiny generator of a run; gives the exit status and what was said."""
    monkeypatch.setattr(comparison, "CALLS", 2)
    monkeypatch.setattr(comparison, "SECONDS", 0.0)
    monkeypatch.chdir(tmp_path)
    save_generator(tiny_generator(), tmp_path / "run" / "models" / "generator.keras")

    def call(*flags):
        argv = ["export", "--run", "run", "--data", pairs_folder, *flags]
        monkeypatch.setattr(sys, "argv", list(map(str, argv)))
        status = 0
        try:
            run_command(__main__.main)
        except SystemExit as ended:
            status = ended.code
        return status, "".join(capsys.readouterr())

    return call


def files(folder):
    return sorted(path.name for path in folder.rglob("*"))


def test_the_files_come_into_the_run_with_a_table(command, tmp_path):
    status, said = command("--format", "keras", "tflite", "--quantize", "dynamic")
    assert status == 0
    written = ["generator.keras", "generator_dynamic.tflite"]
    assert files(tmp_path / "run" / "export") == sorted(
        written + [f"{name}.json" for name in written]
    )
    rows = [line.split()[0] for line in said.splitlines()[-2:]]
    assert rows == written
    assert "height and width are multiples of 2" in said
    opened = load_generator(tmp_path / "run" / "export" / "generator.keras")
    assert opened.input_shape == (None, None, None, 3)


def test_other_images_another_place_and_one_size(command, tmp_path):
    image = write_image(tmp_path / "image.png", random_image(1, 40, 50))
    flags = ("--input", image, "--output", "out", "--image-size", "32x48")
    status, said = command("--format", "keras", *flags)
    assert status == 0, said
    assert "one image of 32x48 at a time" in said
    path = tmp_path / "out" / "generator_32x48.keras"
    assert load_generator(path).input_shape == (1, 32, 48, 3)


def test_what_is_over_the_bound_ends_with_1_and_leaves_no_file(command, tmp_path):
    flags = ("--quantize", "dynamic", "--bound", "1e-9")
    status, said = command("--format", "tflite", *flags)
    assert status == 1
    assert "generator_dynamic.tflite was not kept" in said
    assert files(tmp_path / "run" / "export") == []


def test_a_mixed_precision_is_told(command, tmp_path, precision):
    precision("mixed_bfloat16")
    save_generator(tiny_generator(), tmp_path / "mixed.keras")
    precision("float32")
    status, said = command("--format", "keras", "--model", "mixed.keras")
    assert status == 0
    assert "trained in mixed_bfloat16, exported in float32" in said
    assert (tmp_path / "run" / "export" / "mixed.keras").is_file()


def test_a_full_disk_leaves_what_was_there(command, tmp_path, monkeypatch):
    assert command("--format", "saved_model")[0] == 0
    before = files(tmp_path / "run" / "export")

    def save(module, folder, signatures):
        (folder / "half").touch()
        problem = f"{folder}/half; No space left on device"
        raise tf.errors.ResourceExhaustedError(None, None, problem)

    monkeypatch.setattr(tf.saved_model, "save", save)
    status, said = command("--format", "saved_model")
    assert status == 2
    assert "generator_saved_model: No space left on device (" in said
    assert said.endswith(f" free in {tmp_path}/run/export/generator_saved_model)\n")
    assert files(tmp_path / "run" / "export") == before


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ((), "arguments are required: --format"),
        (("--format", "coreml"), "--format: invalid choice: 'coreml'"),
        (("--format", "keras", "--quantize", "none"), "--quantize requires --format"),
        (("--format", "keras", "--int8"), "--int8 requires --format tflite"),
        (("--format", "tflite", "--quantize", "int4"), "--quantize: invalid choice"),
        (("--format", "tflite", "--calibrate", "run"), "--calibrate requires --int8"),
        (("--format", "keras", "--bound", "0"), "0 is not a number above 0"),
        (("--format", "keras", "--image-size", "41"), "41x41 does not go through"),
        (("--format", "keras", "--model", "gone"), "no trained generator at gone"),
        (("--format", "keras", "--input", "gone.png"), "gone.png cannot be read"),
        (("--format", "keras", "--output", "run/models/generator.keras"), "--output"),
        (("--format", "keras", "--output", "run/models"), "would be overwritten"),
    ],
)
def test_bad_input_ends_with_one_sentence_and_leaves_nothing(
    command, tmp_path, flags, sentence
):
    before = files(tmp_path)
    status, said = command(*flags)
    assert status == 2
    assert sentence in said.splitlines()[-1]
    assert files(tmp_path) == before
