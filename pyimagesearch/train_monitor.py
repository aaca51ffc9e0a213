"""Callback that draws predictions for test images during training."""

from pathlib import Path

import keras

from pyimagesearch.cli import warn_on_error
from pyimagesearch.data_preprocess import scale_images
from pyimagesearch.datasets.side_formats import PairFormat, SideFormat
from pyimagesearch.visualization import save_grid


def get_train_monitor(testDs, imagePath, batchSize, epochInterval, *, formats=None):
    """Create a callback that draws a grid of test images every few epochs.

    A grid that cannot be drawn is a warning: it does not end the training.

    Args:
        testDs: tf.data.Dataset of (inputMask, realImage) batches. The grid shows the
            first batch.
        imagePath: str or Path, the folder for the grids. They are named
            `{epoch:03d}.png`, with epochs counted from 0.
        batchSize: int, the number of images to draw, at most one batch.
        epochInterval: int, epochs between two grids. The last epoch has one, too.
        formats: PairFormat or None, the values of the inputs and the targets, which the
            titles of the columns name. None: 8-bit images of any number of channels.

    Returns:
        keras.callbacks.Callback.
    """

    class TrainMonitor(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            is_last = epoch + 1 == self.params["epochs"] or self.model.stop_training
            if epoch % epochInterval and not is_last:
                return
            path = Path(imagePath, f"{epoch:03d}.png")
            with warn_on_error(path):
                self._draw(path)

        def _draw(self, path):
            inputMask, realImage = (
                scale_images(images[:batchSize]) for images in next(iter(testDs))
            )
            sides = formats or PairFormat(
                SideFormat(inputMask.shape[-1]), SideFormat(realImage.shape[-1])
            )
            prediction = self.model(inputMask, training=False)
            save_grid(
                path,
                {
                    sides.input.title("Input Image"): inputMask,
                    sides.target.title("Pix2Pix Prediction"): prediction,
                    sides.target.title("Target Label"): realImage,
                },
            )

    return TrainMonitor()
