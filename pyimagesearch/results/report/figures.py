"""Figures and words as the page shows them."""

import html
import math

NONE = "–"


def decimals(mean: float | None) -> int:
    """How many decimals a score's figures have: four digits of its mean are shown."""
    if not is_figure(mean) or mean == 0:
        return 4
    return min(6, max(0, 3 - math.floor(math.log10(abs(mean)))))


def figure(value: float | None, places: int) -> str:
    """A number with so many decimals; a dash for None, NaN and infinity."""
    return f"{value:.{places}f}".replace("-", "−") if is_figure(value) else NONE


def percent(value: float | None) -> str:
    """A share in [0, 1] as per cent; a dash for None, NaN and infinity."""
    return f"{figure(100 * value, 1)} %" if is_figure(value) else NONE


def is_figure(value: float | None) -> bool:
    """Whether there is a number to show."""
    return value is not None and math.isfinite(value)


def escaped(value) -> str:
    """Text for HTML, within an attribute's quotes too."""
    return html.escape(str(value))
