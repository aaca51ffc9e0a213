"""An evaluation on disk and on the screen."""

import json
from pathlib import Path

from pyimagesearch.evaluation.report.charts import count_decimals
from pyimagesearch.files import write_table, written_whole

METRICS_FILE = "metrics.json"
TABLE_FILE = "metrics.csv"


def write_metrics(folder: Path, evaluation: dict) -> None:
    """Writes `metrics.json`, all of it, and `metrics.csv`, a row a picture."""
    text = json.dumps(evaluation, indent=2, allow_nan=False)
    with written_whole(folder / METRICS_FILE) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    rows = [
        {"name": image["name"], **image["scores"]} for image in evaluation["images"]
    ]
    write_table(folder / TABLE_FILE, rows)


def table(scores: dict[str, dict]) -> str:
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
