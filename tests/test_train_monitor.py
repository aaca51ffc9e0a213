"""When the train monitor draws, what it draws, and that it never ends a training."""

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch import train_monitor
from pyimagesearch.train_monitor import get_train_monitor
from pyimagesearch.visualization import GRID_GAP, GRID_TITLE


class Halver(keras.Model):
    """A model without weights that halves the input mask."""

    def __init__(self):
        super().__init__()
        self.built = True

    def call(self, image, training=False):
        return image / 2

    def train_step(self, data):
        return {"loss": 0.0}


def train(monitor, epochs):
    model = Halver()
    model.compile(optimizer=None)
    model.fit(tf.zeros((1, 1)), epochs=epochs, callbacks=[monitor], verbose=0)


@pytest.fixture
def images():
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
def test_it_draws_every_interval_and_the_last_epoch(
    tmp_path, images, epochs, interval, drawn
):
    train(get_train_monitor(images, tmp_path, 2, interval), epochs)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == [f"{epoch:03d}.png" for epoch in drawn]


def test_columns_are_the_first_batch_and_its_predictions(tmp_path, images, monkeypatch):
    saved = []
    monkeypatch.setattr(train_monitor, "save_grid", lambda *grid: saved.append(grid))
    train(get_train_monitor(images, tmp_path, batchSize=2, epochInterval=1), 1)
    ((path, columns),) = saved
    mask = next(iter(images))[0][:2]
    assert path == tmp_path / "000.png"
    assert list(columns) == ["Input Image", "Pix2Pix Prediction", "Target Label"]
    np.testing.assert_array_equal(columns["Input Image"], mask)
    np.testing.assert_array_equal(columns["Pix2Pix Prediction"], mask / 2)
    np.testing.assert_array_equal(columns["Target Label"], -mask)


def test_integers_are_drawn_like_floats(tmp_path, monkeypatch):
    saved = []
    monkeypatch.setattr(train_monitor, "save_grid", lambda *grid: saved.append(grid))
    pixels = tf.constant([[[[0, 255, 51]]]], tf.uint8)
    images = tf.data.Dataset.from_tensors((pixels, pixels))
    train(get_train_monitor(images, tmp_path, 8, 1), 1)
    columns = saved[0][1]
    np.testing.assert_allclose(columns["Target Label"], [[[[-1, 1, -0.6]]]], atol=1e-6)
    np.testing.assert_allclose(columns["Input Image"], [[[[-1, 1, -0.6]]]], atol=1e-6)


class Repeater(Halver):
    """Generates as many channels as the target has, of half the first one's value."""

    def __init__(self, channels):
        super().__init__()
        self.channels = channels

    def call(self, image, training=False):
        return tf.repeat(image[..., :1] / 2, self.channels, axis=-1)


@pytest.mark.parametrize(
    ("inputs", "targets"), [(1, 1), (1, 3), (2, 4), (3, 1), (4, 9), (9, 2)]
)
def test_any_channels_are_drawn_without_formats(tmp_path, monkeypatch, inputs, targets):
    drawn = []
    save = train_monitor.save_grid
    monkeypatch.setattr(
        train_monitor, "save_grid", lambda *grid: [drawn.append(grid[1]), save(*grid)]
    )
    levels = np.arange(1, 10, dtype=np.float32) / 10
    mask = np.broadcast_to(levels[:inputs], (2, 32, 32, inputs))
    target = np.broadcast_to(-levels[:targets], (2, 32, 32, targets))
    model = Repeater(targets)
    model.compile(optimizer=None)
    pairs = tf.data.Dataset.from_tensors((mask, target))
    monitor = get_train_monitor(pairs, tmp_path, 2, 1)
    model.fit(tf.zeros((1, 1)), callbacks=[monitor], verbose=0)

    for title, channels in zip(drawn[0], (inputs, targets, targets), strict=True):
        caption = {2: "channels 1 of 2"}.get(channels, f"channels 1 to 3 of {channels}")
        assert title.partition("\n")[2] == ("" if channels in (1, 3) else caption)
    grid = cv2.imread(str(tmp_path / "000.png"))[..., ::-1]
    width = (grid.shape[1] - GRID_GAP) // 3
    halves = np.full(targets, levels[0] / 2)
    for column, values in enumerate((mask[0, 0, 0], halves, target[0, 0, 0])):
        shown = values[:3] if len(values) > 2 else values[[0, 0, 0]]
        pixel = grid[GRID_TITLE + 10, GRID_GAP + column * width + 10]
        np.testing.assert_array_equal(pixel, np.rint((shown + 1) * 127.5))


def test_a_grid_that_cannot_be_drawn_is_a_warning(tmp_path, images, capsys):
    (tmp_path / "000.png").mkdir()
    train(get_train_monitor(images, tmp_path, 2, 1), epochs=2)
    assert (tmp_path / "001.png").is_file()
    message = capsys.readouterr().err
    assert message.startswith("[WARNING]")
    assert "000.png could not be drawn" in message
