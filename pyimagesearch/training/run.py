"""A run: a training and its folder, from the start or a checkpoint to the end."""

import hashlib
import os
import platform
import re
import statistics
from argparse import Namespace
from pathlib import Path

import cv2
import keras
import matplotlib
import numpy as np
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.atomic import remove_temporary_files
from pyimagesearch.cli import info, make_output_folder
from pyimagesearch.datasets.examination import Data, examine_data
from pyimagesearch.datasets.palettes import write_palette
from pyimagesearch.datasets.splits import Pair
from pyimagesearch.devices import (
    configure_devices,
    get_device_name,
    measure_peak_memory,
)
from pyimagesearch.errors import UserError
from pyimagesearch.metrics.score_kinds import SCORE_KINDS
from pyimagesearch.metrics.segmentation import LABEL_SCORES
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.run_record import write_run_record
from pyimagesearch.train_monitor import get_train_monitor
from pyimagesearch.training.callbacks import (
    CheckpointSaver,
    HistoryLogger,
    StopOnDivergence,
    TimeEstimate,
    create_tensorboard_callbacks,
)
from pyimagesearch.training.checkpoint import Checkpoint, read_checkpoint, restore_model
from pyimagesearch.training.hardware import choose_precision, choose_strategy
from pyimagesearch.training.model_building import choose_networks
from pyimagesearch.training.resume import check_same_pairs
from pyimagesearch.training.run_lock import RunLock

PACKAGES = (tf, keras, np, cv2, matplotlib)
FOLDERS = ("checkpoints", "models", "images", "logs", "report", "export")
# What an archived run consists of. run.json is moved last: as long as it is there, an
# interrupted move is continued by the next run.
PARTS = (*FOLDERS, config.PALETTE_FILE, config.RUN_FILE)
NOT_ARCHIVED = ".gitkeep"
NUMBER = re.compile("[0-9]+")  # str.isdigit() accepts digits that int() does not


def archive_previous_run(run: Path) -> Path | None:
    """Move the files of a previous run to `run`/previous/NNN/, numbered from 001.

    Returns:
        Path, that folder, or None if there is no previous run.
    """
    if not (run / config.RUN_FILE).exists():
        return None
    previous = run / config.PREVIOUS_FOLDER
    names = [path.name for path in previous.glob("*")]
    numbers = [int(name) for name in names if NUMBER.fullmatch(name)]
    target = previous / f"{max(numbers, default=0) + 1:03d}"
    for part in PARTS:
        for path in _list_files(run / part):
            destination = target / path.relative_to(run)
            destination.parent.mkdir(parents=True, exist_ok=True)
            path.rename(destination)
    return target


def _list_files(part: Path) -> list[Path]:
    if part.is_file():
        return [part]
    paths = part.rglob("*")
    return [path for path in paths if path.is_file() and path.name != NOT_ARCHIVED]


def describe_run(
    settings: Namespace, data: Data, strategy: tf.distribute.Strategy
) -> dict:
    """Describe a run before it starts.

    Args:
        settings: Namespace, as returned by `parse_training_settings`.
        data: Data, the examined pairs.
        strategy: tf.distribute.Strategy, which defines the number of replicas.

    Returns:
        dict with "settings", "source", "sides", "pairs", "versions", "device" and
        "replicas", for `write_run_record` and `check_same_pairs`.
    """
    return {
        "settings": vars(settings),
        "source": data.source.to_record(),
        "sides": data.formats.to_record(),
        "pairs": {
            split: _summarize_pairs(data.source.pairs.list_pairs(split))
            for split in ("train", "val")
        },
        "versions": {"python": platform.python_version()}
        | {package.__name__: package.__version__ for package in PACKAGES},
        "device": get_device_name(),
        "replicas": strategy.num_replicas_in_sync,
    }


def _summarize_pairs(pairs: list[Pair]) -> dict:
    """Count the pairs and hash their names, in order."""
    names = os.fsencode("\n".join(pair.name for pair in pairs))
    return {"count": len(pairs), "sha256": hashlib.sha256(names).hexdigest()}


