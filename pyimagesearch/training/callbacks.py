"""The callbacks of a training."""

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

from pyimagesearch import config
from pyimagesearch.atomic import write_csv
from pyimagesearch.cli import FAILED, info, warn_on_error
from pyimagesearch.errors import RunStoppedError
from pyimagesearch.training.checkpoint import snapshot_model, write_checkpoint
from pyimagesearch.translation.generator import save_generator
from pyimagesearch.visualization import save_curves

SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOPPING = b"\n[INFO] stopping at the end of this step; a second signal stops at once\n"
TIMED_STEPS = 5  # after the first one, which traces the graph
LONG = 1800  # seconds, above which another recipe is suggested


class StopOnDivergence(keras.callbacks.Callback):
    """Stops the training at the step whose loss is NaN or infinite.

    Raises:
        RunStoppedError: in `on_train_batch_end`.
    """

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        for name in ("dLoss", "gLoss"):
            value = float(logs[name])
            if not math.isfinite(value):
                raise create_divergence_error(
                    f"{name} is {value} at step {batch}", self.epoch
                )


def create_divergence_error(reason: str, epoch: int) -> RunStoppedError:
    """Create the error of a training that diverged.

    Args:
        reason: str, what is NaN or infinite.
        epoch: int, the current epoch, counted from 0.
    """
    return RunStoppedError(
        f"the training diverged: {reason} of epoch {epoch}. The last checkpoint is "
        f"kept. Start again with a lower --learning-rate, with --precision float32 or "
        f"with --gan-loss lsgan",
        FAILED,
    )


