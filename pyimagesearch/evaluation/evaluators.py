"""Evaluators: they score generated images, batch by batch."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable
from functools import partial

import numpy as np

from pyimagesearch.cli import warning
from pyimagesearch.datasets.palettes import Palette
from pyimagesearch.datasets.side_formats import RGB, SideFormat
from pyimagesearch.evaluation.scores import (
    MODEL,
    READ_BACK,
    REAL,
    create_bootstrap_entry,
    to_json_number,
)
from pyimagesearch.metrics.feature_distances import (
    frechet_pseudo_values,
    kernel_pseudo_values,
)
from pyimagesearch.metrics.image import l1, psnr, ssim
from pyimagesearch.metrics.segmentation import (
    LABEL_SCORES,
    class_accuracies,
    class_ious,
    classify_predictions,
    classify_targets,
    confusion_matrix,
)
from pyimagesearch.metrics.texture import (
    can_measure_grids,
    gradient_energy,
    grid_artifacts,
    grid_contrasts,
    sharpness,
)
from pyimagesearch.translation.generator import FixedBatch
from pyimagesearch.visualization import to_uint8

TARGET = "target"  # a source, beside those in `metrics.json`
PSEUDO_VALUES = {"fid": frechet_pseudo_values, "kid": kernel_pseudo_values}


class Evaluator(ABC):
    """Collects batches and computes scores from them."""

    @abstractmethod
    def add(
        self, input_mask: np.ndarray, target: np.ndarray, outputs: dict[str, np.ndarray]
    ) -> None:
        """Add a batch.

        Args:
            input_mask, target: float32 arrays (B, H, W, C) and (B, H, W, D) in [-1, 1].
            outputs: dict of float32 arrays (B, H, W, D) in [-1, 1], the images to
                score by their source: `MODEL` and the baselines.
        """

    @abstractmethod
    def compute_scores(self) -> dict[str, dict]:
        """Compute the entry of each score (see `scores.create_entry`), by its name."""

    def compute_image_scores(self) -> dict[str, list[float | None]]:
        """Compute the scores of each image of the model, by the name of the score.

        An image without a score has None. Scores of a whole dataset are left out.
        """
        return {}


class ImageEvaluator(Evaluator):
    """Computes L1, PSNR and SSIM of each image.

    Args:
        shape: tuple of int, (batch_size, H, W, C).
        target: SideFormat of the targets: their levels limit the PSNR, and L1 is also
            given in their units unless these are those of 8-bit images.

    Raises:
        UserError: if H or W is smaller than the SSIM window.
    """

    def __init__(self, shape: tuple[int, ...], target: SideFormat = RGB.target):
        metrics = {"l1": l1, "psnr": partial(psnr, levels=target.levels), "ssim": ssim}
        if target.has_units:
            low, high = target.limits
            metrics["l1_units"] = lambda *images: l1(*images) * ((high - low) / 2)

        def compute(target, output):
            return {name: metric(target, output) for name, metric in metrics.items()}

        self._compute = FixedBatch(compute, shape, batches=2)
        self._values = defaultdict(lambda: defaultdict(list))  # [metric][source]

    def add(self, input_mask, target, outputs):
        for source, images in outputs.items():
            for name, values in self._compute(target, images).items():
                self._values[name][source].extend(values.tolist())

    def compute_scores(self):
        return {
            name: create_bootstrap_entry(
                name,
                lambda means: means,
                {source: np.array(values) for source, values in by_source.items()},
            )
            for name, by_source in self._values.items()
        }

    def compute_image_scores(self):
        return {
            name: [to_json_number(value) for value in by_source[MODEL]]
            for name, by_source in self._values.items()
        }


class TextureEvaluator(Evaluator):
    """Compares the sharpness and the grids of images with those of the targets.

    Args:
        height, width: int, the size of the images in pixels. There are no grid
            artifacts of images that are smaller than the window of the spectra.
    """

    def __init__(self, height: int, width: int):
        self._metrics = {"sharpness": (gradient_energy, sharpness)}
        if can_measure_grids(height, width):
            self._metrics["grid_artifacts"] = (grid_contrasts, grid_artifacts)
        self._values = defaultdict(lambda: defaultdict(list))  # [metric][source]

    def add(self, input_mask, target, outputs):
        for source, images in {**outputs, TARGET: target}.items():
            for name, (measure, _) in self._metrics.items():
                self._values[name][source].extend(measure(images))

    def compute_scores(self):
        scores = {
            name: create_bootstrap_entry(
                name,
                lambda means, compare=compare: compare(means[:, 0], means[:, 1]),
                self._pair_with_target(name),
            )
            for name, (_, compare) in self._metrics.items()
        }
        if scores["sharpness"]["mean"] is None:
            warning("no sharpness: it is a ratio, and every target has one color")
        return scores

    def compute_image_scores(self):
        return {
            name: [
                to_json_number(compare(*pair))
                for pair in self._pair_with_target(name)[MODEL]
            ]
            for name, (_, compare) in self._metrics.items()
        }

    def _pair_with_target(self, name):
        """Return the values of each source and the targets, (images, 2, ...)."""
        values = dict(self._values[name])
        target = values.pop(TARGET)
        return {source: np.stack([v, target], 1) for source, v in values.items()}


class LabelEvaluator(Evaluator):
    """Compares label maps with their targets (Isola et al. 2017, table 2).

    A predicted pixel belongs to the class with the nearest color.

    Args:
        palette: Palette, the colors of the classes.
    """

    prefix = ""  # of the names of the scores

    def __init__(self, palette: Palette):
        self.palette = palette
        self._confusions = defaultdict(list)  # one matrix per image, by source

    def has_labels(self, input_mask: np.ndarray, target: np.ndarray) -> bool:
        """Return whether any pixel of a batch's label maps belongs to a class."""
        labels = classify_targets(self.palette, to_uint8(target))
        return bool((np.asarray(labels) < len(self.palette.classes)).any())

    def add(self, input_mask, target, outputs):
        classes = len(self.palette.classes)
        labels = classify_targets(self.palette, to_uint8(target))
        for source, maps in outputs.items():
            predicted = classify_predictions(self.palette, to_uint8(maps))
            for pair in zip(labels, predicted, strict=True):
                matrix = np.asarray(confusion_matrix(*pair, classes), np.int32)
                self._confusions[source].append(matrix)

    def compute_scores(self):
        confusions = {
            source: np.array(matrices) for source, matrices in self._confusions.items()
        }
        metrics = {self.prefix + name: LABEL_SCORES[name] for name in LABEL_SCORES}
        return {
            name: create_bootstrap_entry(name, metric, confusions)
            for name, metric in metrics.items()
        }

    def compute_image_scores(self):
        confusions = np.array(self._confusions[MODEL])
        return {
            self.prefix + name: [to_json_number(value) for value in metric(confusions)]
            for name, metric in LABEL_SCORES.items()
        }

    def compute_class_scores(self) -> list[dict]:
        """Compute the model's scores of each class.

        Returns:
            list of dict with "name", "color", "share" (of the labelled target pixels),
            "accuracy" and "iou".
        """
        matrix = np.sum(self._confusions[MODEL], axis=0, dtype=np.int64)
        return [
            {
                "name": name,
                "color": list(color),
                "share": float(share),
                "accuracy": to_json_number(accuracy),
                "iou": to_json_number(iou),
            }
            for (name, color), share, accuracy, iou in zip(
                self.palette.classes.items(),
                matrix.sum(1) / matrix.sum(),
                class_accuracies(matrix),
                class_ious(matrix),
                strict=True,
            )
        ]


