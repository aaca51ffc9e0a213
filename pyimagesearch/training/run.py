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
from pyimagesearch.cli import info, make_output_folder
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
# All that the commands write into a run's folder. run.json, which makes it one, goes
# last: whatever stops the move, the next run takes it up.
FOLDERS = ("checkpoints", "models", "images", "logs", "report", "export")
PARTS = (*FOLDERS, config.RUN_FILE)
KEPT = ".gitkeep"


def archive_previous_run(run: Path) -> Path | None:
    """Moves an earlier run's files into `run`/previous/NNN/, NNN counted from 001.

    Args:
        run: the folder of the run to come.

    Returns:
        Where they are now; None where there was no run.
    """
    if not (run / config.RUN_FILE).exists():
        return None
    previous = run / config.PREVIOUS_FOLDER
    numbers = [
        int(folder.name) for folder in previous.glob("*") if folder.name.isdigit()
    ]
    target = previous / f"{max(numbers, default=0) + 1:03d}"
    for part in PARTS:
        for path in _list_files(run / part):
            place = target / path.relative_to(run)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)
    return target


def _list_files(part: Path) -> list[Path]:
    if part.is_file():
        return [part]
    return [path for path in part.rglob("*") if path.is_file() and path.name != KEPT]


def describe_run(
    settings: Namespace, source: Source, strategy: tf.distribute.Strategy
) -> dict:
    """What a run is made of, before it begins.

    Args:
        settings: every setting, resolved.
        source: where the pairs come from.
        strategy: how a batch is shared among the devices.

    Returns:
        "settings", "source", "pairs", "versions", "device" and "replicas": what
        `write_record` takes, and `resume.refuse_other_pairs` compares.
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
    """How many pairs there are, and a hash of their names in their order."""
    names = "\n".join(pair.name for pair in pairs)
    return {"count": len(pairs), "sha256": hashlib.sha256(names.encode()).hexdigest()}


class Run:
    """What is around the networks and their `fit`.

    Making one sets the devices, the precision policy and the seeds.

    Args:
        settings: of `training_settings`; its precision becomes the one chosen.

    Attributes:
        folder: what `--output` names.
        source: where the pairs come from.
        strategy: under whose scope the model is made.
        initial_epoch: int, the number of epochs done before.
        history: the rows of the epochs done; see `HistoryLog`.
        palette: of the targets, where they are label maps of colours that are known.

    Raises:
        UserError: where the settings, the pairs and what is in the folder do not go
            together.
    """

    def __init__(self, settings: Namespace):
        self.settings = settings
        self.folder = make_output_folder(settings.output)
        configure_devices(settings.deterministic)
        self.strategy = choose_strategy(settings.strategy, settings.batch_size)
        self._set_precision()
        keras.utils.set_random_seed(settings.seed)
        self.source = open_source_from_settings(settings)
        makes_labels = self.source.makes_labels
        self.palette = choose_palette(None, settings.dataset) if makes_labels else None
        self.record = describe_run(settings, self.source, self.strategy)

        remove_temporary_files([self.folder / part for part in FOLDERS])
        self._checkpoint = self._opened()
        self.initial_epoch = self._checkpoint.epochs if self._checkpoint else 0
        self.history = self._checkpoint.history if self._checkpoint else []
        self._checkpoints = CheckpointSaver(
            self.folder, settings.checkpoint_interval, self.history, self.initial_epoch
        )

    def _set_precision(self) -> None:
        settings = self.settings
        precision, reason = choose_precision(settings.precision, settings.image_size)
        info(f"precision {precision}: {reason}")
        keras.config.set_dtype_policy(precision)
        settings.precision = precision

    def _opened(self) -> Checkpoint | None:
        """What there is to go on from; else whatever there is, is set aside."""
        path = self.folder / config.CHECKPOINT_FILE
        checkpoint = read_checkpoint(path) if self.settings.resume else None
        if checkpoint is None:
            earlier = archive_previous_run(self.folder)
            if earlier:
                info(f"moved what an earlier run left in {self.folder} to {earlier}")
            if self.settings.resume:
                info("there is no checkpoint to go on from: this run begins")
            return None
        check_same_pairs(self.folder, self.record)
        if checkpoint.epochs > self.settings.epochs:
            raise UserError(
                f"--epochs {self.settings.epochs}: the run in {self.folder} has done "
                f"{checkpoint.epochs} already"
            )
        info(
            f"going on after {checkpoint.epochs} epochs, which are in {path}; what was "
            f"begun of another is repeated from its start"
        )
        return checkpoint

    def start(self, model: Pix2PixTraining) -> None:
        """Brings a compiled model to where the run is, and writes run.json."""
        if self._checkpoint:
            restore_model(model, self._checkpoint)
        write_run_record(self.folder, self.record)

    def create_callbacks(
        self, test_dataset: tf.data.Dataset
    ) -> list[keras.callbacks.Callback]:
        """What looks after the training; in this order, the checkpoint last."""
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
            ),
            *create_tensorboard_callbacks(folder / config.TENSORBOARD_FOLDER, images),
            HistoryLogger(
                folder / config.HISTORY_FILE,
                folder / config.CURVES_FILE,
                settings.batch_size,
                self.history,
            ),
            self._checkpoints,
        ]

    def get_resume_hint(self) -> str:
        """What becomes of the training if it ends now."""
        epochs = self._checkpoints.epochs
        if not epochs:
            return "no epoch is kept, and the same command begins anew"
        if epochs == self.settings.epochs:
            return "all epochs are kept, and the same command with --resume finishes"
        return (
            f"the same command with --resume goes on after the {epochs} epochs that "
            f"are kept, and repeats the one that was cut off from its start"
        )

    def finish(
        self,
        model: Pix2PixTraining,
        test_dataset: tf.data.Dataset,
        interruption: keras.callbacks.Callback,
    ) -> None:
        """Scores the generator on all validation pairs, and completes run.json."""
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
