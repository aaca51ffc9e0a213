"""The tables of the study, in Markdown, and the comparisons in them."""

import statistics

from pyimagesearch.metrics.score_kinds import SCORE_KINDS, subtract_scores
from recipe_study.experiments import BASELINE, COMPARED, FAST, POINTS, SCORES

DIGITS = {"l1": 4, "psnr": 2}  # after the point; 3 for the other scores
CURVE_SCORES = {  # by their name in a curve, which is that of `evaluate`
    "l1Loss": "l1",
    **{name: name for name in ("psnr", "ssim", "pixel_accuracy", "class_iou")},
}


def create_tables(study: dict) -> dict[str, str]:
    """Write a table for each task.

    Args:
        study: dict, the content of `study.json`, see `study.main`.

    Returns:
        dict, for each task a table with one row per variant: the scores of each seed,
        and the 95 % interval of all its seeds together; the steps; the seconds of the
        trainings; and, if the tutorial's recipe is in the study, the part of the time
        after which its final scores are reached. Below it are sentences about `fast`.
    """
    tasks = dict.fromkeys(each["task"] for each in study["experiments"])
    return {task: _create_table(study, task) for task in tasks}


def _create_table(study: dict, task: str) -> str:
    variants = group_by_variant(study, task)
    scores = list_scores(study, task)
    runs = variants.values()
    columns = {"recipe": [f"`{v}`" if ", " not in v else v for v in variants]} | {
        SCORE_KINDS[score].title: [format_scores(each, score) for each in runs]
        for score in scores
    }
    columns["steps x batch"] = [
        f"{statistics.mean(e['training']['steps'] for e in each):,.0f} x "
        f"{each[0]['training']['batch_size']}"
        for each in runs
    ]
    columns["seconds"] = [_format_seconds(each) for each in runs]
    if BASELINE in variants:
        points = [points_to_scores(each, variants[BASELINE]) for each in runs]
        title = "the tutorial's scores after"
        columns[title] = ["never" if n is None else f"{n} / {POINTS}" for n in points]
    rows = [columns, ["---"] * len(columns), *zip(*columns.values(), strict=True)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*lines, "", *_compare_fast(variants, scores)])


def format_scores(experiments: list[dict], score: str) -> str:
    """Format the score of each seed, and the 95 % interval that covers those of all."""
    digits = DIGITS.get(score, 3)
    entries = [each["scores"][score] for each in experiments]
    values = ", ".join(_format(entry["mean"], digits) for entry in entries)
    lows, highs = ([entry[end] for entry in entries] for end in ("low", "high"))
    if None in lows + highs:
        return values
    return f"{values} ({min(lows):.{digits}f} - {max(highs):.{digits}f})"


def _format(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _format_seconds(experiments: list[dict]) -> str:
    seconds = [f"{each['training']['seconds']:.1f}" for each in experiments]
    return ", ".join(seconds)


def _compare_fast(variants: dict[str, list[dict]], scores: list[str]) -> list[str]:
    sentences = []
    for name in COMPARED:
        if name == FAST or not {FAST, name} <= variants.keys():
            continue
        lost = [
            SCORE_KINDS[score].title
            for score in scores
            if not outperforms(variants[FAST], variants[name], score)
        ]
        where = f"every score but {', '.join(lost)}" if lost else "every score"
        shown = f"`{name}`" if ", " not in name else f'"{name}"'
        sentences.append(f"`{FAST}` is better than {shown} with every seed in {where}.")
    return sentences


def list_scores(study: dict, task: str) -> list[str]:
    """List the scores of the experiments of a task."""
    first = next(e for e in study["experiments"] if e["task"] == task)
    return [score for score in SCORES if score in first["scores"]]


def group_by_variant(study: dict, task: str) -> dict[str, list[dict]]:
    """Group the experiments of a task by their variant, one for each seed."""
    groups = {}
    for experiment in study["experiments"]:
        if experiment["task"] == task:
            groups.setdefault(experiment["variant"], []).append(experiment)
    return groups


def final_scores(experiments: list[dict], score: str) -> list[float]:
    """Return a score of each experiment."""
    return [experiment["scores"][score]["mean"] for experiment in experiments]


def is_as_good(score: str, value: float, other: float) -> bool:
    """Return True if a value of a score is at least as good as another."""
    better = SCORE_KINDS[score].better
    difference = subtract_scores(better, value, other)
    return bool(difference >= 0 if better == "higher" else difference <= 0)


def points_to_target(experiment: dict, target: dict[str, float]) -> int | None:
    """Find the first point of a curve with scores at least as good as a target.

    Args:
        experiment: dict, as returned by `run_experiment`.
        target: dict, values by their names in a curve; all have to be reached at once.

    Returns:
        int, the point, counted from 1; None if there is none.
    """
    for number, point in enumerate(experiment["training"]["curve"], start=1):
        if all(
            is_as_good(CURVE_SCORES[name], point[name], value)
            for name, value in target.items()
        ):
            return number
    return None


def points_to_scores(experiments: list[dict], others: list[dict]) -> int | None:
    """Find the point at which a variant has the final scores of another.

    Args:
        experiments: list of dict, the variant, one for each seed; the slowest counts.
        others: list of dict, the other variant; the target is the mean over its seeds.

    Returns:
        int, the point, counted from 1; None if an experiment never has these scores.
    """
    last = [each["training"]["curve"][-1] for each in others]
    target = {
        name: statistics.mean(point[name] for point in last)
        for name in CURVE_SCORES
        if name in last[0]
    }
    points = [points_to_target(experiment, target) for experiment in experiments]
    return None if None in points else max(points)


def outperforms(experiments: list[dict], others: list[dict], score: str) -> bool:
    """Return True if every experiment ends with a better score than all others."""
    return all(
        value != other and is_as_good(score, value, other)
        for value in final_scores(experiments, score)
        for other in final_scores(others, score)
    )
