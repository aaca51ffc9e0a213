"""When the monitor draws, what it draws, and that it never ends a training."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch import train_monitor
from pyimagesearch.train_monitor import get_train_monitor


class Doubler(keras.Model):
    """Stands in for a training: it halves the input mask."""

    def __init__(self):
        super().__init__()
        self.built = True

    def call(self, image, training=False):
        return image / 2

    def train_step(self, data):
        return {"loss": 0.0}


def trained(monitor, epochs):
    model = Doubler()
    model.compile(optimizer=None)
    model.fit(tf.zeros((1, 1)), epochs=epochs, callbacks=[monitor], verbose=0)


@pytest.fixture
def pictures():
    """Two batches of three input masks and targets."""
    mask = tf.reshape(tf.linspace(-1.0, 1.0, 3 * 4 * 4 * 3), (3, 4, 4, 3))
    return tf.data.Dataset.from_tensors((mask, -mask)).repeat(2)


@pytest.mark.parametrize(
    ("epochs", "interval", "drawn"),
    [
        (1, 10, [0]),
        (12, 10, [0, 10, 11]),
        (11, 10, [0, 10]),
        (6, 2, [0, 2, 4, 5]),
        (3, 1, [0, 1, 2]),
    ],
)
def test_every_interval_and_the_last_epoch(tmp_path, pictures, epochs, interval, drawn):
    trained(get_train_monitor(pictures, tmp_path, 2, interval), epochs)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == [f"{epoch:03d}.png" for epoch in drawn]


def test_the_columns_are_the_first_batch_and_what_is_made_of_it(
    tmp_path, pictures, monkeypatch
):
    saved = []
    monkeypatch.setattr(train_monitor, "save_grid", lambda *grid: saved.append(grid))
    trained(get_train_monitor(pictures, tmp_path, batchSize=2, epochInterval=1), 1)
    ((path, columns),) = saved
    mask = next(iter(pictures))[0][:2]
    assert path == tmp_path / "000.png"
    assert list(columns) == ["Input Image", "Pix2Pix Prediction", "Target Label"]
    np.testing.assert_array_equal(columns["Input Image"], mask)
    np.testing.assert_array_equal(columns["Pix2Pix Prediction"], mask / 2)
    np.testing.assert_array_equal(columns["Target Label"], -mask)


def test_integers_are_shown_like_floats(tmp_path, monkeypatch):
    saved = []
    monkeypatch.setattr(train_monitor, "save_grid", lambda *grid: saved.append(grid))
    pixels = tf.constant([[[[0, 255, 51]]]], tf.uint8)
    pictures = tf.data.Dataset.from_tensors((pixels, pixels))
    trained(get_train_monitor(pictures, tmp_path, 8, 1), 1)
    shown = saved[0][1]
    np.testing.assert_allclose(shown["Target Label"], [[[[-1, 1, -0.6]]]], atol=1e-6)
    np.testing.assert_allclose(shown["Input Image"], [[[[-1, 1, -0.6]]]], atol=1e-6)


def test_a_grid_that_cannot_be_drawn_is_a_warning(tmp_path, pictures, capsys):
    (tmp_path / "000.png").mkdir()
    trained(get_train_monitor(pictures, tmp_path, 2, 1), epochs=2)
    assert (tmp_path / "001.png").is_file()
    said = capsys.readouterr().err
    assert said.startswith("[WARNING]")
    assert "000.png could not be drawn" in said
