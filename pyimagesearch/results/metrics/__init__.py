"""Predictions against targets, a short file each.

`l1`, `psnr` and `ssim` of pictures, and `MeanOverPictures` of one; `pixel_accuracy`,
`class_accuracy` and `class_iou` of label maps, from their `confusion`, and
`LabelMapScores` of an epoch's; and `frechet_distance` and `kernel_distance` of sets of
features.
"""

from pyimagesearch.results.metrics.class_accuracy import (
    class_accuracies,
    class_accuracy,
)
from pyimagesearch.results.metrics.class_iou import class_iou, class_ious
from pyimagesearch.results.metrics.confusion import confusion
from pyimagesearch.results.metrics.frechet import frechet_distance
from pyimagesearch.results.metrics.kernel import kernel_distance
from pyimagesearch.results.metrics.l1 import l1
from pyimagesearch.results.metrics.label_map_scores import LABEL_SCORES, LabelMapScores
from pyimagesearch.results.metrics.mean_over_pictures import MeanOverPictures
from pyimagesearch.results.metrics.pixel_accuracy import pixel_accuracy
from pyimagesearch.results.metrics.psnr import psnr
from pyimagesearch.results.metrics.ssim import ssim

__all__ = [
    "LABEL_SCORES",
    "LabelMapScores",
    "MeanOverPictures",
    "class_accuracies",
    "class_accuracy",
    "class_iou",
    "class_ious",
    "confusion",
    "frechet_distance",
    "kernel_distance",
    "l1",
    "pixel_accuracy",
    "psnr",
    "ssim",
]
