"""The scores of label maps: how many pixels have the right class."""

from collections import defaultdict
from collections.abc import Callable

import numpy as np

from pyimagesearch.datasets.palette import Palette
from pyimagesearch.errors import UserError
from pyimagesearch.results.evaluation.scores import (
    MODEL,
    READ_BACK,
    REAL,
    entry_of_pictures,
    plain,
)
from pyimagesearch.results.grid import to_bytes
from pyimagesearch.results.metrics import (
    LABEL_SCORES,
    class_accuracies,
    class_ious,
    confusion,
)


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
        self._confusions = defaultdict(list)  # by whose the maps are, a picture each

    def add(self, input_mask, target, outputs: dict[str, np.ndarray]) -> None:
        """Adds a batch; see `PictureScores.add`."""
        classes = len(self.palette.classes)
        labels = self.palette.of_targets(to_bytes(target))
        for whose, maps in outputs.items():
            predicted = self.palette.of_predictions(to_bytes(maps))
            for pair in zip(labels, predicted, strict=True):
                matrix = np.asarray(confusion(*pair, classes), np.int32)
                self._confusions[whose].append(matrix)

    def scores(self) -> dict[str, dict]:
        """The set's, as `scores.entry` has them: over all its pixels.

        Raises:
            UserError: where no pixel of any target is labelled.
        """
        confusions = {
            whose: np.array(matrices) for whose, matrices in self._confusions.items()
        }
        if not confusions[MODEL].any():
            raise UserError(
                "no pixel of the label maps is of a class: --palette has their colours"
            )
        return {
            self.prefix + name: entry_of_pictures(
                self.prefix + name, metric, confusions
            )
            for name, metric in LABEL_SCORES.items()
        }

    def of_pictures(self) -> dict[str, list[float | None]]:
        """The model's, picture by picture, of the classes that the picture has."""
        confusions = np.array(self._confusions[MODEL])
        return {
            self.prefix + name: [plain(value) for value in metric(confusions)]
            for name, metric in LABEL_SCORES.items()
        }

    def of_classes(self) -> list[dict]:
        """The model's, class by class: see `evaluated`."""
        matrix = np.sum(self._confusions[MODEL], axis=0, dtype=np.int64)
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
