"""The study's tables, in Markdown."""

import statistics

from pyimagesearch.results.evaluation.scores import KINDS
from pyimagesearch.studies.plan import BEST, RECIPES
from pyimagesearch.studies.summary import (
    ahead,
    last,
    of_variants,
    scores_of,
    seconds_to_baseline,
)

DIGITS = {"l1": 4, "psnr": 2}  # after the point; of the others 3


def tables(study: dict) -> dict[str, str]:
    """Writes a table for each set.

    Args:
        study: see `study.main`.

    Returns:
        By set: a line a variant, its scores as the mean over its seeds, with the
        lowest and the highest where there are several; the seconds of `summary.
        seconds_to_baseline`; and the steps. Below it, where `best` is ahead of another
        recipe with every seed, and where it is not.
    """
    names = dict.fromkeys(cell["set"] for cell in study["cells"])
    return {name: _table(study, name) for name in names}


def _table(study: dict, name: str) -> str:
    scores = scores_of(study, name)
    variants = of_variants(study, name)
    titles = [KINDS[score].title for score in scores]
    lines = [
        _line("recipe", *titles, "seconds to the tutorial's scores", "steps x batch"),
        _line(*["---"] * (len(scores) + 3)),
    ]
    for variant, cells in variants.items():
        reached = seconds_to_baseline(study, name, cells)
        lines.append(
            _line(
                f"`{variant}`" if variant in RECIPES else variant,
                *(shown_score(score, last(cells, score)) for score in scores),
                "never" if reached is None else f"{reached:.3g}",
                f"{cells[0]['steps']:,} x {cells[0]['batch_size']}",
            )
        )
    verdicts = _verdicts(variants, scores)
    return "\n".join([*lines, "", *verdicts] if verdicts else lines)


def _line(*entries: str) -> str:
    return f"| {' | '.join(entries)} |"


def shown_score(score: str, values: list[float]) -> str:
    """The mean, and where there are several values the lowest and the highest."""
    digits = DIGITS.get(score, 3)
    mean = f"{statistics.mean(values):.{digits}f}"
    if len(values) == 1:
        return mean
    return f"{mean} ({min(values):.{digits}f} - {max(values):.{digits}f})"


def _verdicts(variants: dict[str, list[dict]], scores: list[str]) -> list[str]:
    verdicts = []
    for recipe in RECIPES:
        if recipe == BEST or not {BEST, recipe} <= variants.keys():
            continue
        lost = [
            KINDS[score].title
            for score in scores
            if not ahead(variants[BEST], variants[recipe], score)
        ]
        where = f"in all but {', '.join(lost)}" if lost else "in every score"
        verdicts.append(f"`{BEST}` is ahead of `{recipe}` with every seed {where}.")
    return verdicts
