"""The tables of the study, in Markdown, and the comparisons in them."""

import statistics

from pyimagesearch.metrics.score_kinds import SCORE_KINDS, subtract_scores
from recipe_study.experiments import BASELINE, BEST, EPOCHS, RECIPES

DIGITS = {"l1": 4, "psnr": 2}  # after the point; 3 for the other scores


def create_tables(study: dict) -> dict[str, str]:
    """Write a table for each dataset.

    Args:
        study: dict, the content of `study.json`, see `study.main`.

    Returns:
        dict, for each dataset a table with one row per variant: the final scores and
        the seconds of the training, as mean (lowest - highest) over the seeds; the
        steps; and, if the tutorial's recipe is in the study, the epochs to its final
        scores. Below it are sentences about the seconds and about `best`.
    """
    datasets = dict.fromkeys(each["dataset"] for each in study["experiments"])
    return {dataset: _create_table(study, dataset) for dataset in datasets}


def _create_table(study: dict, dataset: str) -> str:
    scores = list_scores(study, dataset)
    variants = group_by_variant(study, dataset)
    runs = variants.values()
    columns = {"recipe": [f"`{v}`" if v in RECIPES else v for v in variants]} | {
        SCORE_KINDS[score].title: [
            format_range(final_scores(each, score), DIGITS.get(score, 3))
            for each in runs
        ]
        for score in scores
    }
    columns["steps x batch"] = [
        f"{each[0]['steps']:,} x {each[0]['batch_size']}" for each in runs
    ]
    columns["seconds"] = [
        format_range([e["seconds"] for e in each], 0) for each in runs
    ]
    if BASELINE in variants:
        epochs = [epochs_to_scores(each, variants[BASELINE]) for each in runs]
        title = f"epochs of {EPOCHS} to the tutorial's scores"
        columns[title] = ["never" if n is None else str(n) for n in epochs]
    rows = [columns, ["---"] * len(columns), *zip(*columns.values(), strict=True)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    sentences = [
        _describe_seconds(study, dataset),
        *_compare_best(variants, scores),
    ]
    return "\n".join([*lines, "", *sentences])


def format_range(values: list[float], digits: int) -> str:
    """Format the mean, and the lowest and highest if there are several values."""
    mean = f"{statistics.mean(values):.{digits}f}"
    if len(values) == 1:
        return mean
    return f"{mean} ({min(values):.{digits}f} - {max(values):.{digits}f})"


def _describe_seconds(study: dict, dataset: str) -> str:
    seconds = [e["seconds"] for e in study["experiments"] if e["dataset"] == dataset]
    return (
        f"The steps were planned for {study['seconds']:.0f} seconds; the trainings "
        f"took {min(seconds):.0f} - {max(seconds):.0f} seconds, without their "
        f"validation."
    )


def _compare_best(variants: dict[str, list[dict]], scores: list[str]) -> list[str]:
    sentences = []
    for recipe in RECIPES:
        if recipe == BEST or not {BEST, recipe} <= variants.keys():
            continue
        lost = [
            SCORE_KINDS[score].title
            for score in scores
            if not outperforms(variants[BEST], variants[recipe], score)
        ]
        where = f"every score but {', '.join(lost)}" if lost else "every score"
        sentences.append(
            f"`{BEST}` is better than `{recipe}` with every seed in {where}."
        )
    return sentences


def list_scores(study: dict, dataset: str) -> list[str]:
    """List the scores of the experiments on a dataset."""
    first = next(e for e in study["experiments"] if e["dataset"] == dataset)
    return [score for score in SCORE_KINDS if score in first["curve"][0]]


def group_by_variant(study: dict, dataset: str) -> dict[str, list[dict]]:
    """Group the experiments on a dataset by their variant, one for each seed."""
    groups = {}
    for experiment in study["experiments"]:
        if experiment["dataset"] == dataset:
            groups.setdefault(experiment["variant"], []).append(experiment)
    return groups


def final_scores(experiments: list[dict], score: str) -> list[float]:
    """Return a score after the last epoch of each experiment."""
    return [experiment["curve"][-1][score] for experiment in experiments]


def is_as_good(score: str, value: float, other: float) -> bool:
    """Return True if a value of a score is at least as good as another."""
    better = SCORE_KINDS[score].better
    difference = subtract_scores(better, value, other)
    return bool(difference >= 0 if better == "higher" else difference <= 0)


def epochs_to_target(experiment: dict, target: dict[str, float]) -> int | None:
    """Find the first epoch with scores at least as good as a target.

    Args:
        experiment: dict, as returned by `run_experiment`.
        target: dict, values by score; all have to be reached in the same epoch.

    Returns:
        int, the epoch, counted from 1; None if there is none.
    """
    for epoch, point in enumerate(experiment["curve"], start=1):
        if all(
            is_as_good(score, point[score], value) for score, value in target.items()
        ):
            return epoch
    return None


def epochs_to_scores(experiments: list[dict], others: list[dict]) -> int | None:
    """Find the epoch in which a variant has the final scores of another.

    Args:
        experiments: list of dict, the variant, one for each seed; the slowest counts.
        others: list of dict, the other variant; the target is the mean over its seeds.

    Returns:
        int, the epoch, counted from 1; None if an experiment never has these scores.
    """
    target = {
        score: statistics.mean(final_scores(others, score))
        for score in SCORE_KINDS
        if score in others[0]["curve"][0]
    }
    epochs = [epochs_to_target(experiment, target) for experiment in experiments]
    return None if None in epochs else max(epochs)


def outperforms(experiments: list[dict], others: list[dict], score: str) -> bool:
    """Return True if every experiment ends with a better score than all others."""
    return all(
        value != other and is_as_good(score, value, other)
        for value in final_scores(experiments, score)
        for other in final_scores(others, score)
    )
