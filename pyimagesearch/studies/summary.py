"""What the trainings of a study say together."""

import statistics

from pyimagesearch.results.evaluation.scores import KINDS
from pyimagesearch.studies.plan import BASELINE, POINTS


def scores_of(study: dict, name: str) -> list[str]:
    """The scores that the trainings on a set have, in their order."""
    first = next(cell for cell in study["cells"] if cell["set"] == name)
    return [score for score in KINDS if score in first["curve"][0]]


def of_variants(study: dict, name: str) -> dict[str, list[dict]]:
    """The trainings on a set by their variant, a list of seeds each."""
    found = {}
    for cell in study["cells"]:
        if cell["set"] == name:
            found.setdefault(cell["variant"], []).append(cell)
    return found


def last(cells: list[dict], score: str) -> list[float]:
    """The final scores of trainings."""
    return [cell["curve"][-1][score] for cell in cells]


def as_good(score: str, value: float, other: float) -> bool:
    """Whether a value is at least as good as another."""
    return value <= other if KINDS[score].better == "lower" else value >= other


def point_that_reaches(cell: dict, goal: dict[str, float]) -> int | None:
    """The first point of a curve, counted from 1, at which all goals are met."""
    for number, point in enumerate(cell["curve"], start=1):
        if all(as_good(score, point[score], value) for score, value in goal.items()):
            return number
    return None


def seconds_to_baseline(study: dict, name: str, cells: list[dict]) -> float | None:
    """Seconds until all of a variant's trainings have the baseline's final scores.

    Args:
        study: see `study.main`.
        name: the set.
        cells: of one variant, a training for each seed.

    Returns:
        The slowest seed's, a multiple of the seconds between two points; None where
        one never has them all at once, or the baseline is not there.
    """
    baseline = of_variants(study, name).get(BASELINE)
    if not baseline:
        return None
    goal = {
        score: statistics.mean(last(baseline, score))
        for score in scores_of(study, name)
    }
    points = [point_that_reaches(cell, goal) for cell in cells]
    if None in points:
        return None
    return max(points) * study["seconds"] / POINTS


def ahead(cells: list[dict], others: list[dict], score: str) -> bool:
    """Whether every training of the one is better than every one of the other."""
    return all(
        value != other and as_good(score, value, other)
        for value in last(cells, score)
        for other in last(others, score)
    )
