"""The table of a training: a row an epoch, of plain numbers."""

import csv

import tensorflow as tf

from pyimagesearch.training import history
from pyimagesearch.training.history import HistoryLog


def logged(log, *epochs):
    log.on_train_begin()
    for epoch, figures in enumerate(epochs):
        log.on_epoch_begin(epoch)
        log.on_epoch_end(epoch, figures)


def test_every_epoch_is_a_row(tmp_path, monkeypatch):
    clock = iter([10.0, 12.5, 20.0, 21.0])
    monkeypatch.setattr(history.time, "perf_counter", lambda: next(clock))
    table = tmp_path / "logs" / "history.csv"
    logged(
        HistoryLog(table, tmp_path / "losses.png"),
        {"ganLoss": tf.constant(0.5), "val_psnr": 20.0},
        {"ganLoss": 0.25, "val_psnr": 21.5},
    )
    with table.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["epoch", "seconds", "ganLoss", "val_psnr"],
            ["0", "2.5", "0.5", "20.0"],
            ["1", "1.0", "0.25", "21.5"],
        ]
    assert (tmp_path / "losses.png").is_file()


def test_curves_that_cannot_be_drawn_are_a_warning(tmp_path, capsys):
    (tmp_path / "losses.png").mkdir()
    logged(
        HistoryLog(tmp_path / "history.csv", tmp_path / "losses.png"), {"ganLoss": 1.0}
    )
    assert "losses.png could not be drawn" in capsys.readouterr().err
    assert (tmp_path / "history.csv").is_file()
