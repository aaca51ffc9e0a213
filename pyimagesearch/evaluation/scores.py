"""Scores: kinds, bootstrap intervals, `metrics.json` and the printed table."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pyimagesearch.atomic import write_atomic, write_csv
from pyimagesearch.evaluation.report.charts import count_decimals
from pyimagesearch.metrics.score_kinds import SCORE_KINDS

RESAMPLES = 10_000
BLOCK = 4_000_000  # draws, or sums, at a time: 32 MB
PERCENTILES = (2.5, 97.5)


def bootstrap_interval(
    statistic: Callable[[np.ndarray], np.ndarray],
    pictures: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """The 95 % percentile interval of a statistic of means over pictures.

    Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3.

    Args:
        statistic: from means over resampled pictures, (n, ...), to the score, (n,).
        pictures: numbers (pictures, ...), what the means are taken of.
        resamples: how often as many pictures are drawn with replacement.
        seed: of the draws, which are the same on every run.

    Returns:
        (low, high); NaN for a single picture, which says nothing of others.
    """
    rng = np.random.default_rng(seed)
    number = len(pictures)
    if number == 1:
        return math.nan, math.nan
    rows = np.reshape(pictures, (number, -1)).astype(np.float64)
    block = max(1, BLOCK // max(rows.shape))
    scores = []
    for first in range(0, resamples, block):
        size = min(block, resamples - first)
        drawn = rng.integers(number, size=(size, number))
        cells = drawn + number * np.arange(size)[:, None]
        times = np.bincount(cells.ravel(), minlength=size * number)
        means = times.reshape(size, number) @ rows / number
        scores.append(statistic(means.reshape(size, *np.shape(pictures)[1:])))
    low, high = np.nanpercentile(np.concatenate(scores), PERCENTILES)
    return float(low), float(high)


MODEL = "model"
COPY = "copy the input"
MEAN = "mean picture"
REAL = "real photos"
READ_BACK = "read_back_"


def create_entry(
    name: str,
    mean: float,
    baselines: dict[str, float],
    ends: tuple[float, float] = (math.nan, math.nan),
    differences: dict[str, tuple[float, float]] | None = None,
) -> dict:
    """A score as it stands in `metrics.json`.

    Args:
        name: one of `KINDS`.
        mean: the model's.
        baselines: what it is held against, by whose it is.
        ends: of the mean's interval.
        differences: the ends of the intervals of the model's score less a baseline's.
    """
    low, high = map(to_json_number, ends)
    return {
        **SCORE_KINDS[name]._asdict(),
        "mean": to_json_number(mean),
        "low": low,
        "high": high,
        "baselines": {
            title: to_json_number(value) for title, value in baselines.items()
        },
        "differences": {
            title: [to_json_number(end) for end in ends]
            for title, ends in (differences or {}).items()
        },
    }


def create_bootstrap_entry(
    name: str, statistic: Callable, pictures: dict[str, np.ndarray]
) -> dict:
    """A score of means over pictures, as of `entry`, with its bootstrap intervals.

    A baseline is scored on the same pictures, some of which are hard for both: the
    interval of the difference is taken with both redrawn together.

    Args:
        name: one of `KINDS`.
        statistic: from means over pictures, (n, ...), to the score, (n,).
        pictures: numbers (pictures, ...) by whose they are, `MODEL`'s among them.
    """

    def difference(means):
        return statistic(means[:, 0]) - statistic(means[:, 1])

    baselines = {whose: rows for whose, rows in pictures.items() if whose != MODEL}
    ours = pictures[MODEL]
    return create_entry(
        name,
        _compute_score(statistic, ours),
        {whose: _compute_score(statistic, rows) for whose, rows in baselines.items()},
        bootstrap_interval(statistic, ours),
        {
            whose: bootstrap_interval(difference, np.stack([ours, rows], axis=1))
            for whose, rows in baselines.items()
        },
    )


def _compute_score(statistic, rows):
    return statistic(rows.mean(0, keepdims=True, dtype=np.float64))[0]


def to_json_number(value: float) -> float | None:
    """A number that JSON has; None for NaN and infinity, which it has not."""
    value = float(value)
    return value if math.isfinite(value) else None


METRICS_FILE = "metrics.json"
TABLE_FILE = "metrics.csv"


def write_metrics(folder: Path, evaluation: dict) -> None:
    """Writes `metrics.json`, all of it, and `metrics.csv`, a row a picture."""
    text = json.dumps(evaluation, indent=2, allow_nan=False)
    with write_atomic(folder / METRICS_FILE) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    rows = [
        {"name": image["name"], **image["scores"]} for image in evaluation["images"]
    ]
    write_csv(folder / TABLE_FILE, rows)


def format_scores(scores: dict[str, dict]) -> str:
    """The scores in aligned columns: mean, interval and baselines."""
    baselines = list(
        dict.fromkeys(
            title for score in scores.values() for title in score["baselines"]
        )
    )
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
