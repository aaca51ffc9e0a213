"""Callbacks that save the training and its generators, and end it early."""

from pathlib import Path

import keras
import numpy as np

from pyimagesearch import config
from pyimagesearch.cli import FAILED, count, info
from pyimagesearch.disk import describe_os_error
from pyimagesearch.errors import RunStoppedError
from pyimagesearch.networks.paper_networks import GRAPH
from pyimagesearch.training.best_score import BestScore, update_best
from pyimagesearch.training.callbacks import create_divergence_error
from pyimagesearch.training.checkpoint import (
    Checkpoint,
    snapshot_variables,
    write_checkpoint,
)
from pyimagesearch.translation.generator import save_generator

HISTORY = Path(config.HISTORY_FILE).name  # counts epochs from 0, Keras from 1
# A generator that is the best of all epochs, but newer than the checkpoint.
STAGED_FILE = "checkpoints/best-{epoch:03d}.keras"
NUMBERED_FILE = "models/generator-{epoch:03d}.keras"


class BestTracker(keras.callbacks.Callback):
    """Follows a validation score, and ends the training if it stops to improve.

    Args:
        score: str, one of `best_score.SCORES`, or None to do nothing.
        best: BestScore of the earlier epochs of a resumed run, or None.
        patience: int, the number of epochs without a better score after which the
            training ends, or None.

    Attributes:
        best: BestScore or None.
    """

    def __init__(
        self,
        score: str | None,
        best: BestScore | None = None,
        patience: int | None = None,
    ):
        super().__init__()
        self.score = score
        self.best = best
        self.patience = patience

    def on_epoch_end(self, epoch, logs=None):
        if self.score is None:
            return
        value = float(logs[f"val_{self.score}"])
        self.best = update_best(self.best, self.score, epoch, value)
        if self.is_exhausted(epoch):
            self.model.stop_training = True
            info(f"the training ends early: {self.describe_patience()}")

    def is_exhausted(self, epoch: int) -> bool:
        """Return whether the score has not improved for too long after an epoch."""
        if self.patience is None or self.best is None:
            return False
        return epoch - self.best.epoch >= self.patience

    def describe_patience(self) -> str:
        """Say since when the score has not improved."""
        return (
            f"the best of {HISTORY} is {self.best.describe()}, and --patience is "
            f"{self.patience}"
        )


class CheckpointSaver(keras.callbacks.Callback):
    """Saves a checkpoint and the generator every few epochs and after the last one.

    It also saves the best generator, and numbered ones. The best generator replaces
    the former one together with the checkpoint: until then, it is beside it.

    Args:
        run: Path, the run's folder.
        interval: int, epochs between two checkpoints.
        history: list of dict, the rows of all epochs. `HistoryLogger` must run before.
        tracker: BestTracker, which must run before.
        epochs: int, the number of epochs in the existing checkpoint.
        pairs: int, the number of training pairs in these epochs.
        batch_size: int, pairs per step.
        keep_every: int, epochs between two numbered generators, or None.

    Attributes:
        epochs: int, the number of epochs in the last checkpoint.

    Raises:
        RunStoppedError: from `on_epoch_end`, if a weight is NaN or infinite, or if a
            file cannot be written. The previous checkpoint is kept.
    """

    def __init__(
        self,
        run: Path,
        interval: int,
        history: list,
        tracker: BestTracker,
        *,
        epochs: int = 0,
        pairs: int = 0,
        batch_size: int = 1,
        keep_every: int | None = None,
    ):
        super().__init__()
        self.run = run
        self.interval = interval
        self.history = history
        self.tracker = tracker
        self.epochs = epochs
        self.batch_size = batch_size
        self.keep_every = keep_every
        self._first_epoch, self._first_pair = epochs, pairs

    def on_epoch_end(self, epoch, logs=None):
        try:
            self._save(epoch)
        except OSError as error:
            if error.filename is None:
                raise
            advice = (
                f"saved before: {count(self.epochs, 'epoch')}; when it can be written, "
                f"continue after them with --resume"
                if self.epochs
                else "no epoch was saved"
            )
            raise RunStoppedError(
                f"{describe_os_error(error)}; {advice}", FAILED
            ) from error

    def _save(self, epoch):
        epochs = epoch + 1
        best = self.tracker.best
        if best and best.epoch == epoch:
            self._save_generator(STAGED_FILE.format(epoch=epoch))
        if self.keep_every and epochs % self.keep_every == 0:
            self._save_generator(NUMBERED_FILE.format(epoch=epoch))
        is_last = epochs == self.params["epochs"] or self.model.stop_training
        if epochs % self.interval and not is_last:
            return
        variables = snapshot_variables(self.model)
        if not all(np.isfinite(value).all() for value in variables.values()):
            problem = "a weight is NaN or infinite at the end"
            raise create_divergence_error(self.model, problem, epoch, self.epochs)
        steps = self.params["steps"]
        new_pairs = (epochs - self._first_epoch) * steps * self.batch_size
        checkpoint = Checkpoint(
            epochs=epochs,
            steps=epochs * steps,
            history=self.history,
            variables=variables,
            pairs=self._first_pair + new_pairs,
            best=best,
            graph=GRAPH,
        )
        write_checkpoint(self.run / config.CHECKPOINT_FILE, checkpoint)
        self.epochs = epochs
        self._save_generator(config.GENERATOR_FILE)
        settle_best_generator(self.run, best)

    def _save_generator(self, name: str) -> None:
        save_generator(self.model.inferenceGenerator, self.run / name)


def settle_best_generator(run: Path, best: BestScore | None) -> None:
    """Move the best generator of the checkpoint to its place.

    Generators of epochs after the checkpoint are removed: these are repeated.

    Args:
        run: Path, the run's folder.
        best: BestScore of the checkpoint, or None.
    """
    pattern = Path(STAGED_FILE.format(epoch=0).replace("000", "*"))
    for staged in list((run / pattern.parent).glob(pattern.name)):
        if best and staged == run / STAGED_FILE.format(epoch=best.epoch):
            (run / config.BEST_FILE).parent.mkdir(exist_ok=True)
            staged.replace(run / config.BEST_FILE)
        else:
            staged.unlink()
