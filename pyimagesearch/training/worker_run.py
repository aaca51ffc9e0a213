"""The part that a worker other than the chief has in a run: it writes nothing."""

import contextlib

import keras

from pyimagesearch.training.best_score import BestScore
from pyimagesearch.training.run import Run
from pyimagesearch.training.savers import BestTracker


class WorkerRun(Run):
    """A run whose folder is that of the chief, on another machine or not.

    The constructor examines this worker's copy of the dataset. What the folder of the
    run says, the chief tells.

    Args:
        settings: Namespace, as returned by `share_settings`.
        cluster: Cluster, of which this process is not the chief.
    """

    def _lock_folder(self):
        return contextlib.nullcontext()

    def _begin(self):
        beginning = self.cluster.share(dict)
        self.initial_epoch = beginning["initial_epoch"]
        self.final_epoch = beginning["final_epoch"]
        self.initial_pair = beginning["initial_pair"]
        best = beginning["best"] and BestScore(**beginning["best"])
        self._tracker = BestTracker(self._score, best, self.settings.patience)

    def start(self, model):
        """Receive the weights and the states of the chief."""
        self._broadcast(model)

    def create_callbacks(self, grid_dataset) -> list[keras.callbacks.Callback]:
        """Create what ends the training early where it ends on the chief."""
        return [self._tracker]

    def get_resume_hint(self) -> str:
        """Say how to continue an interrupted training."""
        return "run the same command with --resume on all workers to continue"

    def save_generator(self, model) -> None:
        """Do nothing: the chief saves it."""

    def _report(self, validation) -> None:
        """Do nothing: the chief reports."""
