"""The validation score that decides which generator is the best."""

import argparse
import math
from typing import NamedTuple

from pyimagesearch.errors import UserError

LABEL_SCORES = ("pixel_accuracy", "class_accuracy", "class_iou")
SCORES = ("l1Loss", "psnr", "ssim", *LABEL_SCORES)
AUTO, NONE = "auto", "none"


class BestScore(NamedTuple):
    """The best validation score of a run so far."""

    score: str  # one of `SCORES`
    epoch: int  # counted from 0
    value: float

    def describe(self) -> str:
        """Describe the score, such as "epoch 12, val_l1Loss 0.1034"."""
        return f"epoch {self.epoch}, val_{self.score} {self.value:.4f}"


def parse_score(text: str) -> str:
    """Parse the name of a score, `auto` or `none`; an argparse type.

    The spelling is free: classIoU, class-iou and class_iou are the same.
    """
    names = {_normalize(name): name for name in (AUTO, NONE, *SCORES)}
    try:
        return names[_normalize(text)]
    except KeyError:
        choices = ", ".join(names.values())
        raise argparse.ArgumentTypeError(f"{text} is not one of {choices}") from None


def _normalize(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def choose_score(asked: str, has_palette: bool) -> str | None:
    """Choose the score of `--keep-best`.

    Args:
        asked: str, as returned by `parse_score`.
        has_palette: bool, whether the targets are label maps whose classes are scored.

    Returns:
        str, one of `SCORES`, or None to keep no best generator.

    Raises:
        UserError: if a score of label maps is asked for and there are none.
    """
    if asked == NONE:
        return None
    if asked == AUTO:
        return "class_iou" if has_palette else "l1Loss"
    if asked in LABEL_SCORES and not has_palette:
        raise UserError(
            f"--keep-best {asked} needs label maps with known class colors as targets: "
            f"choose l1Loss, psnr or ssim, or set --palette"
        )
    return asked


def update_best(
    best: BestScore | None, score: str, epoch: int, value: float
) -> BestScore | None:
    """Return the best of the scores so far and a new one; the earlier one if equal.

    Args:
        best: BestScore of the same score, or None if there was none.
        score: str, one of `SCORES`.
        epoch: int, counted from 0.
        value: float. NaN is never the best.
    """
    if math.isnan(value):
        return best
    sign = -1 if score == "l1Loss" else 1
    if best is None or sign * value > sign * best.value:
        return BestScore(score, epoch, value)
    return best