class Run:
    """A training in its folder.

    The constructor sets the devices, the precision policy and the seeds, and finds
    what is wrong with the settings, the dataset and the checkpoint. It writes nothing
    but the lock of a folder that exists: `start` creates the folder.

    Args:
        settings: Namespace, as returned by `parse_training_settings`. Its precision is
            replaced by the chosen one.

    Attributes:
        folder: Path, the run's folder.
        lock: RunLock on the folder, held from `start` on, or from the beginning if the
            folder exists.
        data: Data, the dataset and the formats of its images.
        strategy: tf.distribute.Strategy, to build the model under its scope.
        initial_epoch: int, the number of finished epochs.
        history: list of dict, the rows of the finished epochs; see `HistoryLogger`.

    Raises:
        UserError: if the settings, the pairs and the checkpoint do not fit together,
            or the folder is not writable, or another process trains in it.
    """

    def __init__(self, settings: Namespace):
        self.settings = settings
        self.folder = Path(settings.output)
        choose_networks(settings)  # checks the image size
        _check_writable(self.folder)
        self.lock = RunLock(self.folder)
        if self.folder.exists():
            self.lock.acquire()
        configure_devices(settings.deterministic)
        self.strategy = choose_strategy(settings.strategy, settings.batch_size)
        self._set_precision()
        keras.utils.set_random_seed(settings.seed)

        self.data = examine_data(settings)
        self.record = describe_run(settings, self.data, self.strategy)

        self._checkpoint = self._load_checkpoint() if settings.resume else None
        self.initial_epoch = self._checkpoint.epochs if self._checkpoint else 0
        self.history = self._checkpoint.history if self._checkpoint else []
        self._checkpoint_saver = CheckpointSaver(
            self.folder, settings.checkpoint_interval, self.history, self.initial_epoch
        )

    def _set_precision(self) -> None:
        settings = self.settings
        precision, reason = choose_precision(settings.precision, settings.image_size)
        info(f"precision {precision}: {reason}")
        keras.config.set_dtype_policy(precision)
        settings.precision = precision

    def _load_checkpoint(self) -> Checkpoint | None:
        path = self.folder / config.CHECKPOINT_FILE
        checkpoint = read_checkpoint(path)
        if checkpoint is None:
            info(f"there is no {path} to resume from: starting a new run")
            return None
        check_same_pairs(self.folder, self.record)
        if checkpoint.epochs > self.settings.epochs:
            raise UserError(
                f"--epochs {self.settings.epochs}: the run in {self.folder} already "
                f"has {checkpoint.epochs} epochs: use a larger --epochs, or run "
                f"without --resume to start over"
            )
        info(
            f"resuming after {checkpoint.epochs} epochs from {path}; an interrupted "
            f"epoch is repeated from its start"
        )
        return checkpoint

    def start(self, model: Pix2PixTraining) -> None:
        """Restore the checkpoint or archive the previous run, and write run.json.

        Args:
            model: Pix2PixTraining, compiled.

        Raises:
            UserError: if the checkpoint is of other networks or optimizers, or another
                process trains in the folder.
        """
        if self._checkpoint:
            restore_model(model, self._checkpoint)
        make_output_folder(self.folder)
        self.lock.acquire()
        remove_temporary_files([self.folder], is_recursive=False)
        remove_temporary_files([self.folder / part for part in FOLDERS])
        if not self._checkpoint:
            archive = archive_previous_run(self.folder)
            if archive:
                info(f"moved the previous run in {self.folder} to {archive}")
        self._write_palette()
        write_run_record(self.folder, self.record)

    def _write_palette(self) -> None:
        """Write the colors of class indices, for --palette of the other commands."""
        for side_format in self.data.formats:
            if side_format.palette and self.settings.data:
                path = self.folder / config.PALETTE_FILE
                write_palette(path, side_format.palette)
                info(f"saved the class colors to {path}")

    def create_callbacks(
        self, test_dataset: tf.data.Dataset
    ) -> list[keras.callbacks.Callback]:
        """Create the callbacks of the training.

        The order matters: the train monitor draws what TensorBoard logs, and the
        checkpoint, with the rows of the history, comes last.

        Args:
            test_dataset: tf.data.Dataset of (input mask, real image) batches.

        Returns:
            list of keras.callbacks.Callback.
        """
        settings, folder = self.settings, self.folder
        images = folder / config.IMAGES_FOLDER
        slow = settings.recipe != "quick" and not tf.config.list_physical_devices("GPU")
        return [
            StopOnDivergence(),
            *([TimeEstimate()] if slow else []),
            get_train_monitor(
                test_dataset,
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
        if epochs == self.settings.epochs:
            return "all epochs were saved; run the same command with --resume to finish"
        hint = "run the same command with --resume to continue after them"
        return f"{epochs} epochs were saved; {hint}"

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
            test_dataset, return_dict=True, verbose=0, callbacks=[interruption]
        )
        rates = [row["images_per_second"] for row in self.history]
        results = {
            "seconds": round(sum(row["seconds"] for row in self.history), 2),
            "images_per_second": statistics.median(rates),
            "peak_memory": measure_peak_memory(),
            "last_epoch": self.history[-1],
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


def _check_writable(folder: Path) -> None:
    """Check the folder, or its closest parent that exists, without creating any."""
    parents = (folder, *folder.absolute().parents)
    make_output_folder(next(parent for parent in parents if parent.exists()))
