"""What hand-made curves say together."""

from tiny_study import STUDY

from pyimagesearch.studies.plan import POINTS
from pyimagesearch.studies.summary import (
    ahead,
    of_variants,
    point_that_reaches,
    scores_of,
    share_to_reach,
)

VARIANTS = of_variants(STUDY, "streets")


def test_the_scores_are_those_of_the_curves():
    assert scores_of(STUDY, "streets") == ["l1", "psnr"]
    assert {name: len(cells) for name, cells in VARIANTS.items()} == {
        "tutorial": 2,
        "best": 2,
        "tutorial, crop": 1,
    }


def test_a_curve_has_reached_what_it_is_as_good_as_all_at_once():
    cell = VARIANTS["tutorial"][0]
    assert point_that_reaches(cell, {"l1": 0.3, "psnr": 12.0}) == 2
    assert point_that_reaches(cell, {"l1": 0.25, "psnr": 12.0}) == 2
    assert point_that_reaches(cell, {"l1": 0.25, "psnr": 14.0}) is None


def test_the_slowest_seed_counts():
    """The tutorial ends at L1 .35 and PSNR 14.5 in the mean."""
    tutorial, best = VARIANTS["tutorial"], VARIANTS["best"]
    assert share_to_reach(best, tutorial) == 3 / POINTS
    assert share_to_reach(best[:1], tutorial) == 2 / POINTS
    assert share_to_reach(VARIANTS["tutorial, crop"], tutorial) is None
    assert share_to_reach(tutorial[:1], tutorial[:1]) == 3 / POINTS


def test_ahead_is_with_every_seed():
    best, tutorial = VARIANTS["best"], VARIANTS["tutorial"]
    assert ahead(best, tutorial, "l1")
    assert not ahead(best, tutorial, "psnr")  # 15 and 15
    assert not ahead(tutorial, best, "l1")
    assert ahead(best[:1], tutorial, "psnr")
