"""The history of a training: a row an epoch, and the curves."""

import csv
import time
from pathlib import Path

import keras

from pyimagesearch.console import drawing
from pyimagesearch.files import written_whole
from pyimagesearch.results.curves import save_curves


class HistoryLog(keras.callbacks.Callback):
    """Writes what was logged, after every epoch.

    Args:
        table: a CSV file, a row an epoch: its number from 0, its seconds with the
            validation, and all that was logged.
        curves: a PNG of them.
    """

    def __init__(self, table: Path, curves: Path):
        super().__init__()
        self.table = table
        self.curves = curves

    def on_train_begin(self, logs=None):
        self.rows = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        seconds = round(time.perf_counter() - self.start, 2)
        figures = {name: float(value) for name, value in (logs or {}).items()}
        self.rows.append({"epoch": epoch, "seconds": seconds, **figures})
        with (
            written_whole(self.table) as temporary,
            temporary.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(file, self.rows[0])
            writer.writeheader()
            writer.writerows(self.rows)
        with drawing(self.curves):
            save_curves(self.curves, self.rows)
