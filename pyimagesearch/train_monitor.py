"""Looks in on a training: a grid of the first test pictures every few epochs."""

from pathlib import Path

import keras

from pyimagesearch.cli import warn_on_error
from pyimagesearch.data_preprocess import scale_images
from pyimagesearch.visualization import save_grid


def get_train_monitor(testDs, imagePath, batchSize, epochInterval):
    """Makes the callback that draws what the generator makes of the test pictures.

    Args:
        testDs: a dataset of (inputMask, realImage) batches; its first batch is drawn.
        imagePath: the folder for the grids, `{epoch:03d}.png`, epochs counted from 0.
        batchSize: how many pictures of the batch to draw, at most.
        epochInterval: epochs from one grid to the next; the last epoch has one too.

    Returns:
        A `keras.callbacks.Callback`. A grid that cannot be drawn is a warning there,
        not the end of the training.
    """

    class TrainMonitor(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            last = epoch + 1 == self.params["epochs"]
            if epoch % epochInterval and not last:
                return
            path = Path(imagePath, f"{epoch:03d}.png")
            with warn_on_error(path):
                self._draw(path)

        def _draw(self, path):
            inputMask, realImage = next(iter(testDs))
            inputMask = scale_images(inputMask[:batchSize])
            save_grid(
                path,
                {
                    "Input Image": inputMask,
                    "Pix2Pix Prediction": self.model(inputMask, training=False),
                    "Target Label": scale_images(realImage[:batchSize]),
                },
            )

    return TrainMonitor()
