"""FID and KID: how far the pictures as a set are from the targets as a set."""

from collections import defaultdict

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.console import warning
from pyimagesearch.errors import UserError
from pyimagesearch.results.evaluation.scores import MODEL, entry
from pyimagesearch.results.fixed_size import FixedSize
from pyimagesearch.results.metrics import frechet_distance, kernel_distance

SIDE = 299  # pixels, InceptionV3's
METRICS = {"fid": frechet_distance, "kid": kernel_distance}
TARGET = "target"


class FeatureScores:
    """Gathers the features of the pictures of a set, 8 kB a picture.

    Args:
        names: "fid", "kid" or both.
        extractor: from a batch of pictures to features (B, dimensions); see
            `inception`.
    """

    def __init__(self, names: list[str], extractor: FixedSize):
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
                whose: METRICS[name](rows, target) for whose, rows in features.items()
            }
            scores[name] = entry(name, distances.pop(MODEL), distances)
        return scores

    def of_pictures(self) -> dict[str, list]:
        """Nothing: a single picture has neither."""
        return {}


def inception(shape: tuple[int, ...]) -> FixedSize:
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

    return FixedSize(features, shape)
