"""A training whose losses are no longer numbers ends there."""

import math

import keras

from pyimagesearch.errors import RunStoppedError

DIVERGED = 1  # exit status


class StopWhenDiverged(keras.callbacks.Callback):
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
                raise diverged(f"{name} is {value} at step {batch}", self.epoch)


def diverged(what: str, epoch: int) -> RunStoppedError:
    """Why the training ends in an epoch, counted from 0, and what to try."""
    return RunStoppedError(
        f"{what} of epoch {epoch}: what the epochs before have left stays as it is. "
        f"Begin anew with a lower --learning-rate, with --precision float32 or with "
        f"--gan-loss lsgan",
        DIVERGED,
    )
