"""A run: a training and its folder, from the start or a checkpoint to the end."""

import contextlib
import statistics
from argparse import Namespace
from pathlib import Path

import keras
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.atomic import remove_temporary_files
from pyimagesearch.cli import info, make_output_folder
from pyimagesearch.cluster.membership import Cluster
from pyimagesearch.datasets.examination import examine_data
from pyimagesearch.datasets.palettes import write_palette
from pyimagesearch.devices import configure_devices, measure_peak_memory
from pyimagesearch.distribution import broadcast_variables
from pyimagesearch.metrics.score_kinds import SCORE_KINDS
from pyimagesearch.metrics.segmentation import LABEL_SCORES
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.run_record import write_run_record
from pyimagesearch.train_monitor import get_train_monitor
from pyimagesearch.training.best_score import BestScore, choose_score
from pyimagesearch.training.callbacks import (
    HistoryLogger,
    LearningRateLogger,
    StopOnDivergence,
    TimeEstimate,
    create_tensorboard_callbacks,
)
from pyimagesearch.training.checkpoint import (
    Checkpoint,
    collect_variables,
    restore_model,
)
from pyimagesearch.training.hardware import choose_precision, choose_strategy
from pyimagesearch.training.initial_weights import initialize_model
from pyimagesearch.training.model_building import choose_networks
from pyimagesearch.training.previous_runs import FOLDERS, archive_previous_run
from pyimagesearch.training.resume import has_checkpoint
from pyimagesearch.training.run_beginning import load_checkpoint, load_initial_weights
from pyimagesearch.training.run_description import describe_run
from pyimagesearch.training.run_lock import RunLock
from pyimagesearch.training.savers import (
    HISTORY,
    BestTracker,
    CheckpointSaver,
    settle_best_generator,
)
from pyimagesearch.training.training_cluster import check_workers_have_pairs
from pyimagesearch.translation.generator import save_generator

NO_CHECKPOINT = Checkpoint(0, 0, [], {}, pairs=0)


