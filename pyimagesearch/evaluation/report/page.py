"""The page of the report: one HTML file that works offline, beside its images."""

import json
from itertools import cycle
from pathlib import Path
from string import Template

from pyimagesearch.atomic import write_atomic
from pyimagesearch.evaluation.report.charts import (
    MISSING,
    count_decimals,
    escape,
    format_number,
    format_percent,
    is_finite,
    render_charts,
)
from pyimagesearch.evaluation.report.gallery import (
    list_gallery_images,
    list_sortable_scores,
    render_gallery,
    render_sort_options,
)
from pyimagesearch.metrics.score_kinds import CLOSER, subtract_scores

PAGE_FILE = "index.html"
UPPER_BOUND = "real photos"  # the score of a perfect generator, not a baseline
MARKERS = (
    '<circle r="4"/>',
    '<path d="M-4 -4h8v8h-8z"/>',
    '<path d="M0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z"/>',
    '<path d="M0 -5l5.5 9h-11z"/>',
)
VERDICTS = {
    "better": "✓ better",
    "worse": "✗ worse",
    "unclear": "≈ no clear difference",
    "none": "reference",
}
DIRECTIONS = {
    "higher": "↑ higher is better",
    "lower": "↓ lower is better",
    CLOSER: "closer to 1 is better",
}
CLASS_COLUMNS = {"share": "share of pixels", "accuracy": "accuracy", "iou": "IoU"}
SETTINGS = (
    *("model", "segmenter", "folder", "split", "pairs", "direction", "image_size"),
    *("input", "target"),
)


def write_page(
    folder: Path, evaluation: dict, record: dict | None, history: list[dict]
) -> None:
    """Write `index.html`, which a browser opens from disk without a network.

    Args:
        folder: Path, the folder of the report, with the files that `save_images`
            wrote. The gallery leaves out images that have no files.
        evaluation: dict, the content of `metrics.json`.
        record: dict, the content of the run's `run.json`; None for a model without a
            run.
        history: list of dict, the rows of the run's `history.csv`; may be empty.
    """
    images = list_gallery_images(folder, evaluation)
    scores = list_sortable_scores(evaluation, images)
    charts, readings = render_charts(history)
    data = {"scores": scores, "images": images, "charts": readings}
    height, width = evaluation["image_size"]
    page = Template(_read_asset("page.html")).substitute(
        style=_read_asset("page.css"),
        script=_read_asset("page.js"),
        # Without "<", a name cannot close the script element.
        data=json.dumps(data, allow_nan=False).replace("<", "\\u003c"),
        title=escape(_choose_title(evaluation, record)),
        facts=escape(_describe_data(evaluation)),
        summary=escape(summarize_scores(evaluation["scores"])),
        scores=render_score_cards(evaluation["scores"]),
        charts=charts,
        class_source=escape(describe_class_source(evaluation)),
        classes=render_class_table(evaluation["classes"] or []),
        settings=render_settings(evaluation, record),
        options=render_sort_options(scores),
        cards=render_gallery(images, scores, (height, width)),
        shown=f"{len(images)} of {evaluation['pairs']} pairs",
        values=escape(_describe_values(evaluation)),
        ratio=f"{width / height:.6g}",
        no_charts="hidden" * (not charts),
        no_classes="hidden" * (not evaluation["classes"]),
        no_images="hidden" * (not images),
    )
    with write_atomic(folder / PAGE_FILE) as temporary:
        # A file name can have bytes that are not UTF-8.
        temporary.write_text(page, encoding="utf-8", errors="backslashreplace")


def _read_asset(name):
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _choose_title(evaluation, record):
    settings = (record or {}).get("settings", {})
    path = settings.get("data") or evaluation["model"]
    return settings.get("dataset") or Path(path).name


def _describe_data(evaluation):
    height, width = evaluation["image_size"]
    source, target = evaluation["direction"].split("to")
    return (
        f"{evaluation['pairs']} {evaluation['split']} pairs, {source} to {target}, "
        f"{width} × {height} px"
    )


def _describe_values(evaluation):
    """Say how the gallery shows images that are other than 8-bit RGB."""
    shown = evaluation.get("shown", {})
    parts = (f"{side}: {caption}" for side, caption in shown.items() if caption)
    text = "; ".join(parts)
    return f" From black to white, {text}." if text else ""


def compare_with_baseline(score: dict, name: str) -> str:
    """Compare the model with one of the baselines of a score.

    Returns "better" or "worse"; "unclear" if 0 is in the 95 % interval of the
    difference; "none" for an upper bound or a value that is not finite.
    """
    mean, baseline = score["mean"], score["baselines"][name]
    if name == UPPER_BOUND or not is_finite(mean) or not is_finite(baseline):
        return "none"
    low, high = score["differences"].get(name, (None, None))
    if not is_finite(low) or not is_finite(high):  # a single pair has no interval
        low = high = subtract_scores(score["better"], mean, baseline)
    if low <= 0 <= high:
        return "unclear"
    return "worse" if (high < 0) == (score["better"] == "higher") else "better"


