"""Evaluators: they score generated images, batch by batch."""

import argparse
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.cli import info, warning
from pyimagesearch.datasets.palettes import Palette, choose_palette
from pyimagesearch.datasets.side_formats import RGB, PairFormat, SideFormat
from pyimagesearch.datasets.sources import Source
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
from pyimagesearch.run_record import read_run_record
from pyimagesearch.translation.generator import (
    FixedBatch,
    create_predictor,
    load_generator,
)
from pyimagesearch.translation.run_settings import find_run
from pyimagesearch.visualization import to_uint8

FEATURE_METRICS = {"fid": frechet_distance, "kid": kernel_distance}


def build_evaluators(
    settings: argparse.Namespace,
    source: Source,
    number: int,
    shape: tuple[int, ...],
    formats: PairFormat,
) -> list["Evaluator"]:
    """Build the evaluators that the flags ask for, in the order of their scores.

    Args:
        settings: argparse.Namespace, as returned by `parse_evaluation_settings`.
        source: Source, the pairs.
        number: int, how many pairs are evaluated.
        shape: tuple of int, (batch_size, H, W, C), of a batch of targets.
        formats: PairFormat, of the inputs and the targets.

    Raises:
        UserError: if a flag does not fit the pairs, or a file that it names cannot be
            loaded.
    """
    names = [name for name in FEATURE_METRICS if getattr(settings, name)]
    if names and number < 2:
        flags = " and ".join(f"--{name}" for name in names)
        raise UserError(
            f"{flags} cannot be computed from {number} pair: FID and KID compare the "
            f"distributions of at least 2 images. Evaluate more pairs, or leave out "
            f"{flags}"
        )
    labels = formats.target if source.makes_labels else formats.input
    palette = choose_palette(settings.palette, settings.dataset) or labels.palette
    if settings.palette and not (source.makes_labels or source.reads_labels):
        raise UserError(
            f"--palette {settings.palette} is for label maps, and neither side of the "
            f"pairs is one: set the side of the label maps with --label-side"
        )
    evaluators: list[Evaluator] = [ImageEvaluator(shape, formats.target)]
    if source.makes_labels and palette:
        evaluators.append(LabelEvaluator(palette))
    elif source.makes_labels:
        info("no label scores: they need the colors of the classes (--palette)")
    if settings.segmenter:
        if not source.reads_labels or palette is None:
            raise UserError(
                "--segmenter translates generated photos back into label maps: it "
                "requires --palette, and --label-side must name the input side"
            )
        segmenter = _load_segmenter(settings.segmenter, source.direction, shape)
        evaluators.append(ReadBackEvaluator(palette, segmenter))
    if names:
        evaluators.append(FeatureEvaluator(names, create_inception(shape)))
    return evaluators


def _load_segmenter(path: str, direction: str, shape: tuple[int, ...]) -> Callable:
    segmenter = load_generator(path)
    if segmenter.input_shape[1:] != shape[1:]:
        sizes = ["x".join(map(str, s[1:3])) for s in (segmenter.input_shape, shape)]
        raise UserError(
            f"--segmenter {path} takes images of {sizes[0]} pixels, but the generator "
            f"outputs {sizes[1]}: train both with the same --image-size"
        )
    record = read_run_record(find_run(Path(path)))
    if record and record.get("source", {}).get("direction") == direction:
        raise UserError(
            f"--segmenter {path} was trained {direction}, like the generator: it must "
            f"be trained in the other direction"
        )
    return create_predictor(segmenter, shape[0], "--segmenter")


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


TARGET = "target"


class FeatureEvaluator(Evaluator):
    """Compares the features of all generated images with those of all targets.

    The features of all images stay in memory (8 kB per image).

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
        scores = {}
        for name in self.names:
            distances = {
                source: FEATURE_METRICS[name](rows, target)
                for source, rows in features.items()
            }
            scores[name] = create_entry(name, distances.pop(MODEL), distances)
        return scores


INCEPTION_SIZE = (299, 299)  # pixels


def create_inception(shape: tuple[int, ...]) -> FixedBatch:
    """Create the feature extractor: Keras's InceptionV3 with global average pooling.

    Its weights are not those of the FID and KID papers. Compare the resulting scores
    only with one another.

    Args:
        shape: tuple of int, (batch_size, H, W, C).

    Returns:
        FixedBatch, maps float32 (B, H, W, C) in [-1, 1] to float32 (B, 2048).

    Raises:
        UserError: if the weights cannot be downloaded.
    """
    try:
        network = keras.applications.InceptionV3(
            include_top=False, pooling="avg", input_shape=(*INCEPTION_SIZE, 3)
        )
    except Exception as error:  # Keras raises a bare Exception if a download fails
        raise UserError(
            f"--fid and --kid need the weights of Keras's InceptionV3, and their "
            f"download failed ({error}): check the network, or put the file into the "
            f"folder models/ of KERAS_HOME yourself"
        ) from error

    def extract(images):
        channels = shape[3]
        images = images[..., :3] if channels >= 3 else images[..., :1]
        images = tf.repeat(images, 3 // images.shape[-1], axis=-1)
        images = tf.image.resize(images, INCEPTION_SIZE, antialias=True)
        return network(images, training=False)

    return FixedBatch(extract, shape)
