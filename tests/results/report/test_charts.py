"""The curves' lines, axes and readings."""

import re
from pathlib import Path

import pytest

from pyimagesearch.results.report import page
from pyimagesearch.results.report.charts import BOTTOM, LEFT, RIGHT, TOP, charts, ticks
from pyimagesearch.visualization import PANELS


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 3, [0, 0.5, 1, 1.5, 2, 2.5, 3]),
        (0.31, 0.37, [0.31, 0.32, 0.33, 0.34, 0.35, 0.36, 0.37]),
        (0, 149, [0, 50, 100]),
        (-3, 8, [-2, 0, 2, 4, 6, 8]),
    ],
)
def test_ticks_are_round(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected)


def test_only_what_was_logged_is_drawn(history):
    drawn, readings = charts(history)
    assert re.findall("<h3>(.*?)</h3>", drawn) == ["Adversarial", "L1"]
    assert readings[1] == {
        "epochs": [0, 1, 2],
        "x": [LEFT, (LEFT + RIGHT) / 2, RIGHT],
        "curves": [["0.5000", "0.3000", "0.2000"], ["0.6000", "–", "0.4000"]],
    }


def test_a_line_runs_through_the_values_and_breaks_where_one_is_missing(history):
    drawn, _ = charts(history)
    lines = re.findall(r'd="(.*?)"', drawn)
    margin = 0.06 / 1.12 * (BOTTOM - TOP)
    low, high = round(BOTTOM - margin, 1), round(TOP + margin, 1)
    middle = (LEFT + RIGHT) / 2
    assert lines[0] == (
        f"M{float(LEFT)} {low}L{middle} {high}L{float(RIGHT)} {(low + high) / 2}"
    )
    assert re.fullmatch(r"M[\d.]+ [\d.]+h0M[\d.]+ [\d.]+h0", lines[2])


def test_the_axes_are_labelled(history):
    drawn, _ = charts(history)
    panels = drawn.split("</figure>")
    labels = re.findall("<text[^>]*>(.*?)</text>", panels[0])
    assert labels == ["1.0", "1.2", "1.4", "1.6", "1.8", "2.0", "0", "1", "2", "epoch"]
    assert 'aria-label="L1 over 3 epochs, at the end training 0.2000' in panels[1]


def test_one_epoch_is_a_dot():
    drawn, readings = charts([{"epoch": 7, "l1Loss": 0.0}])
    assert re.findall(r'd="(.*?)"', drawn) == [f"M{float(LEFT)} {(TOP + BOTTOM) / 2}h0"]
    assert readings[0]["epochs"] == [7]


def test_a_value_that_never_changes_has_an_axis():
    drawn, _ = charts([{"epoch": e, "val_psnr": 13.0} for e in range(150)])
    labels = re.findall("<text[^>]*>(.*?)</text>", drawn)
    assert labels[:2] == ["12.0", "12.5"]
    assert labels[-4:] == ["0", "50", "100", "epoch"]


@pytest.mark.parametrize("rows", [[], [{"epoch": 0, "seconds": 3.0}]])
def test_nothing_to_draw(rows):
    assert charts(rows) == ("", [])


def test_every_curve_of_a_panel_has_a_colour():
    css = Path(page.__file__).with_name("charts.css").read_text()
    most = max(map(len, PANELS.values()))
    assert most == 3
    for place in range(1, most):  # the first has the default
        assert f".curve{place} {{" in css
        assert f".key{place}::before {{" in css
