"""How long a training without a GPU is going to take."""

import time

import keras

from pyimagesearch.console import info

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
                f"without a GPU this training will take about {duration(total)}{advice}"
            )


def duration(seconds: float) -> str:
    """A length of time in the largest unit of which there are two or more."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
