"""A training in its folder: begun or gone on with, kept, and finished."""

import statistics
from argparse import Namespace

import keras
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.command_line import source_of, writable_folder
from pyimagesearch.console import info
from pyimagesearch.datasets.palette import chosen_palette
from pyimagesearch.errors import UserError
from pyimagesearch.files import remove_unfinished
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.results.evaluation.scores import KINDS
from pyimagesearch.results.metrics import LABEL_SCORES
from pyimagesearch.train_monitor import get_train_monitor
from pyimagesearch.training.checkpoint import Checkpoint, read_checkpoint, restore
from pyimagesearch.training.checkpoints import Checkpoints
from pyimagesearch.training.devices import (
    chosen_strategy,
    peak_memory,
    prepare_devices,
)
from pyimagesearch.training.divergence import StopWhenDiverged
from pyimagesearch.training.earlier import set_aside
from pyimagesearch.training.estimate import TimeEstimate
from pyimagesearch.training.history import HistoryLog
from pyimagesearch.training.precision import chosen_precision
from pyimagesearch.training.record import described, write_record
from pyimagesearch.training.resume import refuse_other_pairs
from pyimagesearch.training.tensorboard import tensorboard_log


class Run:
    """What is around the networks and their `fit`.

    Making one sets the devices, the precision policy and the seeds.

    Args:
        settings: of `training_settings`; its precision becomes the one chosen.

    Attributes:
        folder: what `--output` names.
        source: where the pairs come from.
        strategy: under whose scope the model is made.
        epochs: how many were done before.
        history: the rows of the epochs done; see `HistoryLog`.
        palette: of the targets, where they are label maps of colours that are known.

    Raises:
        UserError: where the settings, the pairs and what is in the folder do not go
            together.
    """

    def __init__(self, settings: Namespace):
        self.settings = settings
        self.folder = writable_folder(settings.output)
        prepare_devices(settings.deterministic)
        self.strategy = chosen_strategy(settings.strategy, settings.batch_size)
        self._set_precision()
        keras.utils.set_random_seed(settings.seed)
        self.source = source_of(settings)
        makes_labels = self.source.makes_labels
        self.palette = chosen_palette(None, settings.dataset) if makes_labels else None
        self.record = described(settings, self.source, self.strategy)

        remove_unfinished(self.folder)
        self._checkpoint = self._opened()
        self.epochs = self._checkpoint.epochs if self._checkpoint else 0
        self.history = self._checkpoint.history if self._checkpoint else []
        self._checkpoints = Checkpoints(
            self.folder, settings.checkpoint_interval, self.history, self.epochs
        )

    def _set_precision(self) -> None:
        settings = self.settings
        precision, reason = chosen_precision(settings.precision, settings.image_size)
        info(f"precision {precision}: {reason}")
        keras.config.set_dtype_policy(precision)
        settings.precision = precision

    def _opened(self) -> Checkpoint | None:
        """What there is to go on from; else whatever there is, is set aside."""
        path = self.folder / config.CHECKPOINT_FILE
        checkpoint = read_checkpoint(path) if self.settings.resume else None
        if checkpoint is None:
            earlier = set_aside(self.folder)
            if earlier:
                info(f"moved what an earlier run left in {self.folder} to {earlier}")
            if self.settings.resume:
                info("there is no checkpoint to go on from: this run begins")
            return None
        refuse_other_pairs(self.folder, self.record)
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
            restore(model, self._checkpoint)
        write_record(self.folder, self.record)

    def callbacks(
        self, test_dataset: tf.data.Dataset
    ) -> list[keras.callbacks.Callback]:
        """What looks after the training; in this order, the checkpoint last."""
        settings, folder = self.settings, self.folder
        images = folder / config.IMAGES_FOLDER
        slow = settings.recipe != "quick" and not tf.config.list_physical_devices("GPU")
        return [
            StopWhenDiverged(),
            *([TimeEstimate()] if slow else []),
            get_train_monitor(
                test_dataset,
                imagePath=images,
                batchSize=config.INFER_BATCH_SIZE,
                epochInterval=settings.monitor_interval,
            ),
            *tensorboard_log(folder / config.TENSORBOARD_FOLDER, images),
            HistoryLog(
                folder / config.HISTORY_FILE,
                folder / config.CURVES_FILE,
                settings.batch_size,
                self.history,
            ),
            self._checkpoints,
        ]

    def how_to_go_on(self) -> str:
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

    def finish(self, model: Pix2PixTraining, test_dataset: tf.data.Dataset) -> None:
        """Scores the generator on all validation pairs, and completes run.json."""
        validation = model.evaluate(test_dataset, return_dict=True, verbose=0)
        rates = [row["images_per_second"] for row in self.history]
        results = {
            "seconds": round(sum(row["seconds"] for row in self.history), 2),
            "images_per_second": statistics.median(rates),
            "peak_memory": peak_memory(),
            "last_epoch": self.history[-1],
            "validation": validation,
        }
        write_record(self.folder, self.record, results)
        info(
            f"on all validation pairs: L1 {validation['l1Loss']:.4f}, "
            f"PSNR {validation['psnr']:.2f} dB, SSIM {validation['ssim']:.3f}"
            + "".join(
                f", {KINDS[name].title} {validation[name]:.3f}"
                for name in LABEL_SCORES
                if name in validation
            )
        )
