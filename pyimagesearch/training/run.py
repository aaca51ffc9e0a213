"""A training in its folder: start or resume it, keep it, and finish it."""

import hashlib
import platform
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
from pyimagesearch.cli import check_writable, info, make_output_folder
from pyimagesearch.datasets.folders import list_pairs
from pyimagesearch.datasets.palettes import choose_palette
from pyimagesearch.datasets.sources import Source, open_source_from_settings
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
from pyimagesearch.training.resume import check_same_pairs

PACKAGES = (tf, keras, np, cv2, matplotlib)
# All that the commands write into the folder of a run. run.json, which marks it as one,
# is moved last: if the move is interrupted, the next run completes it.
FOLDERS = ("checkpoints", "models", "images", "logs", "report", "export")
PARTS = (*FOLDERS, config.RUN_FILE)
PLACEHOLDER = ".gitkeep"


class Run:
    """A training in its folder.

    Creating a run configures the devices, the precision and the seeds. The folder is
    created only after everything else has been checked.

    Args:
        settings: Namespace, as returned by `parse_training_settings`. Its precision
            becomes the chosen one.

    Attributes:
        folder: Path, the folder of the run.
        source: Source, where the pairs come from.
        strategy: tf.distribute.Strategy, under whose scope the model is built.
        initial_epoch: int, the number of epochs done before.
        history: list of dict, the rows of the epochs done; see `HistoryLogger`.
        palette: Palette of the targets, if they are label maps with known colours; None
            otherwise.

    Raises:
        UserError: if the settings, the pairs and the folder contradict each other.
    """

    def __init__(self, settings: Namespace):
        self.settings = settings
        self.folder = Path(settings.output)
        check_writable(self.folder)
        self._configure(settings)
        self.source = open_source_from_settings(settings)
        self.palette = None
        if self.source.makes_labels:
            self.palette = choose_palette(None, settings.dataset)
        self.record = describe_run(settings, self.source, self.strategy)

        self._checkpoint = self._load_checkpoint() if settings.resume else None
        self.initial_epoch = self._checkpoint.epochs if self._checkpoint else 0
        self.history = self._checkpoint.history if self._checkpoint else []
        self._prepare_folder()
        self._saver = CheckpointSaver(
            self.folder, settings.checkpoint_interval, self.history, self.initial_epoch
        )

    def _configure(self, settings: Namespace) -> None:
        """Set the devices, the strategy, the precision policy and the seeds."""
        configure_devices(settings.deterministic)
        self.strategy = choose_strategy(settings.strategy, settings.batch_size)
        precision, reason = choose_precision(settings.precision, settings.image_size)
        info(f"precision {precision}: {reason}")
        keras.config.set_dtype_policy(precision)
        settings.precision = precision
        keras.utils.set_random_seed(settings.seed)

    def _load_checkpoint(self) -> Checkpoint | None:
        """Read the checkpoint to resume from, if there is one, and check it."""
        path = self.folder / config.CHECKPOINT_FILE
        checkpoint = read_checkpoint(path)
        if checkpoint is None:
            info("there is no checkpoint to resume from: starting a new run")
            return None
        check_same_pairs(self.folder, self.record)
        if checkpoint.epochs > self.settings.epochs:
            raise UserError(
                f"--epochs {self.settings.epochs}: the run in {self.folder} has done "
                f"{checkpoint.epochs} epochs already"
            )
        info(
            f"resuming after {checkpoint.epochs} epochs from {path}; an epoch that was "
            f"interrupted is repeated from its start"
        )
        return checkpoint

    def _prepare_folder(self) -> None:
        """Create the folder, or clean it up; archive a run that is not resumed."""
        make_output_folder(self.folder)
        remove_temporary_files(self.folder / name for name in FOLDERS)
        if self._checkpoint is None:
            archive = archive_previous_run(self.folder)
            if archive:
                info(f"moved the previous run in {self.folder} to {archive}")

    def start(self, model: Pix2PixTraining) -> None:
        """Restore the checkpoint, if the run is resumed, and write `run.json`.

        Args:
            model: Pix2PixTraining, compiled.
        """
        if self._checkpoint:
            restore_model(model, self._checkpoint)
        write_run_record(self.folder, self.record)

    def create_callbacks(
        self, test_dataset: tf.data.Dataset
    ) -> list[keras.callbacks.Callback]:
        """Create the callbacks in the order in which they have to run.

        Args:
            test_dataset: tf.data.Dataset of validation batches.

        Returns:
            list of Callback.
        """
        settings, folder = self.settings, self.folder
        images = folder / config.IMAGES_FOLDER
        is_slow = not tf.config.list_physical_devices("GPU")
        return [
            StopOnDivergence(),
            *([TimeEstimate()] if is_slow and settings.recipe != "quick" else []),
            get_train_monitor(
                test_dataset,
                imagePath=images,
                batchSize=config.INFER_BATCH_SIZE,
                epochInterval=settings.monitor_interval,
            ),
            *create_tensorboard_callbacks(folder / config.TENSORBOARD_FOLDER, images),
            HistoryLogger(
                folder / config.HISTORY_FILE,
                folder / config.CURVES_FILE,
                settings.batch_size,
                self.history,
            ),
            self._saver,
        ]

    def get_resume_hint(self) -> str:
        """Say what becomes of the training if it ends now."""
        epochs = self._saver.epochs
        if not epochs:
            return "no epoch is complete; the same command starts again"
        if epochs == self.settings.epochs:
            return "all epochs are complete; the same command with --resume finishes"
        return (
            f"{epochs} epochs are complete; the same command with --resume continues "
            f"after them, and repeats the interrupted one from its start"
        )

    def finish(
        self,
        model: Pix2PixTraining,
        test_dataset: tf.data.Dataset,
        interruption: keras.callbacks.Callback,
    ) -> None:
        """Score the generator on all validation pairs, and complete `run.json`.

        Args:
            model: Pix2PixTraining, trained.
            test_dataset: tf.data.Dataset of validation batches.
            interruption: Callback, as yielded by `handle_interrupts`.
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
        info(
            f"on all validation pairs: L1 {validation['l1Loss']:.4f}, "
            f"PSNR {validation['psnr']:.2f} dB, SSIM {validation['ssim']:.3f}"
            + "".join(
                f", {SCORE_KINDS[name].title} {validation[name]:.3f}"
                for name in LABEL_SCORES
                if name in validation
            )
        )


def describe_run(
    settings: Namespace, source: Source, strategy: tf.distribute.Strategy
) -> dict:
    """Describe a run before it starts.

    Args:
        settings: Namespace, all settings.
        source: Source of the pairs.
        strategy: tf.distribute.Strategy.

    Returns:
        dict with "settings", "source", "pairs", "versions", "device" and "replicas",
        for `write_run_record` and `check_same_pairs`.
    """
    return {
        "settings": vars(settings),
        "source": {**source._asdict(), "folder": str(source.folder)},
        "pairs": {
            split: _summarize_pairs(
                list_pairs(source.folder, split, settings.val_fraction)
            )
            for split in ("train", "val")
        },
        "versions": {"python": platform.python_version()}
        | {package.__name__: package.__version__ for package in PACKAGES},
        "device": get_device_name(),
        "replicas": strategy.num_replicas_in_sync,
    }


def _summarize_pairs(pairs: list) -> dict:
    """The number of pairs, and a hash of their names in their order."""
    names = "\n".join(pair.name for pair in pairs)
    return {"count": len(pairs), "sha256": hashlib.sha256(names.encode()).hexdigest()}


def archive_previous_run(run: Path) -> Path | None:
    """Move the files of a previous run to `previous/NNN` in its folder, from 001 on.

    Args:
        run: Path, the folder of the new run.

    Returns:
        Path, where the files are now; None if there was no run.
    """
    if not (run / config.RUN_FILE).exists():
        return None
    previous = run / config.PREVIOUS_FOLDER
    numbers = [int(path.name) for path in previous.glob("*") if path.name.isdecimal()]
    archive = previous / f"{max(numbers, default=0) + 1:03d}"
    for part in PARTS:
        for path in _list_files(run / part):
            target = archive / path.relative_to(run)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
    return archive


def _list_files(part: Path) -> list[Path]:
    if part.is_file():
        return [part]
    files = (path for path in part.rglob("*") if path.is_file())
    return [path for path in files if path.name != PLACEHOLDER]
