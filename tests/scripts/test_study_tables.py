"""The tables of hand-made curves, to the letter."""

import pytest
from recipe_study.tables import (
    create_tables,
    format_scores,
    group_by_variant,
    is_as_good,
    list_scores,
    outperforms,
    points_to_scores,
    points_to_target,
)
from tiny_study import STUDY, create_experiment

TASK = "streets-photos"
VARIANTS = group_by_variant(STUDY, TASK)
TABLE = """\
| recipe | L1 | PSNR | steps x batch | seconds | the tutorial's scores after |
| --- | --- | --- | --- | --- | --- |
| `tutorial` | 0.3000, 0.4000 (0.2500 - 0.4500) | 14.00, 15.00 (13.00 - 16.00) | 80 x 2 | 80.2, 81.0 | never |
| `fast` | 0.1000, 0.2000 (0.0500 - 0.2500) | 17.00, 15.00 (14.00 - 18.00) | 3,995 x 2 | 80.2, 80.2 | 3 / 8 |
| fast, batch 1 | 0.3000 (0.2500 - 0.3500) | 13.00 (12.00 - 14.00) | 80 x 2 | 79.9 | never |

`fast` is better than `tutorial` with every seed in every score but PSNR."""  # noqa: E501


def test_a_table_for_each_task():
    other = create_experiment("paper", 42, (0.5, 10.0), task="facades")
    study = {**STUDY, "experiments": [*STUDY["experiments"], other]}
    tables = create_tables(study)
    assert tables.keys() == {TASK, "facades"}
    assert tables[TASK] == TABLE
    assert tables["facades"].splitlines()[:3] == [
        "| recipe | L1 | PSNR | steps x batch | seconds |",  # no tutorial
        "| --- | --- | --- | --- | --- |",
        "| `paper` | 0.5000 (0.4500 - 0.5500) | 10.00 (9.00 - 11.00) | 80 x 2 | 80.2 |",
    ]


def test_better_in_every_score():
    fast = create_experiment("fast", 42, (0.1, 20.0))
    paper = create_experiment("paper", 42, (0.2, 15.0))
    former = create_experiment("fast, paper's networks", 42, (0.05, 15.0))
    (table,) = create_tables({**STUDY, "experiments": [paper, former, fast]}).values()
    assert table.splitlines()[-2:] == [
        "`fast` is better than `paper` with every seed in every score.",
        '`fast` is better than "fast, paper\'s networks" with every seed in every '
        "score but L1.",
    ]


def test_the_scores_are_those_of_the_evaluation():
    assert list_scores(STUDY, TASK) == ["l1", "psnr"]
    assert {name: len(experiments) for name, experiments in VARIANTS.items()} == {
        "tutorial": 2,
        "fast": 2,
        "fast, batch 1": 1,
    }


@pytest.mark.parametrize(
    ("score", "as_good", "worse"),
    [
        ("l1", (0.1, 0.5), (0.6,)),
        ("psnr", (0.5, 0.9), (0.4,)),
        ("sharpness", (0.5, 0.7, 1.0, 1.9), (0.4, 2.1)),
    ],
)
def test_scores_improve_in_their_own_direction(score, as_good, worse):
    assert all(is_as_good(score, value, 0.5) for value in as_good)
    assert not any(is_as_good(score, value, 0.5) for value in worse)


def test_a_target_has_to_be_reached_in_all_scores_at_once():
    experiment = VARIANTS["tutorial"][0]
    assert points_to_target(experiment, {"l1Loss": 0.3, "psnr": 12.0}) == 2
    assert points_to_target(experiment, {"l1Loss": 0.25, "psnr": 12.0}) == 2
    assert points_to_target(experiment, {"l1Loss": 0.25, "psnr": 14.0}) is None


def test_the_slowest_seed_counts():
    """The tutorial ends at L1 0.35 and PSNR 14.5 on average."""
    tutorial, fast = VARIANTS["tutorial"], VARIANTS["fast"]
    assert points_to_scores(fast, tutorial) == 3
    assert points_to_scores(fast[:1], tutorial) == 2
    assert points_to_scores(VARIANTS["fast, batch 1"], tutorial) is None
    assert points_to_scores(tutorial[:1], tutorial[:1]) == 3


def test_a_score_without_a_value_is_a_dash():
    experiment = create_experiment("fast", 42, (0.1, 20.0))
    experiment["scores"]["l1"] = {"mean": None, "low": None, "high": None}
    assert format_scores([experiment], "l1") == "-"
    experiment["scores"]["psnr"] |= {"low": None}
    assert format_scores([experiment], "psnr") == "20.00"


def test_a_variant_outperforms_with_every_seed():
    fast, tutorial = VARIANTS["fast"], VARIANTS["tutorial"]
    assert outperforms(fast, tutorial, "l1")
    assert not outperforms(fast, tutorial, "psnr")  # 15 and 15
    assert not outperforms(tutorial, fast, "l1")
    assert outperforms(fast[:1], tutorial, "psnr")
