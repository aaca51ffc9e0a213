"""Keras callbacks of a training."""

import contextlib
import importlib.util
import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.atomic import write_csv
from pyimagesearch.cli import FAILED, info, warn_on_error
from pyimagesearch.cluster.membership import Cluster
from pyimagesearch.errors import RunStoppedError
from pyimagesearch.visualization import save_curves

SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOPPING = "stopping at the end of this step; interrupt again to stop at once"
STANDARD_ERROR = 2  # file descriptor
ESTIMATED_STEPS = 5
LONG_TRAINING = 1800  # seconds; longer ones get a hint at a shorter recipe


class StopOnDivergence(keras.callbacks.Callback):
    """Stops the training at the first step with a NaN or infinite loss.

    Args:
        get_saved_epochs: callable, returns the number of epochs in the checkpoint of
            the run; None if there is no run.

    Raises:
        RunStoppedError: from `on_train_batch_end`.
    """

    def __init__(self, get_saved_epochs: Callable[[], int] | None = None):
        super().__init__()
        self.get_saved_epochs = get_saved_epochs or (lambda: 0)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        for name in ("dLoss", "gLoss"):
            value = float(logs[name])
            if not math.isfinite(value):
                problem = f"{name} is {value} at step {batch}"
                raise create_divergence_error(
                    self.model, problem, self.epoch, self.get_saved_epochs()
                )


def create_divergence_error(
    model: keras.Model, problem: str, epoch: int, saved_epochs: int
) -> RunStoppedError:
    """Create the error that ends a training with NaN or infinite values.

    Args:
        model: Pix2PixTraining, whose learning rate was too high.
        problem: str, what is NaN or infinite.
        epoch: int, counted from 0.
        saved_epochs: int, the number of epochs in the checkpoint.
    """
    rate = float(f"{get_learning_rate(model) / 2:.2g}")
    if saved_epochs:
        advice = (
            f"The checkpoint of the {saved_epochs} epochs before is kept: continue "
            f"from it with --resume --learning-rate {rate:g}"
        )
    else:
        advice = f"No epoch was saved: start over with --learning-rate {rate:g}"
    return RunStoppedError(
        f"the training diverged: {problem} of epoch {epoch}. {advice}, or try "
        f"--gan-loss lsgan",
        FAILED,
    )


def get_learning_rate(model: keras.Model) -> float:
    """Return the learning rate of the generator's next step."""
    rate = np.float32(keras.ops.convert_to_numpy(model.gOptimizer.learning_rate))
    return float(str(rate))  # 0.0002, not 0.00019999999494757503


class LearningRateLogger(keras.callbacks.Callback):
    """Adds the learning rate at the start of each epoch to its logs."""

    def on_epoch_begin(self, epoch, logs=None):
        self.rate = get_learning_rate(self.model)

    def on_epoch_end(self, epoch, logs=None):
        logs["learning_rate"] = self.rate


