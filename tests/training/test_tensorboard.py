"""TensorBoard gets the logs and the grid of every epoch."""

import importlib.util
import os
import sys

import cv2
import numpy as np
import pytest
import tensorflow as tf
from tiny import random_image, write_image

from pyimagesearch.training import callbacks
from pyimagesearch.training.callbacks import (
    TensorBoardLogger,
    create_tensorboard_callbacks,
)

NOT_UTF8 = pytest.param(
    os.fsdecode(b"r\xe9"),
    id="not UTF-8",
    marks=pytest.mark.skipif(sys.platform != "linux", reason="needs any bytes"),
)


@pytest.mark.skipif(
    importlib.util.find_spec("tensorboard") is None, reason="needs tensorboard"
)
@pytest.mark.parametrize("name", ["logs", NOT_UTF8])
def test_epochs_have_their_logs_and_grids(tmp_path, name):
    images = tmp_path / "images"
    grid = write_image(images / "001.png", random_image(0))
    folder = tmp_path / name
    log = TensorBoardLogger(folder, images)
    for epoch in range(2):
        log.on_epoch_end(epoch, {"gLoss": 1.5 + epoch, "val_psnr": tf.constant(20.0)})
    log.on_train_end()

    (file,) = folder.iterdir()
    # TensorFlow reads no name that is not UTF-8.
    file = file.rename(tmp_path / "events")
    logged = {
        (event.step, value.tag): tf.make_ndarray(value.tensor)
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
    }
    assert logged.keys() == {
        *((0, "gLoss"), (0, "val_psnr"), (1, "gLoss"), (1, "val_psnr")),
        (1, "images"),
    }
    assert (logged[0, "gLoss"], logged[1, "gLoss"]) == (1.5, 2.5)
    assert logged[0, "val_psnr"] == 20
    width, height, image = logged[1, "images"]
    pixels = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(pixels, cv2.imread(str(grid)))


def test_run_without_an_epoch_leaves_no_folder(tmp_path):
    TensorBoardLogger(tmp_path / "logs", tmp_path).on_train_end()
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize("installed", [True, False])
def test_callback_requires_the_package(tmp_path, monkeypatch, installed):
    found = {"tensorboard": object()} if installed else {}
    monkeypatch.setattr(callbacks.importlib.util, "find_spec", found.get)
    created = create_tensorboard_callbacks(tmp_path, tmp_path)
    assert [type(callback) for callback in created] == [TensorBoardLogger] * installed


def test_a_log_that_cannot_be_written_is_one_warning(tmp_path, capsys):
    (tmp_path / "logs").touch()
    log = TensorBoardLogger(tmp_path / "logs" / "tensorboard", tmp_path)
    for epoch in range(2):
        log.on_epoch_end(epoch, {"gLoss": 1.5})
    log.on_train_end()
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"[WARNING] {log.folder} could not be written (")
    assert said.endswith("; the training continues")


@pytest.mark.skipif(
    importlib.util.find_spec("tensorboard") is None, reason="needs tensorboard"
)
def test_a_folder_in_the_place_of_a_grid_is_left_out(tmp_path, capsys):
    (tmp_path / "images" / "000.png").mkdir(parents=True)
    log = TensorBoardLogger(tmp_path / "logs", tmp_path / "images")
    log.on_epoch_end(0, {"gLoss": 1.5})
    log.on_train_end()
    assert capsys.readouterr().err == ""
    assert list((tmp_path / "logs").iterdir())
