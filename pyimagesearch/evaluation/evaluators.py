"""Evaluators: what scores the generated images."""

from collections import defaultdict
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.cli import warning
from pyimagesearch.datasets.palettes import Palette
from pyimagesearch.errors import UserError
from pyimagesearch.evaluation.scores import (
    MODEL,
    READ_BACK,
    REAL,
    create_bootstrap_entry,
    create_entry,
    to_json_number,
)
from pyimagesearch.metrics.feature_distances import frechet_distance, kernel_distance
from pyimagesearch.metrics.image import l1, psnr, ssim
from pyimagesearch.metrics.segmentation import (
    LABEL_SCORES,
    class_accuracies,
    class_ious,
    classify_predictions,
    classify_targets,
    confusion_matrix,
)
from pyimagesearch.translation.generator import FixedBatch
from pyimagesearch.visualization import to_uint8

IMAGE_METRICS = {"l1": l1, "psnr": psnr, "ssim": ssim}


class ImageEvaluator:
    """Gathers the three scores of every picture.

    Args:
        shape: of a full batch, (batch_size, H, W, 3).

    Raises:
        UserError: where H or W is smaller than SSIM's window.
    """

    def __init__(self, shape: tuple[int, ...]):
        def scored(target, prediction):
            return {
                name: metric(target, prediction)
                for name, metric in IMAGE_METRICS.items()
            }

        self._scored = FixedBatch(scored, shape, batches=2)
        self._figures = defaultdict(list)

    def add(self, input_mask, target, outputs: dict[str, np.ndarray]) -> None:
        """Adds a batch.

        Args:
            input_mask: float32 (B, H, W, 3) in [-1, 1].
            target: likewise.
            outputs: likewise, by whose they are: `MODEL`'s and the baselines'.
        """
        for whose, pictures in outputs.items():
            for name, figures in self._scored(target, pictures).items():
                self._figures[name, whose].extend(figures.tolist())

    def scores(self) -> dict[str, dict]:
        """The set's, as `scores.entry` has them."""
        return {
            name: create_bootstrap_entry(
                name,
                lambda means: means,
                {
                    whose: np.array(figures)
                    for (metric, whose), figures in self._figures.items()
                    if metric == name
                },
            )
            for name in IMAGE_METRICS
        }

    def of_pictures(self) -> dict[str, list[float | None]]:
        """The model's, picture by picture."""
        return {
            name: [to_json_number(figure) for figure in self._figures[name, MODEL]]
            for name in IMAGE_METRICS
        }


class LabelEvaluator:
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
        labels = classify_targets(self.palette, to_uint8(target))
        for whose, maps in outputs.items():
            predicted = classify_predictions(self.palette, to_uint8(maps))
            for pair in zip(labels, predicted, strict=True):
                matrix = np.asarray(confusion_matrix(*pair, classes), np.int32)
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
            self.prefix + name: create_bootstrap_entry(
                self.prefix + name, metric, confusions
            )
            for name, metric in LABEL_SCORES.items()
        }

    def of_pictures(self) -> dict[str, list[float | None]]:
        """The model's, picture by picture, of the classes that the picture has."""
        confusions = np.array(self._confusions[MODEL])
        return {
            self.prefix + name: [to_json_number(value) for value in metric(confusions)]
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
                "accuracy": to_json_number(accuracy),
                "iou": to_json_number(iou),
            }
            for (name, colour), share, accuracy, iou in zip(
                self.palette.classes.items(),
                matrix.sum(1) / matrix.sum(),
                class_accuracies(matrix),
                class_ious(matrix),
                strict=True,
            )
        ]


class ReadBackEvaluator(LabelEvaluator):
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


SIDE = 299  # pixels, InceptionV3's
FEATURE_METRICS = {"fid": frechet_distance, "kid": kernel_distance}
TARGET = "target"


class FeatureEvaluator:
    """Gathers the features of the pictures of a set, 8 kB a picture.

    Args:
        names: "fid", "kid" or both.
        extractor: from a batch of pictures to features (B, dimensions); see
            `inception`.
    """

    def __init__(self, names: list[str], extractor: FixedBatch):
        self.names = names
        self.extractor = extractor
        self._features = defaultdict(list)

    def add(self, input_mask, target, outputs: dict[str, np.ndarray]) -> None:
        """Adds a batch; see `PictureScores.add`."""
        for whose, pictures in {**outputs, TARGET: target}.items():
            self._features[whose].extend(self.extractor(pictures))

    def scores(self) -> dict[str, dict]:
        """The set's, as `scores.entry` has them; there are none of single pictures."""
        features = {whose: np.array(rows) for whose, rows in self._features.items()}
        target = features.pop(TARGET)
        number, dimensions = target.shape
        if "fid" in self.names and number <= dimensions:
            warning(
                f"FID needs more than {dimensions} pictures for a covariance of full "
                f"rank, and {number} make it larger than it is: hold it only against "
                f"that of as many, or take --kid, which has no such bias"
            )
        scores = {}
        for name in self.names:
            distances = {
                whose: FEATURE_METRICS[name](rows, target)
                for whose, rows in features.items()
            }
            scores[name] = create_entry(name, distances.pop(MODEL), distances)
        return scores

    def of_pictures(self) -> dict[str, list]:
        """Nothing: a single picture has neither."""
        return {}


def create_inception(shape: tuple[int, ...]) -> FixedBatch:
    """Keras's InceptionV3, from pictures to its last layer's means.

    Its weights are not those of the papers' FID and KID: the figures compare with one
    another alone.

    Args:
        shape: of a full batch, (batch_size, H, W, 3).

    Returns:
        From float32 (B, H, W, 3) in [-1, 1] to float32 (B, 2048).

    Raises:
        UserError: where the weights cannot be had.
    """
    try:
        network = keras.applications.InceptionV3(
            include_top=False, pooling="avg", input_shape=(SIDE, SIDE, 3)
        )
    except Exception as error:  # Keras raises a bare one where a download fails
        raise UserError(
            f"--fid and --kid take the weights of Keras's InceptionV3, which could not "
            f"be downloaded into models/ under KERAS_HOME, where the file may also be "
            f"put by hand: {error}"
        ) from error

    def features(pictures):
        pictures = tf.image.resize(pictures, (SIDE, SIDE), antialias=True)
        return network(pictures, training=False)

    return FixedBatch(features, shape)
