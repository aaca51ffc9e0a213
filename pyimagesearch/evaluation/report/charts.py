"""The training curves as SVG drawings, and the number formats of the report."""

import html
import math

from pyimagesearch.visualization import PANELS

MISSING = "–"
WIDTH, HEIGHT = 340, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 332, 10, 172  # the box of the axes
TICKS = 6  # steps on either axis, at most


def is_finite(value: float | None) -> bool:
    """Return True if a value is a number, not None, NaN or infinite."""
    return value is not None and math.isfinite(value)


def count_decimals(mean: float | None) -> int:
    """Return the number of decimals that shows four digits of a score's mean."""
    if not is_finite(mean) or mean == 0:
        return 4
    return min(6, max(0, 3 - math.floor(math.log10(abs(mean)))))


def format_number(value: float | None, decimals: int | None = None) -> str:
    """Format a number, by default with four digits; a dash if it is not finite."""
    if not is_finite(value):
        return MISSING
    decimals = count_decimals(value) if decimals is None else decimals
    return f"{value:.{decimals}f}".replace("-", "−")


def format_percent(value: float | None) -> str:
    """Format a share in [0, 1] as a percentage, or a dash if it is not finite."""
    return f"{format_number(100 * value, 1)} %" if is_finite(value) else MISSING


def escape(value: object) -> str:
    """Escape the text of a value for HTML and for quoted HTML attributes."""
    return html.escape(str(value))


def render_charts(history: list[dict[str, float]]) -> tuple[str, list[dict]]:
    """Draw each panel of `PANELS` that has at least one logged value.

    Args:
        history: list of dict, one per epoch, with "epoch" and the logged values.

    Returns:
        Tuple (html, readings): a dict per chart for the script of the page, with
        "epochs", their positions "x" in the drawing, and the values of the "curves".
    """
    charts, readings = [], []
    epochs = [int(row["epoch"]) for row in history]
    for title, names in PANELS.items():
        curves = {
            label: [row.get(name) for row in history]
            for name, label in names.items()
            if any(is_finite(row.get(name)) for row in history)
        }
        if curves:
            charts.append(_render_chart(title, epochs, curves))
            texts = [list(map(format_number, curve)) for curve in curves.values()]
            x = [_scale_x(epoch, epochs) for epoch in epochs]
            readings.append({"epochs": epochs, "x": x, "curves": texts})
    return "\n".join(charts), readings


def compute_ticks(low: float, high: float) -> list[float]:
    """Return at most `TICKS` + 1 round numbers in [low, high]."""
    step = _round_step((high - low) / TICKS)
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _round_step(least):
    """Return the next of 1, 2, 5 and 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9))


def _render_chart(title, epochs, curves):
    finite = {label: list(filter(is_finite, curve)) for label, curve in curves.items()}
    values = sum(finite.values(), [])
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 1
    limits = low - margin, high + margin
    last = {label: format_number(curve[-1]) for label, curve in finite.items()}
    legend = " ".join(
        f'<span class="key series{index}">{escape(label)} '
        f"<output>{value}</output></span>"
        for index, (label, value) in enumerate(last.items())
    )
    lines = "\n".join(
        f'<path class="curve series{index}" d="{_draw_path(epochs, curve, *limits)}"/>'
        for index, curve in enumerate(curves.values())
    )
    spoken = ", ".join(f"{label} {value}" for label, value in last.items())
    return f"""<figure class="chart" tabindex="0">
<figcaption><h3>{escape(title)}</h3>
<span class="epoch">epoch {epochs[-1]}</span>
<p>{legend}</p></figcaption>
<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img"
 aria-label="{escape(title)} over {len(epochs)} epochs, last values: {escape(spoken)}">
{_render_axes(epochs, *limits)}
<line class="cursor" y1="{TOP}" y2="{BOTTOM}" hidden/>
{lines}
</svg>
</figure>"""


def _render_axes(epochs, low, high):
    step = _round_step((high - low) / TICKS)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    horizontal = "\n".join(
        f'<line class="rule" x1="{LEFT}" x2="{RIGHT}" y1="{y}" y2="{y}"/>'
        f'<text x="{LEFT - 6}" y="{y}" dy=".35em" text-anchor="end">'
        f"{format_number(value, decimals)}</text>"
        for value in compute_ticks(low, high)
        for y in [_scale_y(value, low, high)]
    )
    ticks = compute_ticks(epochs[0], max(epochs[-1], epochs[0] + 1))
    vertical = "\n".join(
        f'<text x="{_scale_x(epoch, epochs)}" y="{BOTTOM + 17}" text-anchor="middle">'
        f"{epoch}</text>"
        for epoch in sorted({round(tick) for tick in ticks})
        if epoch <= epochs[-1]
    )
    name = f'<text x="{LEFT - 9}" y="{BOTTOM + 17}" text-anchor="end">epoch</text>'
    return f"{horizontal}\n{vertical}\n{name}"


def _draw_path(epochs, curve, low, high):
    """Draw a line through each run of finite values, and a dot for a single one."""
    runs = [[]]
    for epoch, value in zip(epochs, curve, strict=True):
        if is_finite(value):
            runs[-1].append(f"{_scale_x(epoch, epochs)} {_scale_y(value, low, high)}")
        else:
            runs.append([])
    return "".join(f"M{'L'.join(run)}{'h0' * (len(run) == 1)}" for run in runs if run)


def _scale_x(epoch, epochs):
    span = epochs[-1] - epochs[0] or 1
    return round(LEFT + (RIGHT - LEFT) * (epoch - epochs[0]) / span, 1)


def _scale_y(value, low, high):
    return round(BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low), 1)
