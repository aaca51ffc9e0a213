"""The history of a training: one row of numbers per epoch."""

import csv
import math
from types import SimpleNamespace

import keras
import pytest
import tensorflow as tf

from pyimagesearch.run_record import read_history
from pyimagesearch.training import callbacks
from pyimagesearch.training.callbacks import HistoryLogger, LearningRateLogger
from pyimagesearch.training.model_building import LinearDecay


def log_epochs(log, *epochs):
    log.set_params({"steps": 10})
    log.on_train_begin()
    for epoch, figures in enumerate(epochs):
        log.on_epoch_begin(epoch)
        log.on_test_begin()
        log.on_epoch_end(epoch, figures)


def read(table):
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_every_epoch_has_a_row(tmp_path, monkeypatch):
    clock = iter(
        [10.0, 12.0, 12.5, 20.0, 20.5, 21.0]
    )  # epoch begin, validation begin, epoch end
    monkeypatch.setattr(callbacks.time, "perf_counter", lambda: next(clock))
    table, rows = tmp_path / "logs" / "history.csv", []
    log_epochs(
        HistoryLogger(table, tmp_path / "losses.png", batch_size=4, rows=rows),
        {"ganLoss": tf.constant(0.5), "val_psnr": 20.0},
        {"ganLoss": 0.25, "val_psnr": 21.5},
    )
    assert read(table) == [
        ["epoch", "seconds", "images_per_second", "ganLoss", "val_psnr"],
        ["0", "2.5", "20.0", "0.5", "20.0"],
        ["1", "1.0", "80.0", "0.25", "21.5"],
    ]
    assert [row["ganLoss"] for row in rows] == [0.5, 0.25]
    assert (tmp_path / "losses.png").is_file()


@pytest.mark.parametrize("decays", [False, True])
def test_the_learning_rate_is_that_of_the_start_of_the_epoch(decays):
    rate = LinearDecay(2e-4, 4) if decays else 2e-4
    optimizer = keras.optimizers.Adam(rate)
    callback, logs = LearningRateLogger(), {}
    callback.set_model(SimpleNamespace(gOptimizer=optimizer))
    optimizer.iterations.assign(3)
    callback.on_epoch_begin(1)
    optimizer.iterations.assign(4)
    callback.on_epoch_end(1, logs)
    assert logs == {"learning_rate": 1e-4 if decays else 2e-4}


def test_a_column_that_older_rows_lack_is_empty(tmp_path):
    table = tmp_path / "history.csv"
    rows = [{"epoch": 0, "gLoss": 1.0}]
    log = HistoryLogger(table, tmp_path / "a.png", batch_size=1, rows=rows)
    log.set_params({"steps": 10})
    log.on_epoch_begin(1)
    log.on_epoch_end(1, {"gLoss": 2.0, "learning_rate": 0.5})
    header, *lines = read(table)
    assert (header[-1], lines[0][-1], lines[1][-1]) == ("learning_rate", "", "0.5")
    assert "learning_rate" not in read_history(table)[0]
    assert (tmp_path / "a.png").is_file()


def test_rows_continue_after_those_of_the_checkpoint(tmp_path):
    table = tmp_path / "history.csv"
    table.write_text(
        "epoch,ganLoss\n0,1.0\n1,2.0\n"
    )  # epoch 1 is not in the checkpoint
    log = HistoryLogger(
        table, tmp_path / "a.png", batch_size=1, rows=[{"epoch": 0, "ganLoss": 1.0}]
    )
    log.on_train_begin()
    assert read(table) == [["epoch", "ganLoss"], ["0", "1.0"]]
    log.rows.append({"epoch": 1, "ganLoss": 3.0})
    log.on_train_begin()
    assert read(table) == [["epoch", "ganLoss"], ["0", "1.0"], ["1", "3.0"]]


def test_curves_that_cannot_be_drawn_are_a_warning(tmp_path, capsys):
    table, curves = tmp_path / "history.csv", tmp_path / "losses.png"
    curves.mkdir()
    log_epochs(HistoryLogger(table, curves, batch_size=1, rows=[]), {"ganLoss": 1.0})
    assert "losses.png could not be drawn" in capsys.readouterr().err
    assert table.is_file()


def test_history_is_read_as_numbers(tmp_path):
    assert read_history(tmp_path / "none.csv") == []
    table = tmp_path / "history.csv"
    table.write_text("epoch,l1Loss,val_psnr\n0,0.5,\n1,nan,13.5\n")
    first, second = read_history(table)
    assert first == {"epoch": 0, "l1Loss": 0.5}
    assert second["val_psnr"] == 13.5
    assert math.isnan(second["l1Loss"])


def test_a_table_that_cannot_be_written_is_one_warning(tmp_path, capsys):
    table, rows = tmp_path / "history.csv", []
    table.mkdir()
    log = HistoryLogger(table, tmp_path / "losses.png", batch_size=1, rows=rows)
    log_epochs(log, {"ganLoss": 1.0}, {"ganLoss": 2.0})
    assert capsys.readouterr().err == (
        f"[WARNING] {table} could not be written (Is a directory); the training "
        f"continues\n"
    )
    table.rmdir()  # the next epoch writes the rows of all
    log.on_epoch_begin(2)
    log.on_epoch_end(2, {"ganLoss": 3.0})
    assert [row["ganLoss"] for row in read_history(table)] == [1.0, 2.0, 3.0]
