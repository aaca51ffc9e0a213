"""TFLite files of 8-bit weights and activations, calibrated on street scenes."""

import json
import sys

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from tiny import random_image, write_image

from pyimagesearch.cli import run_command
from pyimagesearch.datasets.streets import render_pair
from pyimagesearch.export import __main__
from pyimagesearch.export.formats import QUANTIZED
from pyimagesearch.networks.paper_networks import PaperNetworks
from pyimagesearch.networks.residual_networks import ResidualNetworks
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.translation.generator import load_generator, save_generator

TRAIN, VAL = 8, 3  # scenes


def build_generator(size):
    """Build a U-Net with one skip connection, most of whose bytes are weights."""
    image = keras.Input((size, size, 3))
    down = layers.Conv2D(48, 4, strides=2, padding="same")(image)
    x = layers.LeakyReLU(negative_slope=0.2)(down)
    x = layers.Conv2D(192, 4, strides=2, padding="same")(x)
    x = layers.GroupNormalization(groups=-1)(x)
    x = layers.Conv2DTranspose(48, 4, strides=2, padding="same")(layers.ReLU()(x))
    x = layers.Concatenate()([x, down])
    x = layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh")(x)
    return keras.Model(image, x)


def write_scenes(folder, size):
    """Write street scenes as lossless pairs; returns the labels and the photos."""
    sides = []
    for index in range(TRAIN + VAL):
        pair = [cv2.resize(side, (size, size)) for side in render_pair(index)]
        split = "train" if index < TRAIN else "val"
        write_image(folder / split / f"{index:02}.png", np.hstack(pair))
        sides.append([side / np.float32(127.5) - 1 for side in pair])
    photos, labels = map(np.stack, zip(*sides, strict=True))
    return labels, photos


