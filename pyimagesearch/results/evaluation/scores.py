"""What a score is called, and how it is written down."""

import math
from typing import NamedTuple

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
    interval: tuple[float, float] | None = None,
) -> dict:
    """A score as it stands in `metrics.json`."""
    low, high = map(plain, interval) if interval else (None, None)
    return {
        **KINDS[name]._asdict(),
        "mean": plain(mean),
        "low": low,
        "high": high,
        "baselines": {title: plain(value) for title, value in baselines.items()},
    }


def plain(value: float) -> float | None:
    """A number that JSON has; None for NaN and infinity, which it has not."""
    value = float(value)
    return value if math.isfinite(value) else None
