"""An epoch's label scores: over all pixels of its pictures."""

import keras
from keras import ops

from pyimagesearch.datasets.palette import Palette
from pyimagesearch.results.metrics.class_accuracy import class_accuracy
from pyimagesearch.results.metrics.class_iou import class_iou
from pyimagesearch.results.metrics.confusion import confusion
from pyimagesearch.results.metrics.pixel_accuracy import pixel_accuracy

LABEL_SCORES = {
    "pixel_accuracy": pixel_accuracy,
    "class_accuracy": class_accuracy,
    "class_iou": class_iou,
}


class LabelMapScores(keras.metrics.Metric):
    """Pixel accuracy, class accuracy and class IoU since the last reset.

    The counts are float32 under any precision policy.

    Args:
        palette: of the label maps; a predicted pixel is of the class whose colour is
            nearest.
    """

    def __init__(self, palette: Palette):
        super().__init__(name="label_map_scores", dtype="float32")
        self.palette = palette
        classes = len(palette.classes)
        self.confusion = self.add_variable((classes, classes), "zeros")

    def update_state(self, target, prediction):
        """Adds a batch.

        Args:
            target: floats (B, H, W, 3) in [-1, 1].
            prediction: likewise.
        """
        target, prediction = (
            ops.round((maps + 1) * 127.5) for maps in (target, prediction)
        )
        self.confusion.assign_add(
            confusion(
                self.palette.of_targets(target),
                self.palette.of_predictions(prediction),
                len(self.palette.classes),
            )
        )

    def result(self):
        """The scores by name, float32 scalars; NaN where no pixel is labelled."""
        return {name: metric(self.confusion) for name, metric in LABEL_SCORES.items()}