def make_run(folder, generator, epochs):
    """Train a generator on scenes for a moment, and save it as that of a run."""
    labels, photos = write_scenes(folder / "scenes", generator.input_shape[1])
    keras.utils.set_random_seed(1)
    generator.compile(keras.optimizers.Adam(2e-3), "mae")
    generator.fit(labels[:TRAIN], photos[:TRAIN], 4, epochs, verbose=0)
    save_generator(generator, folder / "run" / "models" / "generator.keras")
    return labels[TRAIN:], photos[TRAIN:]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A folder with `scenes` and a `run`, and the labels and photos to validate on."""
    folder = tmp_path_factory.mktemp("int8")
    keras.utils.set_random_seed(0)
    return folder, *make_run(folder, build_generator(32), 30)


@pytest.fixture
def export(hurried, monkeypatch, capsys):
    def call(folder, *flags):
        monkeypatch.chdir(folder)
        argv = ["export", "--run", "run", "--format", "tflite", *flags]
        monkeypatch.setattr(sys, "argv", list(map(str, argv)))
        status = 0
        try:
            run_command(__main__.main)
        except SystemExit as ended:
            status = ended.code
        return status, "".join(capsys.readouterr())

    return call


def load_interpreter(path):
    with pytest.warns(UserWarning, match="LiteRT"):
        return tf.lite.Interpreter(str(path))


def call_interpreter(interpreter, images):
    """The images of a TFLite file, without any code of the package."""
    (entry,), (end,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert entry["dtype"] == end["dtype"] == np.float32
    interpreter.allocate_tensors()
    outputs = []
    for image in images:
        interpreter.set_tensor(entry["index"], image[None])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(end["index"])[0])
    return np.stack(outputs)


def count_dtypes(interpreter):
    dtypes = [np.dtype(t["dtype"]).name for t in interpreter.get_tensor_details()]
    return {name: dtypes.count(name) for name in dict.fromkeys(dtypes)}


def test_the_loss_is_measured_said_and_recorded(run, export):
    folder, labels, photos = run
    flags = ("--data", "scenes", "--quantize", "none", "--int8")
    status, said = export(folder, *flags)
    assert status == 0, said
    path = folder / "run" / "export" / "generator_int8.tflite"
    interpreter = load_interpreter(path)
    outputs = call_interpreter(interpreter, labels)
    generator = load_generator(folder / "run" / "models" / "generator.keras")
    expected = generator.predict(labels, verbose=0)
    from_keras = np.abs(outputs - expected).mean()
    to_targets, keras_to_targets = (
        np.abs(images - photos).mean() for images in (outputs, expected)
    )
    assert 1e-4 < from_keras < 0.02
    assert keras_to_targets < 0.8 * np.abs(photos - photos.mean()).mean()
    assert abs(to_targets - keras_to_targets) < 0.005

    description = json.loads(path.with_name(f"{path.name}.json").read_text())
    assert description["shape"] == [1, 32, 32, 3]
    assert description["dtype"] == "float32"
    recorded = description["quantization"]
    assert recorded.pop("l1") == pytest.approx(
        {
            "examples": VAL,
            "from_keras": from_keras,
            "to_targets": to_targets,
            "keras_to_targets": keras_to_targets,
        },
        rel=1e-3,
    )
    assert recorded == {
        **{"weights": "int8", "activations": "int8", "calibration_images": TRAIN}
    }
    for line in (
        f"int8 is calibrated on all {TRAIN} training inputs",
        "generator_int8.tflite accepts one image of 32x32 at a time",
        f"L1 from Keras {from_keras:.4f} (",
        f"L1 to the targets {to_targets:.4f}, of Keras {keras_to_targets:.4f} (",
    ):
        assert line in said
    whole = path.with_name("generator.tflite")
    assert 0.2 < path.stat().st_size / whole.stat().st_size < 0.3
    assert json.loads(path.with_name(f"{whole.name}.json").read_text())["shape"] == [
        *(None, None, None, 3)
    ]


def test_other_images_and_another_size(run, export):
    folder, labels, _ = run
    write_image(folder / "in" / "1.png", random_image(1, 48, 32))
    flags = ("--int8", "--calibrate", "in", "--input", "in", "--image-size", "48x32")
    status, said = export(folder, *flags, "--output", "out")
    assert status == 0, said
    assert "int8 is calibrated on all 1 images of --calibrate" in said
    assert "no L1 to targets, which images of --input do not have" in said
    path = folder / "out" / "generator_48x32_int8.tflite"
    assert load_interpreter(path).get_input_details()[0]["shape"].tolist() == [
        *(1, 48, 32, 3)
    ]
    description = json.loads(path.with_name(f"{path.name}.json").read_text())
    scores = description["quantization"]["l1"]
    assert scores["examples"] == 1
    assert scores["to_targets"] is scores["keras_to_targets"] is None


def test_the_mean_difference_is_bounded(run, export):
    folder = run[0]
    flags = ("--data", "scenes", "--int8", "--output", "bounded")
    status, said = export(folder, *flags, "--bound", "1e-5")
    assert status == 1
    assert "generator_int8.tflite was not kept" in said
    assert "levels of 8 bits) on average, more than 1e-05; --bound" in said
    assert not list((folder / "bounded").iterdir())


def test_only_int8_is_bounded_on_average():
    assert {name: kind.bounded for name, kind in QUANTIZED.items()} == {
        **{"float16": "largest", "dynamic": "largest", "int8": "mean"}
    }


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ((), "run has no run.json, which names them: pass some images with"),
        (("--model", "other.keras"), "other.keras is not in the folder of --run, run"),
        (("--calibrate", "gone", "--input", "in.png"), "gone cannot be read"),
        (("--calibrate", "bad.png", "--input", "in.png"), "bad.png"),
    ],
)
def test_what_cannot_calibrate_ends_with_one_sentence(run, export, flags, sentence):
    folder = run[0]
    write_image(folder / "in.png", random_image(1, 32, 32))
    (folder / "bad.png").write_bytes(b"no image")
    status, said = export(folder, "--int8", *flags, "--output", "failed")
    assert status == 2, said
    last = said.splitlines()[-1]
    assert last.startswith("[ERROR] ")
    assert sentence in last
    assert "Traceback" not in said
    assert not list((folder / "failed").glob("*"))


NETWORKS = {
    "tutorial": lambda: Pix2Pix(64, 64).generator(),
    "paper": lambda: PaperNetworks(64, 64, width=16).generator(),
    "resize": lambda: PaperNetworks(64, 64, width=16, upsample="resize").generator(),
    "batch": lambda: PaperNetworks(64, 64, width=16, norm="batch").generator(),
    "residual": lambda: ResidualNetworks(64, 64, width=16).generator(),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_loses_little(tmp_path, export, name):
    keras.utils.set_random_seed(0)
    make_run(tmp_path, NETWORKS[name](), 20)
    status, said = export(tmp_path, "--data", "scenes", "--int8")
    assert status == 0, said
    path = tmp_path / "run" / "export" / "generator_int8.tflite"
    counts = count_dtypes(load_interpreter(path))
    # All but the ends, and the reciprocal square roots of instance normalization.
    assert counts["float32"] <= (2 if name in ("tutorial", "batch") else 50)
    assert counts["int8"] >= 40
    scores = json.loads(path.with_name(f"{path.name}.json").read_text())[
        "quantization"
    ]["l1"]
    print(name, scores)
    assert scores["from_keras"] < 0.03
    assert abs(scores["to_targets"] - scores["keras_to_targets"]) < 0.01
