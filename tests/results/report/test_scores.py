"""How a score stands against its baselines, and its card."""

import math
import re

import pytest

from pyimagesearch.results.report.scores import score_cards, summary, verdict


@pytest.mark.parametrize(
    ("better", "baseline", "found"),
    [
        ("lower", 0.31, "better"),
        ("lower", 0.19, "worse"),
        ("higher", 0.31, "worse"),
        ("higher", 0.19, "better"),
        ("lower", 0.29, "level"),
        ("higher", 0.3, "level"),
        ("lower", None, "none"),
        ("lower", math.nan, "none"),
    ],
)
def test_a_baseline_is_beaten_where_the_difference_is_beyond_its_interval(
    score, better, baseline, found
):
    made = score(better=better, copy_the_input=baseline)
    assert verdict(made, "copy the input") == found


def test_the_interval_of_the_difference_decides_and_not_the_scores_own(score):
    made = score(mean_picture=0.29)
    made["differences"]["mean picture"] = [-0.05, -0.03]
    assert verdict(made, "mean picture") == "better"


def test_without_an_interval_the_mean_decides(score):
    made = score(interval=None, near=0.2501, equal=0.25, far=0.2)
    assert [verdict(made, name) for name in made["baselines"]] == [
        "better",
        "level",
        "worse",
    ]


def test_real_photos_are_not_to_be_beaten(score):
    made = score(better="higher", real_photos=0.9, mean_picture=0.1)
    assert verdict(made, "real photos") == "none"
    assert summary({"read_back": made}).startswith(
        "Better than every baseline in 1 of 1 scores"
    )


def test_one_sentence_counts_the_scores_that_beat_every_baseline(score):
    scores = {
        "all": score(one=0.9, other=0.8),
        "some": score(one=0.9, other=0.25),
        "uncompared": score(),
    }
    assert summary(scores).startswith("Better than every baseline in 1 of 2 scores")
    assert summary({"uncompared": score()}) == ""


def test_a_card_has_the_figures_and_the_verdicts(score):
    card = score_cards({"l1": score(copy_the_input=0.77777, mean_picture=0.22)})
    text = " ".join(re.sub("<[^>]*>", " ", card).split())
    assert text == (
        "L1 ↓ lower is better 0.2500 95 % interval 0.2000 to 0.3000 "
        "copy the input 0.7778 ✓ beaten mean picture 0.2200 ≈ too close"
    )


def test_the_strip_is_a_scale(score):
    card = score_cards({"l1": score(copy_the_input=0.6, mean_picture=0.4)})
    assert '<circle class="model" cx="15.50%"' in card
    assert 'x1="4.00%" x2="27.00%"' in card
    assert re.findall(r'class="mark" x="([\d.]+)%"', card) == ["96.00", "50.00"]


def test_five_baselines_are_all_listed(score):
    names = [f"baseline{number}" for number in range(5)]
    card = score_cards({"l1": score(**dict.fromkeys(names, 0.5))})
    assert all(card.count(name) == 1 for name in names)


def test_a_score_without_a_figure_has_a_dash(score):
    card = score_cards({"l1": score(mean=math.nan, interval=None, mean_picture=0.4)})
    assert '<p class="mean">–</p>' in card
    assert "strip" not in card
