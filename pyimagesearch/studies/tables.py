"""The study's tables, in Markdown."""

import statistics

from pyimagesearch.metrics.score_kinds import SCORE_KINDS
from pyimagesearch.studies.plan import BASELINE, BEST, RECIPES
from pyimagesearch.studies.summary import (
    ahead,
    last,
    of_variants,
    scores_of,
    share_to_reach,
)

DIGITS = {"l1": 4, "psnr": 2}  # after the point; of the others 3


def tables(study: dict) -> dict[str, str]:
    """Writes a table for each set.

    Args:
        study: see `study.main`.

    Returns:
        By set: a line a variant, its scores as the mean over its seeds, with the
        lowest and the highest where there are several; its steps; and if the tutorial
        is among them, after how many seconds it has the tutorial's final scores. Below
        it, where `best` is ahead of another recipe with every seed, and where not.
    """
    names = dict.fromkeys(cell["set"] for cell in study["cells"])
    return {name: _table(study, name) for name in names}


def _table(study: dict, name: str) -> str:
    scores = scores_of(study, name)
    variants = of_variants(study, name)
    columns = {"recipe": [_title(variant) for variant in variants]} | {
        SCORE_KINDS[score].title: [
            shown_score(score, last(cells, score)) for cells in variants.values()
        ]
        for score in scores
    }
    columns["steps x batch"] = [
        f"{cells[0]['steps']:,} x {cells[0]['batch_size']}"
        for cells in variants.values()
    ]
    if BASELINE in variants:
        columns["seconds to the tutorial's scores"] = [
            _seconds(study, share_to_reach(cells, variants[BASELINE]))
            for cells in variants.values()
        ]
    rows = [columns, ["---"] * len(columns), *zip(*columns.values(), strict=True)]
    verdicts = _verdicts(variants, scores)
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*lines, "", *verdicts] if verdicts else lines)


def _title(variant: str) -> str:
    return f"`{variant}`" if variant in RECIPES else variant


def _seconds(study: dict, share: float | None) -> str:
    return "never" if share is None else f"{share * study['seconds']:.3g}"


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
            SCORE_KINDS[score].title
            for score in scores
            if not ahead(variants[BEST], variants[recipe], score)
        ]
        where = f"in all but {', '.join(lost)}" if lost else "in every score"
        verdicts.append(f"`{BEST}` is ahead of `{recipe}` with every seed {where}.")
    return verdicts
