"""Callback that draws predictions for test images during training."""

from pathlib import Path

import keras

from pyimagesearch.cli import warn_on_error
from pyimagesearch.data_preprocess import scale_images
from pyimagesearch.datasets.side_formats import RGB
from pyimagesearch.visualization import save_grid


def get_train_monitor(testDs, imagePath, batchSize, epochInterval, *, formats=RGB):
    """Create a callback that draws a grid of test images every few epochs.

    A grid that cannot be drawn is a warning: it does not end the training.

    Args:
        testDs: tf.data.Dataset of (inputMask, realImage) batches. The grid shows the
            first batch.
        imagePath: str or Path, the folder for the grids. They are named
            `{epoch:03d}.png`, with epochs counted from 0.
        batchSize: int, the number of images to draw, at most one batch.
        epochInterval: int, epochs between two grids. The last epoch has one, too.
        formats: PairFormat, the values of the inputs and the targets, which the titles
            of the columns name.

    Returns:
        keras.callbacks.Callback.
    """

    class TrainMonitor(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            is_last = epoch + 1 == self.params["epochs"]
            if epoch % epochInterval and not is_last:
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
                    formats.input.title("Input Image"): inputMask,
                    formats.target.title("Pix2Pix Prediction"): self.model(
                        inputMask, training=False
                    ),
                    formats.target.title("Target Label"): scale_images(
                        realImage[:batchSize]
                    ),
                },
            )

    return TrainMonitor()