class ReadBackEvaluator(LabelEvaluator):
    """Translates generated photos back into label maps and scores these.

    This is the idea of the paper's FCN-score (Isola et al. 2017, section 4.1), with a
    generator of the other direction instead of an external network. A photo is better
    if more of its input labels can be read in it. The score of the real photos is the
    practical upper limit.

    Args:
        palette: Palette, the colors of the classes.
        segmenter: callable, maps photos to label maps, as returned by
            `create_predictor`.
    """

    prefix = READ_BACK

    def __init__(self, palette: Palette, segmenter: Callable):
        super().__init__(palette)
        self.segmenter = segmenter

    def has_labels(self, input_mask, target):
        return super().has_labels(target, input_mask)

    def add(self, input_mask, target, outputs):
        photos = {**outputs, REAL: target}
        maps = {source: self.segmenter(photos[source]) for source in photos}
        super().add(target, input_mask, maps)


class FeatureEvaluator(Evaluator):
    """Compares the features of all generated images with those of all targets.

    The features of all images stay in memory (8 kB per image). The intervals are those
    of the distances that other pairs, as many, would give.

    Args:
        names: list of str, "fid", "kid" or both.
        extractor: callable, maps a batch of images to features (B, dimensions), as
            returned by `create_inception`.
    """

    def __init__(self, names: list[str], extractor: FixedBatch):
        self.names = names
        self.extractor = extractor
        self._features = defaultdict(list)

    def add(self, input_mask, target, outputs):
        for source, images in {**outputs, TARGET: target}.items():
            self._features[source].extend(self.extractor(images))

    def compute_scores(self):
        features = {source: np.array(rows) for source, rows in self._features.items()}
        target = features.pop(TARGET)
        number, dimensions = target.shape
        if "fid" in self.names and number <= dimensions:
            warning(
                f"the FID of {number} images is biased upwards, because its covariance "
                f"needs more than {dimensions} images: compare it only with the FID of "
                f"as many images, or use --kid, which is unbiased"
            )
        return {
            name: create_bootstrap_entry(
                name,
                lambda means: means,
                {
                    source: PSEUDO_VALUES[name](rows, target)
                    for source, rows in features.items()
                },
            )
            for name in self.names
        }
