"""What TensorBoard shows of a training, where the package is installed."""

import importlib.util
from pathlib import Path

import keras
import tensorflow as tf


def tensorboard_log(folder: Path, images: Path) -> list[keras.callbacks.Callback]:
    """The callback that logs for TensorBoard; none without its package.

    Args:
        folder: where the events go.
        images: where the monitor, which comes before, saves its grids.
    """
    if importlib.util.find_spec("tensorboard") is None:
        return []
    return [TensorBoardLog(folder, images)]


class TensorBoardLog(keras.callbacks.Callback):
    """Logs every figure of an epoch, and its grid where there is one."""

    def __init__(self, folder: Path, images: Path):
        super().__init__()
        self.folder = folder
        self.images = images
        self.writer = None

    def on_epoch_end(self, epoch, logs=None):
        if self.writer is None:  # a run without an epoch leaves no empty file
            self.writer = tf.summary.create_file_writer(str(self.folder))
        with self.writer.as_default(step=epoch):
            for name, value in (logs or {}).items():
                tf.summary.scalar(name, float(value))
            grid = self.images / f"{epoch:03d}.png"
            if grid.exists():
                pixels = tf.io.decode_png(tf.io.read_file(str(grid)), channels=3)
                tf.summary.image("pictures", pixels[None])
        self.writer.flush()

    def on_train_end(self, logs=None):
        if self.writer is not None:
            self.writer.close()
