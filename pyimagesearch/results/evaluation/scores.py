"""What a score is called, and how it is written down."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pyimagesearch.results.evaluation.intervals import interval

MODEL = "model"
COPY = "copy the input"
MEAN = "mean picture"
REAL = "real photos"
READ_BACK = "read_back_"


class Kind(NamedTuple):
    """A kind of score.

    Attributes:
        title: for people.
        better: "lower" or "higher".
        unit: "" for a bare number.
    """

    title: str
    better: str
    unit: str = ""


KINDS = {
    "l1": Kind("L1", "lower"),
    "psnr": Kind("PSNR", "higher", "dB"),
    "ssim": Kind("SSIM", "higher"),
    "pixel_accuracy": Kind("pixel accuracy", "higher"),
    "class_accuracy": Kind("class accuracy", "higher"),
    "class_iou": Kind("class IoU", "higher"),
    "read_back_pixel_accuracy": Kind("pixel accuracy, read back", "higher"),
    "read_back_class_accuracy": Kind("class accuracy, read back", "higher"),
    "read_back_class_iou": Kind("class IoU, read back", "higher"),
    "fid": Kind("FID", "lower"),
    "kid": Kind("KID", "lower"),
}


def entry(
    name: str,
    mean: float,
    baselines: dict[str, float],
    ends: tuple[float, float] = (math.nan, math.nan),
    differences: dict[str, tuple[float, float]] | None = None,
) -> dict:
    """A score as it stands in `metrics.json`.

    Args:
        name: one of `KINDS`.
        mean: the model's.
        baselines: what it is held against, by whose it is.
        ends: of the mean's interval.
        differences: the ends of the intervals of the model's score less a baseline's.
    """
    low, high = map(plain, ends)
    return {
        **KINDS[name]._asdict(),
        "mean": plain(mean),
        "low": low,
        "high": high,
        "baselines": {title: plain(value) for title, value in baselines.items()},
        "differences": {
            title: [plain(end) for end in ends]
            for title, ends in (differences or {}).items()
        },
    }


def entry_of_pictures(
    name: str, statistic: Callable, pictures: dict[str, np.ndarray]
) -> dict:
    """A score of means over pictures, as of `entry`, with its bootstrap intervals.

    A baseline is scored on the same pictures, some of which are hard for both: the
    interval of the difference is taken with both redrawn together.

    Args:
        name: one of `KINDS`.
        statistic: from means over pictures, (n, ...), to the score, (n,).
        pictures: numbers (pictures, ...) by whose they are, `MODEL`'s among them.
    """

    def difference(means):
        return statistic(means[:, 0]) - statistic(means[:, 1])

    baselines = {whose: rows for whose, rows in pictures.items() if whose != MODEL}
    ours = pictures[MODEL]
    return entry(
        name,
        _score(statistic, ours),
        {whose: _score(statistic, rows) for whose, rows in baselines.items()},
        interval(statistic, ours),
        {
            whose: interval(difference, np.stack([ours, rows], axis=1))
            for whose, rows in baselines.items()
        },
    )


def _score(statistic, rows):
    return statistic(rows.mean(0, keepdims=True, dtype=np.float64))[0]


def plain(value: float) -> float | None:
    """A number that JSON has; None for NaN and infinity, which it has not."""
    value = float(value)
    return value if math.isfinite(value) else None
