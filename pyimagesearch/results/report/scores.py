"""The scores: a card each, with its interval and what it is held against."""

from itertools import cycle

from pyimagesearch.results.report.figures import decimals, escaped, figure, is_figure

CEILING = "real photos"  # not to be beaten: what a perfect generator would get
SHAPES = (
    '<circle r="4"/>',
    '<path d="M-4 -4h8v8h-8z"/>',
    '<path d="M0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z"/>',
    '<path d="M0 -5l5.5 9h-11z"/>',
)
VERDICTS = {
    "better": "✓ beaten",
    "worse": "✗ not beaten",
    "level": "≈ too close",
    "none": "reference",
}
BETTER = {"higher": "↑ higher is better", "lower": "↓ lower is better"}


def verdict(score: dict, name: str) -> str:
    """How the model stands against a baseline.

    Args:
        score: one of the evaluation's "scores".
        name: one of its "baselines".

    Returns:
        "better" or "worse", "level" where the interval of the difference has 0 in it,
        or "none" for what is no baseline, or no number.
    """
    mean, baseline = score["mean"], score["baselines"][name]
    if name == CEILING or not is_figure(mean) or not is_figure(baseline):
        return "none"
    low, high = score["differences"].get(name, (None, None))
    if not is_figure(low) or not is_figure(high):  # FID and KID have none
        low = high = mean - baseline
    if low <= 0 <= high:
        return "level"
    return "better" if (high < 0) == (score["better"] == "lower") else "worse"


def summary(scores: dict) -> str:
    """One sentence on all the scores, empty where there is nothing to compare."""
    verdicts = [
        {verdict(score, name) for name in score["baselines"]} - {"none"}
        for score in scores.values()
    ]
    compared = [found for found in verdicts if found]
    if not compared:
        return ""
    won = sum(found == {"better"} for found in compared)
    return (
        f"Better than every baseline in {won} of {len(compared)} scores. A baseline is "
        f"beaten where the whole 95 % interval of the difference from it, over the "
        f"same pictures, is on the better side."
    )


def score_cards(scores: dict) -> str:
    """HTML of all of an evaluation's "scores"."""
    return "\n".join(_card(score) for score in scores.values())


def _card(score):
    places = decimals(score["mean"])
    unit = f' <span class="unit">{escaped(score["unit"])}</span>' * bool(score["unit"])
    interval = ""
    if is_figure(score["low"]) and is_figure(score["high"]):
        low, high = figure(score["low"], places), figure(score["high"], places)
        interval = f'<p class="interval">95 % interval {low} to {high}</p>'
    baselines = "\n".join(
        _baseline(score, name, shape, places)
        for name, shape in zip(score["baselines"], cycle(SHAPES))
    )
    return f"""<article class="score">
<h3>{escaped(score["title"])} <small>{BETTER[score["better"]]}</small></h3>
<p class="mean">{figure(score["mean"], places)}{unit}</p>
{interval}
{_strip(score)}
<ul>{baselines}</ul>
</article>"""


def _baseline(score, name, shape, places):
    found = verdict(score, name)
    return f"""<li>
<svg class="mark" viewBox="-7 -7 14 14" aria-hidden="true">{shape}</svg>
<span>{escaped(name)}</span> <span>{figure(score["baselines"][name], places)}</span>
<span class="verdict {found}">{VERDICTS[found]}</span></li>"""


def _strip(score):
    """A line with the model, its interval and its baselines on it."""
    low, high = _interval(score)
    values = [low, score["mean"], high, *score["baselines"].values()]
    values = [value for value in values if is_figure(value)]
    if not is_figure(score["mean"]) or len(set(values)) < 2:
        return ""
    least, span = min(values), max(values) - min(values)

    def place(value):
        return f"{4 + 92 * (value - least) / span:.2f}%"

    marks = "".join(
        f'<svg class="mark" x="{place(value)}" y="11" overflow="visible">{shape}</svg>'
        for value, shape in zip(score["baselines"].values(), cycle(SHAPES))
        if is_figure(value)
    )
    return f"""<svg class="strip" height="22" aria-hidden="true">
<line class="axis" x1="0" x2="100%" y1="11" y2="11"/>
{marks}
<line class="range" x1="{place(low)}" x2="{place(high)}" y1="11" y2="11"/>
<circle class="model" cx="{place(score["mean"])}" cy="11" r="5"/>
</svg>"""


def _interval(score):
    ends = score["low"], score["high"]
    return ends if all(map(is_figure, ends)) else (score["mean"],) * 2
