"""A run goes on with other settings, or starts with the weights of another one."""

import json
import sys

import keras
import numpy as np
import pytest

import train_pix2pix
from pyimagesearch.errors import RunStoppedError, UserError
from pyimagesearch.run_record import read_history
from pyimagesearch.training import model_building
from pyimagesearch.training.best_score import BestScore
from pyimagesearch.training.checkpoint import read_checkpoint, write_checkpoint
from pyimagesearch.translation.generator import load_generator

TINY = ("--image-size", "32", "--batch-size", "2", "--steps-per-epoch", "2")
TINY += ("--validation-steps", "1", "--cache", "none", "--precision", "float32")


class SmallNetworks:
    """Networks whose graphs are traced quickly."""

    def generator(self):
        inputs = keras.Input((32, 32, 3))
        x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
        x = keras.layers.Dropout(0.1)(x)
        return keras.Model(inputs, keras.layers.Conv2D(3, 1, activation="tanh")(x))

    def discriminator(self):
        inputs = [keras.Input((32, 32, 3)) for _ in range(2)]
        x = keras.layers.Concatenate()(inputs)
        return keras.Model(inputs, keras.layers.Conv2D(1, 4, strides=8)(x))


@pytest.fixture
def train(tmp_path, pairs_folder, monkeypatch, capsys):
    """Train in the folder `run`, and return the lines that it prints."""
    monkeypatch.setattr(
        model_building, "choose_networks", lambda *arguments: SmallNetworks()
    )

    def run(*flags):
        given = ["--data", str(pairs_folder), "--output", str(tmp_path / "run")]
        monkeypatch.setattr(sys, "argv", ["train", *given, *flags])
        train_pix2pix.main()
        return capsys.readouterr().out

    return run


def read_record(folder):
    return json.loads((folder / "run.json").read_text())


def test_a_run_goes_on_with_changes_and_records_them(tmp_path, train):
    run = tmp_path / "run"
    train(*TINY, "--epochs", "1", "--keep-best", "ssim")
    changes = ("--batch-size", "3", "--learning-rate", "0.001", "--average-weights")
    decay = ("--lr-decay", "linear", "--keep-best", "psnr")
    output = train("--resume", "--epochs", "2", *changes, *decay)
    for line in (
        "from epoch 1 on: --batch-size 3 instead of 2",
        "from epoch 1 on: --learning-rate 0.001 instead of 0.0002",
        "from epoch 1 on: --lr-decay linear instead of none",
        "from epoch 1 on: --average-weights",
        "from epoch 1 on: --keep-best psnr instead of ssim",
        "the best psnr counts from epoch 1 on",
    ):
        assert f"[INFO] {line}\n" in output
    record = read_record(run)
    assert record["settings"]["batch_size"] == 3
    assert {change.pop("epoch") for change in record["changes"]} == {1}
    assert {change["setting"]: change for change in record["changes"]} == {
        name: {"setting": name, "before": before, "after": after}
        for name, before, after in (
            ("batch_size", 2, 3),
            ("learning_rate", 2e-4, 1e-3),
            ("lr_decay", "none", "linear"),
            ("average_weights", False, True),
            ("keep_best", "ssim", "psnr"),
        )
    }
    checkpoint = read_checkpoint(run / "checkpoints" / "last.npz")
    assert (checkpoint.steps, checkpoint.pairs) == (4, 2 * 2 + 2 * 3)
    history = read_history(run / "logs" / "history.csv")
    # The decay of two epochs begins in their middle.
    assert [row["learning_rate"] for row in history] == [2e-4, 1e-3]
    assert checkpoint.best == BestScore("psnr", 1, history[1]["val_psnr"])
    assert record["results"]["best"]["epoch"] == 1

    output = train("--resume", "--epochs", "3")
    assert "the learning rate was 0 and continues at 0.000667: its decay" in output
    assert read_record(run)["changes"] == [
        {**change, "epoch": 1} for change in record["changes"]
    ]


