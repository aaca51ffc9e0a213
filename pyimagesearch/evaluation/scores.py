"""Scores with bootstrap intervals, `metrics.json` and the printed table."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pyimagesearch.atomic import write_atomic, write_csv
from pyimagesearch.evaluation.report.charts import count_decimals
from pyimagesearch.metrics.score_kinds import SCORE_KINDS, subtract_scores

RESAMPLES = 10_000
BLOCK = 4_000_000  # array elements at a time: 32 MB
PERCENTILES = (2.5, 97.5)


def bootstrap_interval(
    statistic: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """Compute the 95 % percentile bootstrap interval of a statistic of means.

    Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3. Images
    are drawn with replacement. Draws for which the statistic is NaN are ignored.

    Args:
        statistic: callable, maps the means over n draws of images, float64 (n, ...),
            to n scores, (n,).
        images: array (images, ...), the values of each image that are averaged.
        resamples: int, the number of draws.
        seed: int, the seed of the draws.

    Returns:
        tuple of float, (low, high). Both are NaN for a single image, and if the
        statistic of all draws is.
    """
    rng = np.random.default_rng(seed)
    number = len(images)
    if number == 1:
        return math.nan, math.nan
    rows = np.reshape(images, (number, -1)).astype(np.float64)
    block = max(1, BLOCK // max(rows.shape))
    scores = []
    for first in range(0, resamples, block):
        size = min(block, resamples - first)
        drawn = rng.integers(number, size=(size, number))
        # Count how often each draw holds each image.
        cells = drawn + number * np.arange(size)[:, None]
        counts = np.bincount(cells.ravel(), minlength=size * number)
        means = counts.reshape(size, number) @ rows / number
        scores.append(statistic(means.reshape(size, *np.shape(images)[1:])))
    scores = np.concatenate(scores)
    if np.isnan(scores).all():
        return math.nan, math.nan
    low, high = np.nanpercentile(scores, PERCENTILES)
    return float(low), float(high)


# Sources of images. These names are keys in `metrics.json`.
MODEL = "model"
COPY = "copy the input"
MEAN = "mean picture"
REAL = "real photos"
READ_BACK = "read_back_"  # prefix of the scores of `ReadBackEvaluator`


def create_entry(
    name: str,
    mean: float,
    baselines: dict[str, float],
    interval: tuple[float, float] = (math.nan, math.nan),
    differences: dict[str, tuple[float, float]] | None = None,
) -> dict:
    """Create the entry of a score in `metrics.json`.

    Args:
        name: str, a key of `SCORE_KINDS`.
        mean: float, the score of the model.
        baselines: dict, maps each baseline to its score.
        interval: tuple of float, the confidence interval of `mean`.
        differences: dict, maps each baseline to the confidence interval of the model's
            score minus the baseline's score (see `subtract_scores`).

    Returns:
        dict that JSON can represent; NaN and infinity become None.
    """
    low, high = map(to_json_number, interval)
    return {
        **SCORE_KINDS[name]._asdict(),
        "mean": to_json_number(mean),
        "low": low,
        "high": high,
        "baselines": {s: to_json_number(value) for s, value in baselines.items()},
        "differences": {
            source: [to_json_number(end) for end in ends]
            for source, ends in (differences or {}).items()
        },
    }


def create_bootstrap_entry(
    name: str, statistic: Callable, images: dict[str, np.ndarray]
) -> dict:
    """Create the entry of a score with bootstrap intervals; see `create_entry`.

    The model and a baseline are scored on the same images, and their scores are
    correlated. The interval of their difference therefore draws both together.

    Args:
        name: str, a key of `SCORE_KINDS`.
        statistic: callable, maps means over images, (n, ...), to scores, (n,).
        images: dict, maps each source, including `MODEL`, to an array (images, ...).
    """

    def compute_difference(means):
        ours, others = statistic(means[:, 0]), statistic(means[:, 1])
        return subtract_scores(SCORE_KINDS[name].better, ours, others)

    baselines = {source: rows for source, rows in images.items() if source != MODEL}
    ours = images[MODEL]
    return create_entry(
        name,
        _compute_score(statistic, ours),
        {source: _compute_score(statistic, rows) for source, rows in baselines.items()},
        bootstrap_interval(statistic, ours),
        {
            source: bootstrap_interval(compute_difference, np.stack([ours, rows], 1))
            for source, rows in baselines.items()
        },
    )


def _compute_score(statistic, rows):
    return statistic(rows.mean(0, keepdims=True, dtype=np.float64))[0]


def to_json_number(value: float) -> float | None:
    """Return a finite float, or None for NaN and infinity, which JSON does not have."""
    value = float(value)
    return value if math.isfinite(value) else None


METRICS_FILE = "metrics.json"
TABLE_FILE = "metrics.csv"


def write_metrics(folder: Path, evaluation: dict) -> None:
    """Write `metrics.json` and, with one row per image, `metrics.csv`.

    Args:
        folder: Path, an existing folder.
        evaluation: dict, the content of `metrics.json`.

    Raises:
        ValueError: if `evaluation` holds NaN or infinity.
    """
    text = json.dumps(evaluation, indent=2, allow_nan=False)
    with write_atomic(folder / METRICS_FILE) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    images = evaluation["images"]
    rows = [{"name": image["name"], **image["scores"]} for image in images]
    write_csv(folder / TABLE_FILE, rows)


def format_scores(scores: dict[str, dict]) -> str:
    """Format scores as a table with the mean, the interval and the baselines.

    Args:
        scores: dict, maps the name of a score to its entry (see `create_entry`).
    """
    names = (name for score in scores.values() for name in score["baselines"])
    baselines = list(dict.fromkeys(names))
    rows = [["score", "mean", "95 % interval", *baselines]]
    for score in scores.values():
        title = score["title"] + (f" [{score['unit']}]" if score["unit"] else "")
        places = count_decimals(score["mean"])
        mean, low, high, *others = (
            "" if value is None else f"{value:.{places}f}"
            for value in (
                *(score[key] for key in ("mean", "low", "high")),
                *map(score["baselines"].get, baselines),
            )
        )
        rows.append([title, mean, f"{low} to {high}" if low else "", *others])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for row in rows
    )
