"""The scores of label maps: how many pixels have the right class."""

from collections import defaultdict
from collections.abc import Callable

import numpy as np

from pyimagesearch.errors import UserError
from pyimagesearch.results.evaluation.intervals import interval
from pyimagesearch.results.evaluation.palette import Palette
from pyimagesearch.results.evaluation.scores import (
    MODEL,
    READ_BACK,
    REAL,
    entry,
    plain,
)
from pyimagesearch.results.grid import to_bytes
from pyimagesearch.results.metrics import (
    class_accuracies,
    class_accuracy,
    class_iou,
    class_ious,
    confusion,
    pixel_accuracy,
)

METRICS = {
    "pixel_accuracy": pixel_accuracy,
    "class_accuracy": class_accuracy,
    "class_iou": class_iou,
}


class LabelScores:
    """Gathers the confusions of label maps with their targets (Isola et al., table 2).

    Args:
        palette: of the maps; a predicted pixel is of the class whose colour is nearest.

    Attributes:
        prefix: what the names of the scores begin with.
    """

    prefix = ""

    def __init__(self, palette: Palette):
        self.palette = palette
        self._sums = defaultdict(int)  # by whose the maps are
        self._confusions = []  # the model's, picture by picture

    def add(self, input_mask, target, outputs: dict[str, np.ndarray]) -> None:
        """Adds a batch; see `PictureScores.add`."""
        classes = len(self.palette.classes)
        labels = self.palette.of_targets(to_bytes(target))
        for whose, maps in outputs.items():
            predicted = self.palette.of_predictions(to_bytes(maps))
            for pair in zip(labels, predicted, strict=True):
                matrix = confusion(*pair, classes)
                self._sums[whose] += matrix
                if whose == MODEL:
                    self._confusions.append(matrix.astype(np.int32))

    def scores(self) -> dict[str, dict]:
        """The set's, as `scores.entry` has them.

        Raises:
            UserError: where no pixel of any target is labelled.
        """
        if not self._sums[MODEL].any():
            raise UserError(
                "no pixel of the label maps is of a class: --palette has their colours"
            )
        confusions = np.array(self._confusions)
        return {
            self.prefix + name: entry(
                self.prefix + name,
                metric(self._sums[MODEL]),
                {
                    whose: metric(matrix)
                    for whose, matrix in self._sums.items()
                    if whose != MODEL
                },
                interval(metric, confusions),
            )
            for name, metric in METRICS.items()
        }

    def of_pictures(self) -> dict[str, list[float | None]]:
        """The model's, picture by picture, of the classes that the picture has."""
        confusions = np.array(self._confusions)
        return {
            self.prefix + name: [plain(value) for value in metric(confusions)]
            for name, metric in METRICS.items()
        }

    def of_classes(self) -> list[dict]:
        """The model's, class by class: see `evaluated`."""
        matrix = self._sums[MODEL]
        return [
            {
                "name": name,
                "color": list(colour),
                "share": float(share),
                "accuracy": plain(accuracy),
                "iou": plain(iou),
            }
            for (name, colour), share, accuracy, iou in zip(
                self.palette.classes.items(),
                matrix.sum(1) / matrix.sum(),
                class_accuracies(matrix),
                class_ious(matrix),
                strict=True,
            )
        ]


class ReadBackScores(LabelScores):
    """The same of photos, which a generator of the other direction reads back.

    The paper's FCN-score (section 4.1), without an outside network: a photo is the
    better, the more of the labels that it was made from are read in it. What is read
    in the real photos is the most to be hoped for.

    Args:
        palette: of the label maps.
        segmenter: from photos to label maps; see `fixed_size.predictor`.
    """

    prefix = READ_BACK

    def __init__(self, palette: Palette, segmenter: Callable):
        super().__init__(palette)
        self.segmenter = segmenter

    def add(self, input_mask, target, outputs):
        """Adds a batch; see `PictureScores.add`."""
        maps = {
            whose: self.segmenter(photos)
            for whose, photos in {**outputs, REAL: target}.items()
        }
        super().add(target, input_mask, maps)