@contextlib.contextmanager
def handle_interrupts(
    get_resume_hint: Callable[[], str], cluster: Cluster | None = None
) -> Iterator[keras.callbacks.Callback]:
    """Stop `fit` or `evaluate` at the end of the current step on SIGINT or SIGTERM.

    If any worker of a cluster has received a signal, all stop after the same step. A
    second signal ends the process at once.

    Args:
        get_resume_hint: callable, returns how to continue, for the error message.
        cluster: Cluster, with which to agree on a stop.

    Yields:
        keras.callbacks.Callback, to pass to `fit` and `evaluate`.

    Raises:
        RunStoppedError: after a signal, with the exit status that a shell reports for
            it: 130 or 143.
    """
    cluster = cluster or Cluster()
    received = []

    def receive(number, frame):
        received.append(number)
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        # A print fails if the signal arrives during another print.
        with contextlib.suppress(OSError):
            os.write(STANDARD_ERROR, f"\n[INFO] {STOPPING}\n".encode())

    def stop_after(agree):
        number = agree(received[0] if received else None)
        if number:
            raise RunStoppedError(f"interrupted: {get_resume_hint()}", 128 + number)

    class Interruption(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            stop_after(cluster.agree_on_stop)

        def on_test_batch_end(self, batch, logs=None):
            stop_after(cluster.agree_on_stop)

    before = {number: signal.signal(number, receive) for number in SIGNALS}
    try:
        yield Interruption()
        stop_after(cluster.agree_on_end)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class TimeEstimate(keras.callbacks.Callback):
    """Prints once, after a few steps, how long the training will take.

    The first step does not count, since it traces the graph. What happens between
    steps does not count either, but for the validation, if one has been measured.
    """

    def on_train_begin(self, logs=None):
        self.steps = 0
        self.step_seconds = 0.0
        self.validation_seconds = None
        self.first_epoch = None

    def on_epoch_begin(self, epoch, logs=None):
        if self.first_epoch is None:
            self.first_epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if self.steps <= ESTIMATED_STEPS:
            self.start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        if 0 < self.steps <= ESTIMATED_STEPS:
            self.step_seconds += time.perf_counter() - self.start
        self.steps += 1
        if self.steps == 1 + ESTIMATED_STEPS:
            self._print_estimate()

    def on_test_begin(self, logs=None):
        if self.steps <= ESTIMATED_STEPS:
            self.start = time.perf_counter()

    def on_test_end(self, logs=None):
        if self.steps <= ESTIMATED_STEPS:
            self.validation_seconds = time.perf_counter() - self.start

    def _print_estimate(self):
        epoch_seconds = self.step_seconds / ESTIMATED_STEPS * self.params["steps"]
        total = (self.params["epochs"] - self.first_epoch) * (
            epoch_seconds + (self.validation_seconds or 0.0)
        )
        validation = ", plus validation" if self.validation_seconds is None else ""
        advice = "; --recipe quick is much shorter" if total > LONG_TRAINING else ""
        print()  # ends the line of the progress bar
        info(
            f"without a GPU this training will take about {format_duration(total)}"
            f"{validation}{advice}"
        )


def format_duration(seconds: float) -> str:
    """Format a duration in a unit of which there are two or more: "47 hours"."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"


class HistoryLogger(keras.callbacks.Callback):
    """Writes the logs of all epochs as a table and as curves, after every epoch.

    A file that cannot be written is a warning, once: it does not end the training. The
    next epoch tries again.

    Args:
        table: Path, the CSV file. Each row has the epoch, counted from 0, its seconds
            with validation, the images per second without validation, and the logs.
        curves: Path, the PNG file.
        batch_size: int, pairs per batch.
        rows: list of dict, the rows of earlier epochs if the run is resumed. New rows
            are appended to this list.
    """

    def __init__(self, table: Path, curves: Path, batch_size: int, rows: list):
        super().__init__()
        self.table = table
        self.curves = curves
        self.batch_size = batch_size
        self.rows = rows
        self._warned: set[Path] = set()

    def on_train_begin(self, logs=None):
        if self.rows:  # the table may have more epochs than the checkpoint
            self._write_table()

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()
        self.validation_start = None

    def on_test_begin(self, logs=None):
        self.validation_start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        end = time.perf_counter()
        training_seconds = (self.validation_start or end) - self.start
        images = self.params["steps"] * self.batch_size
        row = {
            "epoch": epoch,
            "seconds": round(end - self.start, 2),
            "images_per_second": round(images / training_seconds, 2),
        }
        self.rows.append(row | {name: float(v) for name, v in (logs or {}).items()})
        self._write_table()
        with warn_on_error(self.curves, warned=self._warned):
            save_curves(self.curves, self.rows)

    def _write_table(self):
        with warn_on_error(self.table, "written", self._warned):
            write_csv(self.table, self.rows)


def create_tensorboard_callbacks(
    folder: Path, images: Path
) -> list[keras.callbacks.Callback]:
    """Create a `TensorBoardLogger` if the package `tensorboard` is installed.

    Args:
        folder, images: see `TensorBoardLogger`.

    Returns:
        list of keras.callbacks.Callback, with one element or none.
    """
    is_installed = importlib.util.find_spec("tensorboard") is not None
    return [TensorBoardLogger(folder, images)] if is_installed else []


class TensorBoardLogger(keras.callbacks.Callback):
    """Logs every epoch, and its grid of test images if there is one, for TensorBoard.

    A log that cannot be written is a warning, and ends the logging, not the training.

    Args:
        folder: Path, the folder for the event files.
        images: Path, the folder of the train monitor, which must run before.
    """

    def __init__(self, folder: Path, images: Path):
        super().__init__()
        self.folder = folder
        self.images = images
        self.writer = None
        self._warned: set[Path] = set()

    def on_epoch_end(self, epoch, logs=None):
        if not self._warned:
            with warn_on_error(self.folder, "written", self._warned):
                self._log(epoch, logs)

    def on_train_end(self, logs=None):
        if self.writer is not None and not self._warned:
            with warn_on_error(self.folder, "written", self._warned):
                self.writer.close()

    def _log(self, epoch, logs):
        if self.writer is None:  # created late: a run without an epoch leaves no file
            self.writer = tf.summary.create_file_writer(os.fsencode(self.folder))
        with self.writer.as_default(step=epoch):
            for name, value in (logs or {}).items():
                tf.summary.scalar(name, float(value))
            grid = self.images / f"{epoch:03d}.png"
            if grid.is_file():
                pixels = tf.io.decode_png(grid.read_bytes(), channels=3)
                tf.summary.image("images", pixels[None])
        self.writer.flush()