class Run:
    """A training in its folder.

    The constructor sets the devices, the precision policy and the seeds, and finds
    what is wrong with the settings, the dataset and the checkpoint. It writes nothing
    but the lock of a folder that exists: `start` creates the folder.

    Args:
        settings: Namespace, as returned by `parse_training_settings`. Its precision is
            replaced by the chosen one.
        cluster: Cluster of the processes that train together; this one is its chief.

    Attributes:
        folder: Path, the run's folder.
        lock: RunLock on the folder, held from `start` on, or from the beginning if the
            folder exists.
        data: Data, the dataset and the formats of its images.
        strategy: tf.distribute.Strategy, to build the model under its scope.
        initial_epoch: int, the number of finished epochs.
        final_epoch: int, the number of epochs at the end. It is `initial_epoch` if
            the run ended early.
        initial_pair: int, the number of training pairs in the finished epochs.
        history: list of dict, the rows of the finished epochs; see `HistoryLogger`.

    Raises:
        UserError: if the settings, the pairs and the checkpoint do not fit together,
            the initial weights cannot be read, the folder is not writable, or another
            process trains in it.
    """

    def __init__(self, settings: Namespace, cluster: Cluster | None = None):
        self.settings = settings
        self.cluster = cluster or Cluster()
        self.folder = Path(settings.output)
        choose_networks(settings)  # checks the image size
        self.lock = self._lock_folder()
        configure_devices(settings.deterministic)
        self.strategy = choose_strategy(
            settings.strategy, settings.batch_size, self.cluster
        )
        settings.precision = self.cluster.share(self._choose_precision)
        keras.config.set_dtype_policy(settings.precision)
        keras.utils.set_random_seed(settings.seed)

        self.data = examine_data(settings)
        target = self.data.formats.target
        self._score = choose_score(settings.keep_best, bool(target.palette))
        self.record = describe_run(
            settings, self.data, self.strategy, self.cluster.addresses
        )
        check_workers_have_pairs(self.cluster, self.record["pairs"])
        self._begin()

    def _lock_folder(self) -> contextlib.AbstractContextManager:
        """Check that the folder can be written, and lock it if it exists."""
        _check_writable(self.folder)
        lock = RunLock(self.folder)
        if self.folder.exists():
            lock.acquire()
        return lock

    def _choose_precision(self) -> str:
        settings = self.settings
        precision, reason = choose_precision(
            settings.precision, settings.image_size, settings.network
        )
        if settings.resume and has_checkpoint(self.folder):
            reason = "as before"
        info(f"precision {precision}: {reason}")
        return precision

    def _begin(self) -> None:
        """Find out with which epoch and which weights the training begins."""
        settings = self.settings
        self._checkpoint = self._initial_weights = None
        if settings.resume:
            self._checkpoint = load_checkpoint(self.folder, settings, self.record)
        if settings.init_from and not self._checkpoint:
            self._initial_weights = load_initial_weights(self.folder, settings)
        self._continue_checkpoint(self._checkpoint or NO_CHECKPOINT)
        self.cluster.share(self._describe_beginning)

    def _describe_beginning(self) -> dict:
        """Describe to other workers what they cannot read from the folder."""
        best = self._tracker.best
        return {
            "initial_epoch": self.initial_epoch,
            "final_epoch": self.final_epoch,
            "initial_pair": self.initial_pair,
            "best": best and best._asdict(),
        }

    def _continue_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Create what counts the epochs, the pairs and the best score."""
        settings = self.settings
        self.initial_epoch = checkpoint.epochs
        self.history = list(checkpoint.history)
        self.initial_pair = checkpoint.pairs
        best = checkpoint.best
        if checkpoint.epochs and self._score and (best and best.score) != self._score:
            best = None
            info(f"the best {self._score} counts from epoch {checkpoint.epochs} on")
        self._tracker = BestTracker(self._score, best, settings.patience)
        self.final_epoch = settings.epochs
        if self._tracker.is_exhausted(checkpoint.epochs - 1):
            self.final_epoch = checkpoint.epochs
            info(
                f"the run ended early, {self._tracker.describe_patience()}: a larger "
                f"--patience continues it"
            )
        self._checkpoint_saver = CheckpointSaver(
            self.folder,
            settings.checkpoint_interval,
            self.history,
            self._tracker,
            epochs=self.initial_epoch,
            pairs=self.initial_pair,
            batch_size=settings.batch_size,
            keep_every=settings.keep_every,
        )

    def start(self, model: Pix2PixTraining) -> None:
        """Restore the checkpoint or archive the previous run, and write run.json.

        Args:
            model: Pix2PixTraining, compiled.

        Raises:
            UserError: if the checkpoint or the initial weights are of other networks,
                or another process trains in the folder.
        """
        if self._checkpoint:
            restore_model(model, self._checkpoint, self.folder)
        elif self._initial_weights:
            initial = initialize_model(model, self._initial_weights)
            self.record["initial_weights"] = initial
        make_output_folder(self.folder)
        self.lock.acquire()
        remove_temporary_files([self.folder], is_recursive=False)
        remove_temporary_files([self.folder / part for part in FOLDERS])
        if self._checkpoint:
            settle_best_generator(self.folder, self._checkpoint.best)
        else:
            archive = archive_previous_run(self.folder)
            if archive:
                info(f"moved the previous run in {self.folder} to {archive}")
                self._follow_initial_weights(archive)
        self._write_palette()
        write_run_record(self.folder, self.record)
        self._broadcast(model)

    def _broadcast(self, model: Pix2PixTraining) -> None:
        """Give all workers the weights and the states of the chief."""
        if self.cluster.size > 1:
            variables = list(collect_variables(model).values())
            broadcast_variables(self.strategy, variables)
        self.cluster.describe_loss(self.get_resume_hint)

    def _follow_initial_weights(self, archive: Path) -> None:
        """Record where the initial weights are, if the archived run has them."""
        initial = self.record["initial_weights"]
        folder = self.folder.absolute()
        if initial and Path(initial["path"]).is_relative_to(folder):
            path = Path(initial["path"]).relative_to(folder)
            if not path.is_relative_to(config.PREVIOUS_FOLDER):
                initial["path"] = str(archive.absolute() / path)

    def _write_palette(self) -> None:
        """Write the colors of class indices, for --palette of the other commands."""
        for side_format in self.data.formats:
            if side_format.palette and self.settings.data:
                path = self.folder / config.PALETTE_FILE
                write_palette(path, side_format.palette)
                info(f"saved the class colors to {path}")

    def create_callbacks(
        self, grid_dataset: tf.data.Dataset
    ) -> list[keras.callbacks.Callback]:
        """Create the callbacks of the training.

        The order matters: the first ones add to the logs and may end the training,
        the train monitor draws what TensorBoard logs, and the checkpoint, with the
        rows of the history, comes last.

        Args:
            grid_dataset: tf.data.Dataset of (input mask, real image) batches, of
                which the first one is drawn.

        Returns:
            list of keras.callbacks.Callback.
        """
        settings, folder = self.settings, self.folder
        images = folder / config.IMAGES_FOLDER
        slow = settings.recipe != "quick" and not tf.config.list_physical_devices("GPU")
        return [
            LearningRateLogger(),
            StopOnDivergence(lambda: self._checkpoint_saver.epochs),
            self._tracker,
            *([TimeEstimate()] if slow else []),
            get_train_monitor(
                grid_dataset,
                imagePath=images,
                batchSize=config.INFER_BATCH_SIZE,
                epochInterval=settings.monitor_interval,
                formats=self.data.formats,
            ),
            *create_tensorboard_callbacks(folder / config.TENSORBOARD_FOLDER, images),
            HistoryLogger(
                folder / config.HISTORY_FILE,
                folder / config.CURVES_FILE,
                settings.batch_size,
                self.history,
            ),
            self._checkpoint_saver,
        ]

    def get_resume_hint(self) -> str:
        """Say what an interrupted training has saved, and how to continue it."""
        epochs = self._checkpoint_saver.epochs
        if not epochs:
            return "no epoch was saved; run the same command to start over"
        if epochs == self.settings.epochs or self._tracker.is_exhausted(epochs - 1):
            return "all epochs were saved; run the same command with --resume to finish"
        hint = "run the same command with --resume to continue after them"
        return f"{epochs} epochs were saved; {hint}"

    def count_validation_steps(self, limit: int | None = None) -> int:
        """Count the batches of validation pairs, up to a limit."""
        pairs = len(self.data.source.pairs.list_pairs("val"))
        steps = -(-pairs // config.INFER_BATCH_SIZE)
        return min(steps, limit or steps)

    def save_generator(self, model: Pix2PixTraining) -> None:
        """Save the generator to its place in the folder."""
        path = self.folder / config.GENERATOR_FILE
        info(f"saving the generator to {path}...")
        save_generator(model.inferenceGenerator, path)

    def finish(
        self,
        model: Pix2PixTraining,
        test_dataset: tf.data.Dataset,
        interruption: keras.callbacks.Callback,
    ) -> None:
        """Evaluate the generator on all validation pairs and complete run.json.

        Args:
            model: Pix2PixTraining, trained.
            test_dataset: tf.data.Dataset of (input mask, real image) batches.
            interruption: keras.callbacks.Callback, from `handle_interrupts`.
        """
        validation = model.evaluate(
            test_dataset,
            steps=self.count_validation_steps(),
            return_dict=True,
            verbose=0,
            callbacks=[interruption],
        )
        self._report(validation)

    def _report(self, validation: dict[str, float]) -> None:
        """Write the results to run.json, and print the scores."""
        rates = [row["images_per_second"] for row in self.history]
        results = {
            "seconds": round(sum(row["seconds"] for row in self.history), 2),
            "images_per_second": statistics.median(rates),
            "peak_memory": measure_peak_memory(),
            "last_epoch": self.history[-1],
            "best": self._tracker.best and self._tracker.best._asdict(),
            "validation": validation,
        }
        write_run_record(self.folder, self.record, results)
        scores = (
            f"L1 {validation['l1Loss']:.4f}, PSNR {validation['psnr']:.2f} dB, "
            f"SSIM {validation['ssim']:.3f}"
        )
        target = self.data.formats.target
        if target.has_units:
            low, high = target.limits
            error = validation["l1Loss"] * (high - low) / 2
            scores += f", mean absolute error {error:.4g} in units of the files"
        for name in LABEL_SCORES:
            if name in validation:
                scores += f", {SCORE_KINDS[name].title} {validation[name]:.3f}"
        info(f"on all validation pairs: {scores}")
        if self._tracker.best:
            self._say_which_epoch_was_best(self._tracker.best)

    def _say_which_epoch_was_best(self, best: BestScore) -> None:
        last = self.history[-1]
        last = BestScore(best.score, int(last["epoch"]), last[f"val_{best.score}"])
        info(
            f"best in {HISTORY}: {best.describe()}, kept in {config.BEST_FILE}; last: "
            f"{last.describe()}"
        )


def _check_writable(folder: Path) -> None:
    """Check the folder, or its closest parent that exists, without creating any."""
    parents = (folder, *folder.absolute().parents)
    make_output_folder(next(parent for parent in parents if parent.exists()))
