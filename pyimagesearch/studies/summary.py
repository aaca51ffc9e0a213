"""What the trainings of a study say together."""

import statistics

from pyimagesearch.metrics.score_kinds import SCORE_KINDS
from pyimagesearch.studies.plan import POINTS


def scores_of(study: dict, name: str) -> list[str]:
    """The scores that the trainings on a set have, in their order."""
    first = next(cell for cell in study["cells"] if cell["set"] == name)
    return [score for score in SCORE_KINDS if score in first["curve"][0]]


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
    return value <= other if SCORE_KINDS[score].better == "lower" else value >= other


def point_that_reaches(cell: dict, goal: dict[str, float]) -> int | None:
    """The first point of a curve, counted from 1, at which all goals are met."""
    for number, point in enumerate(cell["curve"], start=1):
        if all(as_good(score, point[score], value) for score, value in goal.items()):
            return number
    return None


def share_to_reach(cells: list[dict], others: list[dict]) -> float | None:
    """The share of its time in which a variant gets the final scores of another.

    Args:
        cells: of the one, a training for each seed; the slowest counts.
        others: of the other; the goal is the mean over its seeds, in every score at
            once.

    Returns:
        A multiple of 1 / `POINTS`; None where a training never gets there.
    """
    goal = {
        score: statistics.mean(last(others, score))
        for score in SCORE_KINDS
        if score in others[0]["curve"][0]
    }
    points = [point_that_reaches(cell, goal) for cell in cells]
    return None if None in points else max(points) / POINTS


def ahead(cells: list[dict], others: list[dict], score: str) -> bool:
    """Whether every training of the one is better than every one of the other."""
    return all(
        value != other and as_good(score, value, other)
        for value in last(cells, score)
        for other in last(others, score)
    )
