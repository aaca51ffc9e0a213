"""Which score decides on the best generator, and which of two is better."""

import argparse
import math

import pytest

from pyimagesearch.errors import UserError
from pyimagesearch.training.best_score import (
    LABEL_SCORES,
    SCORES,
    BestScore,
    choose_score,
    parse_score,
    update_best,
)
from pyimagesearch.training.training_settings import parse_training_settings


@pytest.mark.parametrize(
    ("text", "score"),
    [
        *((name, name) for name in ("auto", "none", *SCORES)),
        ("classIoU", "class_iou"),
        ("pixelAccuracy", "pixel_accuracy"),
        ("class-iou", "class_iou"),
        ("L1Loss", "l1Loss"),
    ],
)
def test_scores_are_found_in_any_spelling(text, score):
    assert parse_score(text) == score


def test_an_unknown_score_names_the_known_ones():
    with pytest.raises(
        argparse.ArgumentTypeError, match="dice is not one of auto, non"
    ):
        parse_score("dice")
    with pytest.raises(
        UserError, match="--keep-best: dice is not one of auto, none, l1"
    ):
        parse_training_settings(["--keep-best", "dice"])


def test_auto_is_class_iou_for_label_maps_with_a_palette():
    assert choose_score("auto", has_palette=True) == "class_iou"
    assert choose_score("auto", has_palette=False) == "l1Loss"
    assert choose_score("none", has_palette=True) is None
    assert choose_score("ssim", has_palette=True) == "ssim"


@pytest.mark.parametrize("score", LABEL_SCORES)
def test_scores_of_label_maps_need_a_palette(score):
    assert choose_score(score, has_palette=True) == score
    with pytest.raises(UserError, match=f"--keep-best {score} needs label maps"):
        choose_score(score, has_palette=False)


@pytest.mark.parametrize("score", SCORES)
def test_the_better_score_wins_and_the_earlier_of_two_equal_ones(score):
    better, worse = (0.1, 0.2) if score == "l1Loss" else (0.2, 0.1)
    first = update_best(None, score, 0, worse)
    assert first == BestScore(score, 0, worse)
    assert update_best(first, score, 1, better) == BestScore(score, 1, better)
    assert update_best(first, score, 1, worse) is first
    best = BestScore(score, 1, better)
    assert update_best(best, score, 2, worse) is best


def test_nan_is_never_the_best():
    assert update_best(None, "psnr", 0, math.nan) is None
    best = BestScore("psnr", 0, 20.0)
    assert update_best(best, "psnr", 1, math.nan) is best


def test_patience_needs_a_score():
    with pytest.raises(UserError, match="--patience needs a score"):
        parse_training_settings(["--patience", "3", "--keep-best", "none"])
    assert parse_training_settings(["--patience", "3"]).patience == 3
