"""The title, the unit and the better direction of each score."""

from typing import NamedTuple


class ScoreKind(NamedTuple):
    """A kind of score."""

    title: str  # to display
    better: str  # "lower" or "higher"
    unit: str = ""


SCORE_KINDS = {
    "l1": ScoreKind("L1", "lower"),
    "l1_units": ScoreKind("L1 in units of the files", "lower"),
    "psnr": ScoreKind("PSNR", "higher", "dB"),
    "ssim": ScoreKind("SSIM", "higher"),
    "pixel_accuracy": ScoreKind("pixel accuracy", "higher"),
    "class_accuracy": ScoreKind("class accuracy", "higher"),
    "class_iou": ScoreKind("class IoU", "higher"),
    "read_back_pixel_accuracy": ScoreKind("pixel accuracy, read back", "higher"),
    "read_back_class_accuracy": ScoreKind("class accuracy, read back", "higher"),
    "read_back_class_iou": ScoreKind("class IoU, read back", "higher"),
    "fid": ScoreKind("FID", "lower"),
    "kid": ScoreKind("KID", "lower"),
}
