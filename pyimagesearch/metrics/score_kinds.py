"""The title, the unit and the better direction of each score."""

from typing import NamedTuple

import numpy as np


class ScoreKind(NamedTuple):
    """A kind of score."""

    title: str  # to display
    better: str  # "lower", "higher" or `CLOSER`
    unit: str = ""


CLOSER = "closer to 1"  # which way ratios to the targets improve


SCORE_KINDS = {
    "l1": ScoreKind("L1", "lower"),
    "l1_units": ScoreKind("L1 in units of the files", "lower"),
    "psnr": ScoreKind("PSNR", "higher", "dB"),
    "ssim": ScoreKind("SSIM", "higher"),
    "sharpness": ScoreKind("sharpness", CLOSER),
    "grid_artifacts": ScoreKind("grid artifacts", CLOSER),
    "pixel_accuracy": ScoreKind("pixel accuracy", "higher"),
    "class_accuracy": ScoreKind("class accuracy", "higher"),
    "class_iou": ScoreKind("class IoU", "higher"),
    "read_back_pixel_accuracy": ScoreKind("pixel accuracy, read back", "higher"),
    "read_back_class_accuracy": ScoreKind("class accuracy, read back", "higher"),
    "read_back_class_iou": ScoreKind("class IoU, read back", "higher"),
    "fid": ScoreKind("FID", "lower"),
    "kid": ScoreKind("KID", "lower"),
}


def subtract_scores(better: str, score, baseline):
    """Subtract the scores of a baseline: the sign says which is better.

    Args:
        better: str, as in `ScoreKind`.
        score, baseline: float arrays (...).

    Returns:
        float64 array (...), score - baseline. If the scores are better closer to 1, it
        is the difference of their distances from 1, and these are 1 - min(s, 1 / s):
        half of the targets' value is as far as twice.
    """
    score, baseline = np.float64(score), np.float64(baseline)
    if better == CLOSER:
        score, baseline = _measure_distance(score), _measure_distance(baseline)
    return score - baseline


def _measure_distance(ratio):
    return 1 - np.minimum(ratio, 1 / np.maximum(ratio, 1))
