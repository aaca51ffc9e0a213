"""The report's page: one file, with the pictures beside it."""

import json
from pathlib import Path
from string import Template

from pyimagesearch.atomic import write_atomic
from pyimagesearch.results.report.charts import charts
from pyimagesearch.results.report.classes import class_table, classified
from pyimagesearch.results.report.figures import escaped
from pyimagesearch.results.report.gallery import (
    cards,
    options,
    shown_images,
    sortable_scores,
)
from pyimagesearch.results.report.scores import score_cards, summary
from pyimagesearch.results.report.settings import settings_groups

PAGE = "index.html"
HERE = Path(__file__).parent
STYLES = (
    "page.css",
    "scores.css",
    "charts.css",
    "tables.css",
    "gallery.css",
    "viewer.css",
    "compare.css",
)
SCRIPTS = ("charts.js", "gallery.js", "viewer.js")


def write_page(
    folder: Path,
    evaluation: dict,
    record: dict | None,
    history: list[dict[str, float]],
) -> None:
    """Writes `index.html`, which a browser opens from the disk, without a network.

    Args:
        folder: the report's, with what `save_pictures` wrote; an image that has no
            pictures is left out of the gallery.
        evaluation: "model", "segmenter", "folder", "split", "pairs", "direction",
            "image_size", "scores", "classes" and "images", as in `metrics.json`.
        record: the run's `run.json`, or None where there is only a model.
        history: the rows of the run's `history.csv`; [] where there is none.
    """
    images = shown_images(folder, evaluation)
    scores = sortable_scores(evaluation, images)
    drawn, readings = charts(history)
    height, width = evaluation["image_size"]
    data = {"scores": scores, "images": images, "charts": readings}
    classes = evaluation["classes"]
    text = Template(_read("page.html")).substitute(
        styles="\n".join(map(_read, STYLES)),
        scripts="\n".join(
            f'<script type="module">\n{_read(name)}</script>' for name in SCRIPTS
        ),
        data=_script_data(data),
        title=escaped(_title(evaluation, record)),
        facts=escaped(_facts(evaluation)),
        summary=escaped(summary(evaluation["scores"])),
        scores=score_cards(evaluation["scores"]),
        charts=drawn,
        classified=escaped(classified(evaluation)),
        classes=class_table(classes) if classes else "",
        settings=settings_groups(evaluation, record),
        options=options(scores),
        cards=cards(images, scores, (height, width)),
        shown=f"{len(images)} of {evaluation['pairs']} pairs",
        ratio=f"{width / height:.6g}",
        no_charts="hidden" * (not drawn),
        no_classes="hidden" * (not classes),
        no_images="hidden" * (not images),
    )
    with write_atomic(folder / PAGE) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _read(name):
    return (HERE / name).read_text(encoding="utf-8")


def _script_data(data):
    """JSON that no browser takes for markup."""
    return json.dumps(data, allow_nan=False).replace("<", "\\u003c")


def _title(evaluation, record):
    settings = (record or {}).get("settings", {})
    if settings.get("dataset"):
        return settings["dataset"]
    return Path(settings.get("data") or evaluation["model"]).name


def _facts(evaluation):
    height, width = evaluation["image_size"]
    before, after = evaluation["direction"].split("to")
    return (
        f"{evaluation['pairs']} {evaluation['split']} pairs, {before} to {after}, "
        f"{width} × {height} px"
    )
