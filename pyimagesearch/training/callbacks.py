"""The callbacks of a training."""

import contextlib
import importlib.util
import math
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.atomic import write_csv
from pyimagesearch.cli import info, warn_on_error
from pyimagesearch.errors import RunStoppedError
from pyimagesearch.training.checkpoint import snapshot_model, write_checkpoint
from pyimagesearch.translation.generator import save_generator
from pyimagesearch.visualization import save_curves

DIVERGED = 1  # exit status


class StopOnDivergence(keras.callbacks.Callback):
    """Ends the training at the step whose loss is not finite.

    Raises:
        RunStoppedError: from `on_train_batch_end`.
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


def create_divergence_error(what: str, epoch: int) -> RunStoppedError:
    """Why the training ends in an epoch, counted from 0, and what to try."""
    return RunStoppedError(
        f"{what} of epoch {epoch}: what the epochs before have left stays as it is. "
        f"Begin anew with a lower --learning-rate, with --precision float32 or with "
        f"--gan-loss lsgan",
        DIVERGED,
    )


SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def handle_interrupts(
    resume_hint: Callable[[], str],
) -> Iterator[keras.callbacks.Callback]:
    """Ends the `fit` inside at its next step after a signal, a second time at once.

    Args:
        resume_hint: asked for a sentence when the training ends so.

    Yields:
        The callback to give to `fit`.

    Raises:
        RunStoppedError: where there was a signal, with the exit status that a shell
            gives to it: 130 or 143.
    """
    received = []

    def receive(number, frame):
        received.append(number)
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)  # which ends the process at once
        print()  # off the line of the progress bar
        info("stopping at the end of this step; a second time stops at once")

    def stop_if_received():
        if received:
            raise RunStoppedError(f"interrupted: {resume_hint()}", 128 + received[0])

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


FIRST_STEPS = 5  # measured; the one before them traces the graph
LONG = 1800  # seconds: a user may want something else


class TimeEstimate(keras.callbacks.Callback):
    """Says after the first steps how long the whole training will take."""

    def on_train_begin(self, logs=None):
        self.steps = 0
        self.first_epoch = None

    def on_epoch_begin(self, epoch, logs=None):
        if self.first_epoch is None:
            self.first_epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps == 1:
            self.start = time.perf_counter()
        elif self.steps == 1 + FIRST_STEPS:
            seconds = (time.perf_counter() - self.start) / FIRST_STEPS
            epochs = self.params["epochs"] - self.first_epoch
            total = seconds * self.params["steps"] * epochs
            print()  # off the line of the progress bar
            advice = "; --recipe quick is made for such a machine" * (total > LONG)
            info(
                f"without a GPU this training will take about "
                f"{format_duration(total)}{advice}"
            )


def format_duration(seconds: float) -> str:
    """A length of time in the largest unit of which there are two or more."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def create_tensorboard_callbacks(
    folder: Path, images: Path
) -> list[keras.callbacks.Callback]:
    """The callback that logs for TensorBoard; none without its package.

    Args:
        folder: where the events go.
        images: where the monitor, which comes before, saves its grids.
    """
    if importlib.util.find_spec("tensorboard") is None:
        return []
    return [TensorBoardLogger(folder, images)]


class TensorBoardLogger(keras.callbacks.Callback):
    """Logs every figure of an epoch, and its grid where there is one."""

    def __init__(self, folder: Path, images: Path):
        super().__init__()
        self.folder = folder
        self.images = images
        self.writer = None

    def on_epoch_end(self, epoch, logs=None):
        if self.writer is None:  # a run without an epoch leaves no empty file
            self.writer = tf.summary.create_file_writer(str(self.folder))
        with self.writer.as_default(step=epoch):
            for name, value in (logs or {}).items():
                tf.summary.scalar(name, float(value))
            grid = self.images / f"{epoch:03d}.png"
            if grid.exists():
                pixels = tf.io.decode_png(tf.io.read_file(str(grid)), channels=3)
                tf.summary.image("pictures", pixels[None])
        self.writer.flush()

    def on_train_end(self, logs=None):
        if self.writer is not None:
            self.writer.close()


class CheckpointSaver(keras.callbacks.Callback):
    """Replaces the checkpoint, then generator.keras, every few epochs.

    Args:
        run: the run's folder.
        interval: epochs from one checkpoint to the next; the last epoch has one too.
        history: the rows of the epochs, which `HistoryLog` adds to before.
        epochs: how many are in the checkpoint that is there.

    Raises:
        RunStoppedError: from `on_epoch_end`, where a weight is not finite: the
            checkpoint before stays.
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
            raise create_divergence_error("a weight is not finite at the end", epoch)
        write_checkpoint(self.run / config.CHECKPOINT_FILE, checkpoint)
        save_generator(self.model.inferenceGenerator, self.run / config.GENERATOR_FILE)
        self.epochs = epochs


class HistoryLogger(keras.callbacks.Callback):
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
            write_csv(self.table, self.rows)

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
        write_csv(self.table, self.rows)
        with warn_on_error(self.curves):
            save_curves(self.curves, self.rows)