@contextlib.contextmanager
def handle_interrupts(
    get_resume_hint: Callable[[], str],
) -> Iterator[keras.callbacks.Callback]:
    """Stop `fit` and `evaluate` at their next step after Ctrl-C or SIGTERM.

    A second signal ends the process at once.

    Args:
        get_resume_hint: callable, returns what becomes of the training if it ends now.

    Yields:
        keras.callbacks.Callback, for `fit` and `evaluate` inside the block.

    Raises:
        RunStoppedError: after a signal, with the exit status 128 + its number, as in a
            shell: 130 or 143.
    """
    received = []

    def receive(number, frame):
        received.append(number)
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        # print() fails in a handler that interrupts another print().
        with contextlib.suppress(OSError):
            os.write(2, STOPPING)

    def stop_if_received():
        if received:
            raise RunStoppedError(
                f"interrupted: {get_resume_hint()}", 128 + received[0]
            )

    class Interruption(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            stop_if_received()

        def on_test_batch_end(self, batch, logs=None):
            stop_if_received()

    before = {number: signal.signal(number, receive) for number in SIGNALS}
    try:
        yield Interruption()
        stop_if_received()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class TimeEstimate(keras.callbacks.Callback):
    """Says how long the training will take.

    The first estimate comes after a few steps and counts the time inside the steps
    only: what lies between them, such as a checkpoint, is not repeated at every step.
    After the first epoch, its time is the better estimate, and is said if there was
    none yet or if it differs by more than a quarter.
    """

    def on_train_begin(self, logs=None):
        self.seconds = []
        self.first_epoch = None
        self.estimate = None

    def on_epoch_begin(self, epoch, logs=None):
        now = time.perf_counter()
        if self.first_epoch is None:
            self.first_epoch, self.first_start = epoch, now
        elif epoch == self.first_epoch + 1:
            total = (self.params["epochs"] - self.first_epoch) * (
                now - self.first_start
            )
            if self.estimate is None or abs(total / self.estimate - 1) > 0.25:
                self._say(total, "with")

    def on_train_batch_begin(self, batch, logs=None):
        self.start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        if self.estimate is not None:
            return
        self.seconds.append(time.perf_counter() - self.start)
        if len(self.seconds) == 1 + TIMED_STEPS:
            steps = self.params["steps"] * (self.params["epochs"] - self.first_epoch)
            self._say(steps * sum(self.seconds[1:]) / TIMED_STEPS, "without")

    def _say(self, seconds, preposition):
        self.estimate = seconds
        print()  # ends the line of the progress bar
        advice = "; --recipe quick is made for such a machine" * (seconds > LONG)
        info(
            f"without a GPU this training takes about {format_duration(seconds)}, "
            f"{preposition} its validation{advice}"
        )


def format_duration(seconds: float) -> str:
    """Format a duration in the largest unit of which there are two or more."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"


class HistoryLogger(keras.callbacks.Callback):
    """Writes `history.csv` and the curves after every epoch.

    Args:
        table: Path, the CSV file. A row has the epoch, counted from 0, its seconds
            with the validation, the images per second without it, and all logs.
        curves: Path, a PNG file.
        batch_size: int, pairs.
        rows: list of dict, the rows of the epochs before; extended here.
    """

    def __init__(self, table: Path, curves: Path, batch_size: int, rows: list):
        super().__init__()
        self.table = table
        self.curves = curves
        self.batch_size = batch_size
        self.rows = rows

    def on_train_begin(self, logs=None):
        if self.rows:  # the table may have a row more than the checkpoint
            write_csv(self.table, self.rows)

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()
        self.trained = None

    def on_test_begin(self, logs=None):
        self.trained = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        end = time.perf_counter()
        images = self.params["steps"] * self.batch_size
        rate = images / ((self.trained or end) - self.start)
        self.rows.append(
            {
                "epoch": epoch,
                "seconds": round(end - self.start, 2),
                "images_per_second": round(rate, 2),
                **{name: float(value) for name, value in (logs or {}).items()},
            }
        )
        write_csv(self.table, self.rows)
        with warn_on_error(self.curves):
            save_curves(self.curves, self.rows)


def create_tensorboard_callbacks(
    folder: Path, images: Path
) -> list[keras.callbacks.Callback]:
    """Create the callback that logs for TensorBoard, if its package is installed.

    Args:
        folder: Path, the folder for the event files.
        images: Path, the folder in which the monitor, an earlier callback, saves grids.

    Returns:
        list of Callback, with one `TensorBoardLogger` or none.
    """
    if importlib.util.find_spec("tensorboard") is None:
        return []
    return [TensorBoardLogger(folder, images)]


class TensorBoardLogger(keras.callbacks.Callback):
    """Logs all scalars of an epoch, and its grid if there is one.

    Args:
        folder: Path, the folder for the event files.
        images: Path, the folder of the grids, `NNN.png`.
    """

    def __init__(self, folder: Path, images: Path):
        super().__init__()
        self.folder = folder
        self.images = images
        self.writer = None

    def on_epoch_end(self, epoch, logs=None):
        if self.writer is None:  # created late: a run without an epoch leaves no file
            self.writer = tf.summary.create_file_writer(str(self.folder))
        with self.writer.as_default(step=epoch):
            for name, value in (logs or {}).items():
                tf.summary.scalar(name, float(value))
            grid = self.images / f"{epoch:03d}.png"
            if grid.exists():
                pixels = tf.io.decode_png(tf.io.read_file(str(grid)), channels=3)
                tf.summary.image("images", pixels[None])
        self.writer.flush()

    def on_train_end(self, logs=None):
        if self.writer is not None:
            self.writer.close()


class CheckpointSaver(keras.callbacks.Callback):
    """Replaces the checkpoint, then `generator.keras`, every few epochs.

    Args:
        run: Path, the folder of the run.
        interval: int, epochs between two checkpoints. The last epoch always has one.
        history: list of dict, the rows that `HistoryLogger`, an earlier callback, adds.
        epochs: int, the number of epochs in the present checkpoint.

    Attributes:
        epochs: int, the number of epochs in the last checkpoint.

    Raises:
        RunStoppedError: in `on_epoch_end`, if a weight is NaN or infinite; the previous
            checkpoint stays.
    """

    def __init__(self, run: Path, interval: int, history: list, epochs: int = 0):
        super().__init__()
        self.run = run
        self.interval = interval
        self.history = history
        self.epochs = epochs

    def on_epoch_end(self, epoch, logs=None):
        epochs = epoch + 1
        if epochs % self.interval and epochs < self.params["epochs"]:
            return
        steps = epochs * self.params["steps"]
        checkpoint = snapshot_model(self.model, epochs, steps, self.history)
        if not all(np.isfinite(value).all() for value in checkpoint.variables.values()):
            raise create_divergence_error(
                "a weight is NaN or infinite at the end", epoch
            )
        write_checkpoint(self.run / config.CHECKPOINT_FILE, checkpoint)
        save_generator(self.model.inferenceGenerator, self.run / config.GENERATOR_FILE)
        self.epochs = epochs
