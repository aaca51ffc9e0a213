"""Saving, loading and calling a generator."""

import json
import warnings
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import SIZE

from pyimagesearch.errors import UserError
from pyimagesearch.translation import generator as generator_module
from pyimagesearch.translation.generator import (
    FixedBatch,
    create_predictor,
    load_generator,
    save_generator,
)


def test_a_loaded_generator_gives_the_same_output(networks, tmp_path):
    path = tmp_path / "models" / "generator.keras"
    save_generator(networks[0], path)
    images = tf.random.stateless_uniform((2, SIZE, SIZE, 3), (1, 2), -1, 1)
    np.testing.assert_array_equal(load_generator(path)(images), networks[0](images))
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_save_keeps_the_old_file(networks, tmp_path, monkeypatch):
    path = tmp_path / "generator.keras"
    path.write_bytes(b"old")

    def save(self, file):
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", save)
    with pytest.raises(OSError, match="No space left"):
        save_generator(networks[0], path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_raises_with_the_training_command(tmp_path):
    with pytest.raises(UserError, match=r"train one with `python train_pix2pix\.py`"):
        load_generator(tmp_path / "generator.keras")


def test_an_invalid_file_raises(tmp_path):
    path = tmp_path / "foreign.keras"
    path.write_bytes(b"PK no model")
    with pytest.raises(UserError, match=r"foreign\.keras is not a model"):
        load_generator(path)


@pytest.mark.parametrize("kept", [0.0, 0.02, 0.3, 0.9, 0.999])
def test_a_cut_file_raises(networks, tmp_path, kept):
    path = tmp_path / "generator.keras"
    networks[0].save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(UserError, match=r"generator\.keras is not a model"):
        load_generator(path)


@pytest.mark.parametrize("entry", ["config.json", "model.weights.h5"])
@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"null", b"\xff"])
def test_a_damaged_entry_raises(networks, tmp_path, entry, content):
    path, damaged = tmp_path / "generator.keras", tmp_path / "damaged.keras"
    networks[0].save(path)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(damaged, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == entry else old.read(name))
    with pytest.raises(UserError, match=r"damaged\.keras is not a model"):
        load_generator(damaged)


def refuse(*_, **__):
    raise AssertionError("Keras must not read it")