def test_a_run_without_a_checkpoint_starts_over_with_its_settings(tmp_path, train):
    run = tmp_path / "run"
    train(*TINY, "--epochs", "1", "--seed", "7")
    (run / "checkpoints" / "last.npz").unlink()
    output = train("--resume")
    assert "starting a new run with the settings in run.json" in output
    settings = read_record(run)["settings"]
    assert (settings["seed"], settings["batch_size"], settings["epochs"]) == (7, 2, 1)


def test_the_weights_of_the_run_in_the_folder_are_followed_to_its_archive(
    tmp_path, train
):
    run = tmp_path / "run"
    train(*TINY, "--epochs", "1")
    generator = load_generator(run / "models" / "generator.keras")
    again = ("--init-from", str(run), "--epochs", "1", "--learning-rate", "1e-30")
    output = train(*TINY, *again)
    assert f"starting with the weights of {run}: generator, discriminator" in output
    archive = run / "previous" / "001"
    expected = {
        "path": str(archive),
        "parts": ["generator", "discriminator"],
        "new_layers": [],
    }
    assert read_record(run)["initial_weights"] == expected
    after = load_generator(run / "models" / "generator.keras")
    for weight, value in zip(after.weights, generator.weights, strict=True):
        np.testing.assert_allclose(weight, value, rtol=0, atol=1e-20)

    # The same command resumes it, before its first checkpoint and after it.
    output = train(*TINY, *again, "--resume", "--epochs", "2")
    assert "resuming after 1 epoch from" in output
    (run / "checkpoints" / "last.npz").unlink()
    output = train(*TINY, *again, "--resume")
    assert f"starting with the weights of {archive}: generator" in output


def test_a_training_that_ended_early_goes_on_with_more_patience(tmp_path, train):
    run = tmp_path / "run"
    # A vanishing rate: no epoch is better than the first one.
    flags = ("--learning-rate", "1e-30", "--epochs", "4", "--patience", "1")
    output = train(*TINY, *flags)
    assert "the training ends early: the best of history.csv is epoch 0, val" in output
    assert "[INFO] best in history.csv: epoch 0, val_" in output.splitlines()[-1]
    assert len(read_history(run / "logs" / "history.csv")) == 2
    assert {path.name for path in (run / "images").iterdir()} == {"000.png", "001.png"}
    output = train("--resume")
    assert "the run ended early, the best of history.csv is epoch 0" in output
    assert len(read_history(run / "logs" / "history.csv")) == 2
    train("--resume", "--patience", "2")
    assert len(read_history(run / "logs" / "history.csv")) == 3


def test_a_diverged_run_goes_on_with_a_lower_rate(tmp_path, train):
    train(*TINY, "--epochs", "1")
    with pytest.raises(RunStoppedError) as stopped:
        train("--resume", "--epochs", "2", "--l1-weight", "3e38")  # float32 overflows
    assert "with --resume --learning-rate 0.0001, or" in str(stopped.value)
    output = train("--resume", "--learning-rate", "1e-4", "--l1-weight", "10")
    assert "from epoch 1 on: --learning-rate 0.0001 instead of 0.0002" in output
    # The weight of the epoch that was not saved is as if it had never changed.
    (change,) = read_record(tmp_path / "run")["changes"]
    assert (change["before"], change["after"]) == (2e-4, 1e-4)


def test_a_run_whose_pairs_have_changed_is_refused(tmp_path, pairs_folder, train):
    train(*TINY, "--epochs", "1")
    image = pairs_folder / "train" / "0.png"
    image.write_bytes(image.read_bytes() + b"\n")
    with pytest.raises(UserError, match="files of the same names have other sizes in"):
        train("--resume", "--epochs", "2")


def test_a_checkpoint_of_version_1_has_seen_the_pairs_of_its_batch_size(
    tmp_path, train
):
    path = tmp_path / "run" / "checkpoints" / "last.npz"
    train(*TINY, "--epochs", "1")
    write_checkpoint(path, read_checkpoint(path)._replace(pairs=None))
    train("--resume", "--epochs", "2", "--batch-size", "3")
    assert read_checkpoint(path).pairs == 2 * 2 + 2 * 3
