"""The charts of the report and its number formats."""

import math
import re
from pathlib import Path

import pytest

from pyimagesearch.evaluation.report import page
from pyimagesearch.evaluation.report.charts import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    compute_ticks,
    count_decimals,
    escape,
    format_number,
    format_percent,
    render_charts,
)
from pyimagesearch.visualization import PANELS


@pytest.mark.parametrize(
    ("mean", "shown"),
    [
        (0.33664, "0.3366"),
        (13.6337, "13.63"),
        (213.44, "213.4"),
        (12345.6, "12346"),
        (0.012345, "0.01235"),
        (1e-9, "0.000000"),
        (0.0, "0.0000"),
        (-0.5, "−0.5000"),
        (None, "–"),
        (math.nan, "–"),
        (-math.inf, "–"),
    ],
)
def test_numbers_show_four_digits(mean, shown):
    assert format_number(mean, count_decimals(mean)) == shown
    assert format_number(mean) == shown


def test_shares_are_percentages():
    assert [format_percent(v) for v in (0.3333, 1.0, 0, None)] == [
        "33.3 %",
        "100.0 %",
        "0.0 %",
        "–",
    ]


def test_escape_leaves_no_markup():
    assert escape("<a href='b\"'>&") == "&lt;a href=&#x27;b&quot;&#x27;&gt;&amp;"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 3, [0, 0.5, 1, 1.5, 2, 2.5, 3]),
        (0.31, 0.37, [0.31, 0.32, 0.33, 0.34, 0.35, 0.36, 0.37]),
        (0, 149, [0, 50, 100]),
        (-3, 8, [-2, 0, 2, 4, 6, 8]),
    ],
)
def test_ticks_are_round_numbers(low, high, expected):
    assert compute_ticks(low, high) == pytest.approx(expected)


def test_only_logged_values_are_drawn(history):
    drawn, readings = render_charts(history)
    assert re.findall("<h3>(.*?)</h3>", drawn) == ["Adversarial", "L1"]
    assert readings[1] == {
        "epochs": [0, 1, 2],
        "x": [LEFT, (LEFT + RIGHT) / 2, RIGHT],
        "curves": [["0.5000", "0.3000", "0.2000"], ["0.6000", "–", "0.4000"]],
    }


def test_a_line_breaks_at_a_missing_value(history):
    drawn, _ = render_charts(history)
    lines = re.findall(r'd="(.*?)"', drawn)
    margin = 0.06 / 1.12 * (BOTTOM - TOP)
    low, high = round(BOTTOM - margin, 1), round(TOP + margin, 1)
    middle = (LEFT + RIGHT) / 2
    assert lines[0] == (
        f"M{float(LEFT)} {low}L{middle} {high}L{float(RIGHT)} {(low + high) / 2}"
    )
    assert re.fullmatch(r"M[\d.]+ [\d.]+h0M[\d.]+ [\d.]+h0", lines[2])


def test_the_axes_have_labels(history):
    drawn, _ = render_charts(history)
    panels = drawn.split("</figure>")
    labels = re.findall("<text[^>]*>(.*?)</text>", panels[0])
    assert labels == ["1.0", "1.2", "1.4", "1.6", "1.8", "2.0", "0", "1", "2", "epoch"]
    assert 'aria-label="L1 over 3 epochs, last values: training 0.2000' in panels[1]


def test_one_epoch_is_a_dot():
    drawn, readings = render_charts([{"epoch": 7, "l1Loss": 0.0}])
    assert re.findall(r'd="(.*?)"', drawn) == [f"M{float(LEFT)} {(TOP + BOTTOM) / 2}h0"]
    assert readings[0]["epochs"] == [7]


def test_a_constant_curve_has_an_axis():
    drawn, _ = render_charts([{"epoch": e, "val_psnr": 13.0} for e in range(150)])
    labels = re.findall("<text[^>]*>(.*?)</text>", drawn)
    assert labels[:2] == ["12.0", "12.5"]
    assert labels[-4:] == ["0", "50", "100", "epoch"]


@pytest.mark.parametrize("rows", [[], [{"epoch": 0, "seconds": 3.0}]])
def test_a_history_without_values_has_no_charts(rows):
    assert render_charts(rows) == ("", [])


def test_each_curve_of_a_panel_has_a_colour():
    css = Path(page.__file__).with_name("page.css").read_text(encoding="utf-8")
    most = max(map(len, PANELS.values()))
    assert most == 3
    colours = re.findall(r"\.series(\d) \{ --series: var\(--(\w+)\)", css)
    assert colours == [("0", "first"), ("1", "second"), ("2", "third")]