def summarize_scores(scores: dict) -> str:
    """Count the scores that are better than all of their baselines, in a sentence."""
    verdicts = [
        {compare_with_baseline(score, name) for name in score["baselines"]} - {"none"}
        for score in scores.values()
    ]
    compared = list(filter(None, verdicts))
    if not compared:
        return ""
    won = sum(found == {"better"} for found in compared)
    return (
        f"Better than every baseline in {won} of {len(compared)} scores. The model is "
        f"better or worse than a baseline if the 95 % interval of the difference, "
        f"over the same images, excludes 0."
    )


def render_score_cards(scores: dict) -> str:
    """Render the evaluation's "scores" as HTML, one card per score."""
    return "\n".join(_render_score(score) for score in scores.values())


def _render_score(score):
    decimals = count_decimals(score["mean"])
    unit = f' <span class="unit">{escape(score["unit"])}</span>' * bool(score["unit"])
    interval = ""
    if is_finite(score["low"]) and is_finite(score["high"]):
        low, high = (format_number(score[end], decimals) for end in ("low", "high"))
        interval = f'<p class="interval">95 % interval {low} to {high}</p>'
    baselines = "\n".join(
        _render_baseline(score, name, marker, decimals)
        for name, marker in zip(score["baselines"], cycle(MARKERS))
    )
    return f"""<article class="score">
<h3>{escape(score["title"])} <small>{DIRECTIONS[score["better"]]}</small></h3>
<p class="mean">{format_number(score["mean"], decimals)}{unit}</p>
{interval}
{_render_scale(score)}
<ul>{baselines}</ul>
</article>"""


def _render_baseline(score, name, marker, decimals):
    found = compare_with_baseline(score, name)
    value = format_number(score["baselines"][name], decimals)
    return f"""<li>
<svg class="mark" viewBox="-7 -7 14 14" aria-hidden="true">{marker}</svg>
<span>{escape(name)}</span> <span>{value}</span>
<span class="verdict {found}">{VERDICTS[found]}</span></li>"""


def _render_scale(score):
    """Draw the model, its interval and its baselines on one line."""
    mean, low, high = score["mean"], score["low"], score["high"]
    if not is_finite(low) or not is_finite(high):
        low = high = mean
    values = [low, mean, high, *score["baselines"].values()]
    values = [value for value in values if is_finite(value)]
    if not is_finite(mean) or len(set(values)) < 2:
        return ""
    least, span = min(values), max(values) - min(values)

    def place(value):
        return f"{4 + 92 * (value - least) / span:.2f}%"

    marks = "".join(
        f'<svg class="mark" x="{place(value)}" y="11" overflow="visible">{marker}</svg>'
        for value, marker in zip(score["baselines"].values(), cycle(MARKERS))
        if is_finite(value)
    )
    return f"""<svg class="scale" height="22" aria-hidden="true">
<line class="axis" x1="0" x2="100%" y1="11" y2="11"/>
{marks}
<line class="range" x1="{place(low)}" x2="{place(high)}" y1="11" y2="11"/>
<circle class="model" cx="{place(mean)}" cy="11" r="5"/>
</svg>"""


def describe_class_source(evaluation: dict) -> str:
    """Describe in a sentence what the class scores compare."""
    if evaluation["segmenter"]:
        return "The segmenter's class maps of the predictions, against the inputs."
    return "The class maps of the predictions, against the targets."


def render_class_table(classes: list[dict]) -> str:
    """Render the evaluation's "classes" as an HTML table."""
    heads = "".join(f'<th scope="col">{name}</th>' for name in CLASS_COLUMNS.values())
    rows = "\n".join(map(_render_class, classes))
    return f"""<table>
<thead><tr><th scope="col">class</th>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>"""


def _render_class(row):
    red, green, blue = (int(level) for level in row["color"])
    cells = "".join(
        f'<td style="--share:{100 * value if is_finite(value) else 0:.1f}%">'
        f"{format_percent(value)}</td>"
        for value in map(row.get, CLASS_COLUMNS)
    )
    return (
        f'<tr><th scope="row"><i style="background:rgb({red} {green} {blue})"></i>'
        f"{escape(row['name'])}</th>{cells}</tr>"
    )


def render_settings(evaluation: dict, record: dict | None) -> str:
    """Render the settings of the evaluation and the record of the run as HTML."""
    record = record or {}
    groups = {
        "evaluation": {key: evaluation[key] for key in SETTINGS if key in evaluation},
        "run": {k: v for k, v in record.items() if not isinstance(v, dict)},
        **{key: value for key, value in record.items() if isinstance(value, dict)},
    }
    return "\n".join(_render_group(*group) for group in groups.items() if group[1])


def _render_group(name, rows):
    items = ((escape(key), escape(value)) for key, value in _flatten(rows))
    lines = "\n".join(f"<dt>{key}</dt><dd>{value}</dd>" for key, value in items)
    return f"<section><h3>{escape(name)}</h3><dl>\n{lines}\n</dl></section>"


def _flatten(rows, prefix=""):
    for key, value in rows.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _format_setting(value)


def _format_setting(value):
    if value is None:
        return MISSING
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_format_setting, value))
    return str(value)
