"""The generator comes back from disk as it was, and nothing else does."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import SIZE

from pyimagesearch.errors import UserError
from pyimagesearch.translation.generator import load_generator, save_generator


def test_a_saved_generator_makes_the_same_pictures(networks, tmp_path):
    path = tmp_path / "models" / "generator.keras"
    save_generator(networks[0], path)
    images = tf.random.stateless_uniform((2, SIZE, SIZE, 3), (1, 2), -1, 1)
    np.testing.assert_array_equal(load_generator(path)(images), networks[0](images))
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_save_leaves_the_old_file(networks, tmp_path, monkeypatch):
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


def test_a_missing_generator_is_answered_with_the_command_that_makes_one(tmp_path):
    with pytest.raises(UserError, match=r"`python train_pix2pix\.py` makes"):
        load_generator(tmp_path / "generator.keras")


def test_a_foreign_file_is_named(tmp_path):
    path = tmp_path / "foreign.keras"
    path.write_bytes(b"PK no model")
    with pytest.raises(UserError, match=r"foreign\.keras is not a model"):
        load_generator(path)


def test_a_model_that_makes_no_images_is_named(tmp_path, networks):
    path = tmp_path / "discriminator.keras"
    networks[1].save(path)
    with pytest.raises(UserError, match=r"is not a generator of images from images"):
        load_generator(path)
