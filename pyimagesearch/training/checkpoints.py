"""The callback that keeps a training's checkpoint, and its generator, up to date."""

from pathlib import Path

import keras
import numpy as np

from pyimagesearch import config
from pyimagesearch.results.generator_file import save_generator
from pyimagesearch.training.checkpoint import taken, write_checkpoint
from pyimagesearch.training.divergence import diverged


class Checkpoints(keras.callbacks.Callback):
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
        checkpoint = taken(self.model, epochs, steps, self.history)
        if not all(np.isfinite(value).all() for value in checkpoint.variables.values()):
            raise diverged("a weight is not finite at the end", epoch)
        write_checkpoint(self.run / config.CHECKPOINT_FILE, checkpoint)
        save_generator(self.model.resultingGenerator, self.run / config.GENERATOR_FILE)
        self.epochs = epochs