def test_other_formats_are_not_read(networks, tmp_path, monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras advises against HDF5
        networks[0].save(tmp_path / "generator.h5")
    monkeypatch.setattr(keras.saving, "load_model", refuse)
    with pytest.raises(UserError, match=r"generator\.h5 is not a model"):
        load_generator(tmp_path / "generator.h5")


def test_a_file_that_unpacks_to_too_much_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", bytes(2_000_000))
    monkeypatch.setattr(generator_module, "MAX_UNPACKED", 1_000_000)
    monkeypatch.setattr(keras.saving, "load_model", refuse)
    with pytest.raises(UserError, match=r"bomb\.keras unpacks to 0\.0 GB, and at most"):
        load_generator(path)


LEAVES_SAFE_MODE = {  # as CVE-2025-9906 does
    "module": "keras.config",
    "class_name": "function",
    "config": "enable_unsafe_deserialization",
    "registered_name": "function",
}
LOADS_ANOTHER_MODEL = {**LEAVES_SAFE_MODE, "module": "keras.models"}
SAVED_MODEL = {"module": "keras.layers", "class_name": "TFSMLayer", "config": {}}
CODE = {"class_name": "__lambda__", "config": {"code": "", "defaults": None}}


@pytest.mark.parametrize(
    ("hostile", "name"),
    [
        (LEAVES_SAFE_MODE, "keras.config.function"),
        (LOADS_ANOTHER_MODEL, "keras.models.function"),
        (SAVED_MODEL, "keras.layers.TFSMLayer"),
        (CODE, "None.__lambda__"),
    ],
)
@pytest.mark.parametrize("place", ["layer", "activation"])
def test_calls_and_code_are_not_loaded(
    networks, tmp_path, monkeypatch, hostile, name, place
):
    path = tmp_path / "evil.keras"
    networks[0].save(tmp_path / "generator.keras")
    with (
        zipfile.ZipFile(tmp_path / "generator.keras") as old,
        zipfile.ZipFile(path, "w") as new,
    ):
        config = json.loads(old.read("config.json"))
        layers = config["config"]["layers"]
        if place == "layer":
            layers.insert(1, hostile)
        else:
            layers[1]["config"]["activation"] = hostile
        new.writestr("config.json", json.dumps(config))
        for entry in ("metadata.json", "model.weights.h5"):
            new.writestr(entry, old.read(entry))
    monkeypatch.setattr(keras.saving, "load_model", refuse)
    with pytest.raises(UserError, match=f"is refused: its .{name}. could run code"):
        load_generator(path)


@pytest.mark.parametrize("activation", ["relu", keras.activations.gelu])
def test_functions_of_keras_are_activations(tmp_path, activation):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(3, 1, activation=activation)(inputs)
    outputs = keras.layers.Activation(activation)(x)
    path = tmp_path / "generator.keras"
    keras.Model(inputs, outputs).save(path)
    assert load_generator(path).output_shape == (None, 8, 8, 3)


def save_model(path, shape, make_outputs):
    inputs = keras.Input(shape)
    keras.Model(inputs, make_outputs(inputs)).save(path)
    return path


@pytest.mark.parametrize(
    ("shape", "make_outputs"),
    [
        ((8,), keras.layers.Dense(8)),
        ((8, 8), keras.layers.Dense(8)),
        ((4, 8, 8, 3), keras.layers.Dense(3)),
        ((8, 8, 3), lambda x: [keras.layers.Dense(3)(x), keras.layers.Dense(3)(x)]),
        ((8, 8, 3), lambda x: {"image": keras.layers.Dense(3)(x)}),
        ((8, 8, 3), keras.layers.MaxPooling2D()),
        ((8, 8, 3), keras.layers.Flatten()),
    ],
    ids=[
        "rank 2",
        "rank 3",
        "rank 5",
        "two outputs",
        "a dict",
        "half the size",
        "flat",
    ],
)
def test_other_models_are_no_generators(tmp_path, shape, make_outputs):
    path = save_model(tmp_path / "other.keras", shape, make_outputs)
    with pytest.raises(UserError, match=r"other\.keras is not a pix2pix generator"):
        load_generator(path)


def test_a_model_without_a_shape_is_no_generator(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras advises to build it
        keras.Sequential([keras.layers.Dense(3)]).save(tmp_path / "unbuilt.keras")
    with pytest.raises(UserError, match=r"unbuilt\.keras is not a"):
        load_generator(tmp_path / "unbuilt.keras")


def test_a_discriminator_is_not_a_generator(tmp_path, networks):
    path = tmp_path / "discriminator.keras"
    networks[1].save(path)
    with pytest.raises(UserError, match=r"is not a pix2pix generator: it maps"):
        load_generator(path)


def make_noise(number, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (number, 4, 6, 3)).astype("f4")


def test_fixed_batch_pads_and_cuts_a_smaller_batch():
    seen = []

    def function(one, other):
        seen.append(one.shape)
        return {"sum": one + other, "means": tf.reduce_mean(one, (1, 2, 3))}

    sized = FixedBatch(function, (3, 4, 6, 3), batches=2)
    for number in (3, 1):
        one, other = make_noise(number), make_noise(number, seed=1)
        results = sized(one, other)
        np.testing.assert_array_equal(results["sum"], one + other)
        np.testing.assert_allclose(results["means"], one.mean((1, 2, 3)), atol=1e-6)
    assert seen == [(3, 4, 6, 3)]  # traced once


def test_fixed_batch_does_not_wrap_exceptions():
    def function(images):
        raise UserError("too small")

    with pytest.raises(UserError, match="^too small$"):
        FixedBatch(function, (3, 4, 6, 3))


def test_prediction_does_not_depend_on_the_batch(networks):
    generator, _ = networks
    images = np.random.default_rng(0).uniform(-1, 1, (4, 32, 32, 3)).astype("f4")
    predict = create_predictor(generator, 4)
    together = predict(images)
    np.testing.assert_array_equal(predict(images[1:3]), together[1:3])
    expected = generator(images, training=False)
    np.testing.assert_allclose(together, expected, atol=1e-5)


def test_predictor_rejects_nan():
    generator = keras.Sequential([keras.Input((4, 6, 3)), keras.layers.Conv2D(3, 1)])
    generator.layers[0].bias.assign([0, np.nan, 0])
    with pytest.raises(
        UserError, match="outputs NaN or infinite values: .* with --other"
    ):
        create_predictor(generator, 2, "--other")(make_noise(1))
