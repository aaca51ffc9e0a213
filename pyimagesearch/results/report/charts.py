"""The curves of a training, as drawings that a browser scales."""

import math

from pyimagesearch.results.report.figures import decimals, escaped, figure, is_figure
from pyimagesearch.visualization import PANELS

WIDTH, HEIGHT = 340, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 332, 10, 172  # the axes' box
TICKS = 6  # at most, on either axis


def charts(history: list[dict[str, float]]) -> tuple[str, list[dict]]:
    """Draws every panel of `PANELS` of which something was logged.

    Args:
        history: a row an epoch, with "epoch"; [] where there is none.

    Returns:
        (HTML, and what a pointer over it reads: for every panel the "epochs", their
        places "x" in the drawing, and "curves", the texts of each curve's values).
    """
    drawn, read = [], []
    for title, names in PANELS.items():
        curves = {
            label: [row.get(name) for row in history]
            for name, label in names.items()
            if any(is_figure(row.get(name)) for row in history)
        }
        if curves:
            epochs = [int(row["epoch"]) for row in history]
            drawn.append(_panel(title, epochs, curves))
            read.append(_readings(epochs, curves))
    return "\n".join(drawn), read


def ticks(low: float, high: float) -> list[float]:
    """Round numbers within [low, high], `TICKS` and one more at most."""
    step = _step((high - low) / TICKS)
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _step(least):
    """The next of 1, 2, 5, 10, ... times a power of ten."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9))


def _panel(title, epochs, curves):
    values = [v for curve in curves.values() for v in curve if is_figure(v)]
    low, high = _limits(values)
    last = {label: _last(curve) for label, curve in curves.items()}
    legend = " ".join(
        f'<span class="key key{place}">{escaped(label)} '
        f"<output>{figure(value, decimals(value))}</output></span>"
        for place, (label, value) in enumerate(last.items())
    )
    lines = "\n".join(
        f'<path class="curve curve{place}" d="{_path(epochs, curve, low, high)}"/>'
        for place, curve in enumerate(curves.values())
    )
    spoken = ", ".join(f"{label} {figure(v, decimals(v))}" for label, v in last.items())
    return f"""<figure class="chart" tabindex="0">
<figcaption><h3>{escaped(title)}</h3>
<span class="epoch">epoch {epochs[-1]}</span>
<p>{legend}</p></figcaption>
<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img"
 aria-label="{escaped(title)} over {len(epochs)} epochs, at the end {escaped(spoken)}">
{_axes(epochs, low, high)}
<line class="cursor" y1="{TOP}" y2="{BOTTOM}" hidden/>
{lines}
</svg>
</figure>"""


def _axes(epochs, low, high):
    rows = ticks(low, high)
    places = max(0, -math.floor(math.log10(_step((high - low) / TICKS)) + 1e-9))
    across = "\n".join(
        f'<line class="rule" x1="{LEFT}" x2="{RIGHT}" y1="{y}" y2="{y}"/>'
        f'<text x="{LEFT - 6}" y="{y}" dy=".35em" text-anchor="end">'
        f"{figure(value, places)}</text>"
        for value in rows
        for y in [_y(value, low, high)]
    )
    whole = sorted({round(e) for e in ticks(epochs[0], max(epochs[-1], epochs[0] + 1))})
    along = "\n".join(
        f'<text x="{_x(epoch, epochs)}" y="{BOTTOM + 17}" text-anchor="middle">'
        f"{epoch}</text>"
        for epoch in whole
        if epoch <= epochs[-1]
    )
    name = f'<text x="{LEFT - 6}" y="{BOTTOM + 17}" text-anchor="end">epoch</text>'
    return f"{across}\n{along}\n{name}"


def _path(epochs, curve, low, high):
    """A line through every run of values; a value that stands alone is a dot."""
    runs = [[]]
    for epoch, value in zip(epochs, curve, strict=True):
        if is_figure(value):
            runs[-1].append(f"{_x(epoch, epochs)} {_y(value, low, high)}")
        else:
            runs.append([])
    return "".join(f"M{'L'.join(run)}{'h0' * (len(run) == 1)}" for run in runs if run)


def _x(epoch, epochs):
    span = epochs[-1] - epochs[0] or 1
    return round(LEFT + (RIGHT - LEFT) * (epoch - epochs[0]) / span, 1)


def _y(value, low, high):
    return round(BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low), 1)


def _limits(values):
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 1
    return low - margin, high + margin


def _last(curve):
    return [value for value in curve if is_figure(value)][-1]


def _readings(epochs, curves):
    return {
        "epochs": epochs,
        "x": [_x(epoch, epochs) for epoch in epochs],
        "curves": [
            [figure(value, decimals(value)) for value in curve]
            for curve in curves.values()
        ],
    }
