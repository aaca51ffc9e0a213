"""Figures as the page shows them."""

import math

import pytest

from pyimagesearch.results.report.figures import decimals, escaped, figure, percent


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
def test_four_digits_are_shown(mean, shown):
    assert figure(mean, decimals(mean)) == shown


def test_shares_are_per_cent():
    assert [percent(v) for v in (0.3333, 1.0, 0, None)] == [
        "33.3 %",
        "100.0 %",
        "0.0 %",
        "–",
    ]


def test_no_text_is_markup():
    assert escaped("<a href='b\"'>&") == "&lt;a href=&#x27;b&quot;&#x27;&gt;&amp;"
