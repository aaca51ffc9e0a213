"""When `CheckpointSaver` replaces the checkpoint."""

import keras
import numpy as np
import pytest

from pyimagesearch.errors import RunStoppedError
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.callbacks import CheckpointSaver
from pyimagesearch.training.checkpoint import read_checkpoint
from pyimagesearch.translation.generator import load_generator


@pytest.fixture
def model(networks):
    model = Pix2PixTraining(*map(keras.models.clone_model, networks))
    model.compile(
        keras.optimizers.SGD(0.1),
        keras.optimizers.SGD(0.1),
        keras.losses.BinaryCrossentropy(from_logits=True),
        keras.losses.MeanAbsoluteError(),
    )
    return model


def create_saver(model, run, interval, history=()):
    callback = CheckpointSaver(run, interval, list(history))
    callback.set_model(model)
    callback.set_params({"epochs": 5, "steps": 7})
    return callback


def test_it_saves_every_interval_and_the_last_epoch(model, tmp_path):
    callback = create_saver(model, tmp_path, interval=2)
    kept = []
    for epoch in range(5):
        callback.on_epoch_end(epoch)
        checkpoint = read_checkpoint(tmp_path / "checkpoints" / "last.npz")
        kept.append(checkpoint and (checkpoint.epochs, checkpoint.steps))
        assert callback.epochs == (checkpoint.epochs if checkpoint else 0)
    assert kept == [None, (2, 14), (2, 14), (4, 28), (5, 35)]


def test_it_saves_the_generator_and_the_history(model, tmp_path):
    create_saver(model, tmp_path, 1, [{"epoch": 0}]).on_epoch_end(0)
    saved = load_generator(tmp_path / "models" / "generator.keras")
    for weight, expected in zip(saved.weights, model.generator.weights, strict=True):
        np.testing.assert_array_equal(weight, expected)
    checkpoint = read_checkpoint(tmp_path / "checkpoints" / "last.npz")
    assert checkpoint.history == [{"epoch": 0}]


def test_infinite_weights_keep_the_previous_checkpoint(model, tmp_path):
    callback = create_saver(model, tmp_path, 1)
    callback.on_epoch_end(0)
    bias = model.discriminator.trainable_weights[-1]
    bias.assign(np.full(bias.shape, np.inf))
    with pytest.raises(
        RunStoppedError, match="NaN or infinite at the end of epoch 1"
    ) as stopped:
        callback.on_epoch_end(1)
    assert stopped.value.status == 1
    assert read_checkpoint(tmp_path / "checkpoints" / "last.npz").epochs == 1
