"""The history of a training: a row an epoch, and the curves."""

import csv
import time
from pathlib import Path

import keras

from pyimagesearch.console import drawing
from pyimagesearch.errors import UserError
from pyimagesearch.files import write_table
from pyimagesearch.results.curves import save_curves


def read_history(path: Path) -> list[dict[str, float]]:
    """Reads the table of `HistoryLog`; [] where there is none.

    Raises:
        UserError: where it is not such a table.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [
                {name: float(value) for name, value in row.items() if value}
                for row in csv.DictReader(file)
            ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"{path} is not the history of a training: {error}") from error


class HistoryLog(keras.callbacks.Callback):
    """Writes what was logged, after every epoch.

    Args:
        table: a CSV file, a row an epoch: its number from 0, its seconds with the
            validation, the images per second without, and all that was logged.
        curves: a PNG of them.
        batch_size: pairs.
        rows: of the epochs before, where the training goes on; added to here.
    """

    def __init__(self, table: Path, curves: Path, batch_size: int, rows: list):
        super().__init__()
        self.table = table
        self.curves = curves
        self.batch_size = batch_size
        self.rows = rows

    def on_train_begin(self, logs=None):
        if self.rows:  # there may be more in the table than in the checkpoint
            write_table(self.table, self.rows)

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()
        self.trained = None

    def on_test_begin(self, logs=None):
        self.trained = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        end = time.perf_counter()
        images = self.params["steps"] * self.batch_size
        self.rows.append(
            {
                "epoch": epoch,
                "seconds": round(end - self.start, 2),
                "images_per_second": round(
                    images / ((self.trained or end) - self.start), 2
                ),
                **{name: float(value) for name, value in (logs or {}).items()},
            }
        )
        write_table(self.table, self.rows)
        with drawing(self.curves):
            save_curves(self.curves, self.rows)
