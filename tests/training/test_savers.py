"""When checkpoints and generators are saved, and when a training ends early."""

import keras
import numpy as np
import pytest

from pyimagesearch.errors import RunStoppedError
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.best_score import BestScore
from pyimagesearch.training.checkpoint import read_checkpoint
from pyimagesearch.training.savers import (
    BestTracker,
    CheckpointSaver,
    settle_best_generator,
)
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


def create_saver(model, run, interval, history=(), **options):
    tracker = options.pop("tracker", BestTracker(None))
    callback = CheckpointSaver(run, interval, list(history), tracker, **options)
    model.stop_training = False
    for each in (callback, tracker):
        each.set_model(model)
        each.set_params({"epochs": 5, "steps": 7})
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


def test_the_number_of_pairs_continues_with_the_new_batch_size(model, tmp_path):
    options = {"epochs": 2, "pairs": 20, "batch_size": 3}
    create_saver(model, tmp_path, 1, **options).on_epoch_end(3)
    checkpoint = read_checkpoint(tmp_path / "checkpoints" / "last.npz")
    assert (checkpoint.epochs, checkpoint.steps) == (4, 28)
    assert checkpoint.pairs == 20 + 2 * 7 * 3


def mark(model, number):
    """Make the generator of an epoch known by its last bias."""
    bias = model.generator.trainable_weights[-1]
    bias.assign(np.full(bias.shape, number))


def read_mark(path):
    return load_generator(path).trainable_weights[-1].numpy()[0]


def run_epochs(model, saver, values, first=0):
    """Call the callbacks at the end of epochs with these L1 losses."""
    for epoch, value in enumerate(values, first):
        mark(model, epoch)
        for callback in (saver.tracker, saver):
            callback.on_epoch_end(epoch, {"val_l1Loss": value})
        if model.stop_training:
            return


def test_the_best_generator_is_kept(model, tmp_path):
    saver = create_saver(model, tmp_path, 1, tracker=BestTracker("l1Loss"))
    run_epochs(model, saver, [0.4, 0.3, 0.5, 0.3])
    assert read_mark(tmp_path / "models" / "best.keras") == 1
    assert read_mark(tmp_path / "models" / "generator.keras") == 3
    checkpoint = read_checkpoint(tmp_path / "checkpoints" / "last.npz")
    assert checkpoint.best == saver.tracker.best == BestScore("l1Loss", 1, 0.3)


def test_without_a_score_there_is_no_best_generator(model, tmp_path):
    run_epochs(model, create_saver(model, tmp_path, 1), [0.4, 0.3])
    assert [path.name for path in (tmp_path / "models").iterdir()] == [
        "generator.keras"
    ]


def test_the_best_generator_is_replaced_together_with_the_checkpoint(model, tmp_path):
    saver = create_saver(model, tmp_path, 2, tracker=BestTracker("l1Loss"))
    run_epochs(model, saver, [0.4, 0.3, 0.2])
    best = tmp_path / "models" / "best.keras"
    staged = tmp_path / "checkpoints" / "best-002.keras"
    assert (read_mark(best), read_mark(staged)) == (1, 2)
    run_epochs(model, saver, [0.3], first=3)
    assert read_mark(best) == 2
    assert not staged.exists()


def test_a_newer_best_generator_than_the_checkpoint_is_forgotten(model, tmp_path):
    saver = create_saver(model, tmp_path, 2, tracker=BestTracker("l1Loss"))
    run_epochs(model, saver, [0.4, 0.3, 0.2])  # and it is killed
    best = read_checkpoint(tmp_path / "checkpoints" / "last.npz").best
    settle_best_generator(tmp_path, best)
    assert read_mark(tmp_path / "models" / "best.keras") == 1
    assert [p.name for p in (tmp_path / "checkpoints").iterdir()] == ["last.npz"]


def test_a_best_generator_of_the_checkpoint_is_moved_after_a_kill(model, tmp_path):
    saver = create_saver(model, tmp_path, 1, tracker=BestTracker("l1Loss"))
    run_epochs(model, saver, [0.4])
    best = tmp_path / "models" / "best.keras"
    staged = tmp_path / "checkpoints" / "best-000.keras"
    best.replace(staged)  # as if it had been killed after it wrote the checkpoint
    settle_best_generator(tmp_path, BestScore("l1Loss", 0, 0.4))
    assert read_mark(best) == 0
    assert not staged.exists()


def test_numbered_generators_are_kept(model, tmp_path):
    saver = create_saver(model, tmp_path, 3, keep_every=2)
    run_epochs(model, saver, [0.4] * 5)
    names = sorted(path.name for path in (tmp_path / "models").iterdir())
    assert names == ["generator-001.keras", "generator-003.keras", "generator.keras"]
    assert [read_mark(tmp_path / "models" / name) for name in names] == [1, 3, 4]


def test_a_score_that_stops_to_improve_ends_the_training(model, tmp_path, capsys):
    saver = create_saver(model, tmp_path, 3, tracker=BestTracker("l1Loss", patience=2))
    run_epochs(model, saver, [0.4, 0.3, 0.5, 0.3, 0.1])
    assert model.stop_training
    checkpoint = read_checkpoint(tmp_path / "checkpoints" / "last.npz")
    assert checkpoint.epochs == 4  # also without the interval
    assert checkpoint.best == BestScore("l1Loss", 1, 0.3)
    line = (
        "the training ends early: the best of history.csv is epoch 1, val_l1Loss 0.30"
    )
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(("epoch", "is_exhausted"), [(3, False), (4, False), (5, True)])
def test_patience_counts_from_the_best_epoch(epoch, is_exhausted):
    best = BestScore("psnr", 2, 20.0)
    assert BestTracker("psnr", best, patience=3).is_exhausted(epoch) == is_exhausted
    assert not BestTracker("psnr", best).is_exhausted(epoch)
    assert not BestTracker("psnr", None, patience=3).is_exhausted(epoch)
