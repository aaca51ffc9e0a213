"""Label maps as class indices and as text, and why there is nothing to paint."""

import base64

import numpy as np
import pytest

from pyimagesearch.datasets.palettes import PALETTES, Palette, generate_palette
from pyimagesearch.datasets.side_formats import (
    RGB,
    PairFormat,
    SideFormat,
    stack_formats,
)
from pyimagesearch.demo.painting import Canvas, explain_no_painting
from pyimagesearch.errors import UserError

STREETS = PALETTES["streets"]
NAMES = [*STREETS.classes, "unlabelled"]


@pytest.fixture
def canvas():
    return Canvas(STREETS, 3, 5)


def test_every_class_has_a_brush_in_its_color(canvas):
    assert [brush.name for brush in canvas.brushes] == NAMES
    assert canvas.brushes[13] == ("car", (0, 0, 142))
    assert canvas.brushes[-1].color == (0, 0, 0)


def test_several_unlabelled_colors_are_numbered():
    palette = Palette({"a": (1, 1, 1), "b": (2, 2, 2)}, ((0, 0, 0), (9, 9, 9)))
    names = [brush.name for brush in Canvas(palette, 1, 1).brushes]
    assert names == ["a", "b", "unlabelled 1", "unlabelled 2"]


def test_a_blank_map_is_unlabelled_or_of_the_first_class(canvas):
    assert (canvas.make_blank() == NAMES.index("unlabelled")).all()
    assert (Canvas(PALETTES["facades"], 2, 2).make_blank() == 0).all()


def test_colors_snap_to_the_nearest_class(canvas):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, len(NAMES), (3, 5), np.uint8)
    colors = canvas.color(labels)
    np.testing.assert_array_equal(canvas.snap(colors), labels)
    # The two nearest colors are 29 apart: these of train and bus.
    smoothed = (colors.astype(int) + rng.integers(-7, 8, colors.shape)).clip(0, 255)
    np.testing.assert_array_equal(canvas.snap(smoothed.astype(np.uint8)), labels)
    assert canvas.snap(colors).dtype == np.uint8


def test_text_becomes_the_same_map(canvas):
    labels = np.arange(15, dtype=np.uint8).reshape(3, 5)
    text = canvas.encode(labels)
    assert base64.b64decode(text) == bytes(range(15))
    np.testing.assert_array_equal(canvas.decode(text), labels)


@pytest.mark.parametrize(
    "text",
    [
        *(None, 3, ["AAAA"], "", "no base64!", "é"),
        base64.b64encode(bytes(14)).decode(),  # one pixel too few
        base64.b64encode(bytes(16)).decode(),
        base64.b64encode(bytes([20] * 15)).decode(),  # no brush has this index
    ],
)
def test_other_text_is_refused(canvas, text):
    with pytest.raises(UserError, match=r"is no label map of 3x5 pixels: reload"):
        canvas.decode(text)


@pytest.mark.parametrize(
    ("palette", "side", "reads_labels", "reason"),
    [
        (STREETS, SideFormat(), True, ""),
        (STREETS, SideFormat(dtype="uint16"), True, ""),
        (None, SideFormat(), True, "are label maps, and the colors of their classes"),
        (None, SideFormat(), False, "may be label maps, and the colors"),
        (STREETS, SideFormat(channels=1), True, "are of 1 channel, uint8"),
        (STREETS, SideFormat(3, "float32", (0.0, 1.0)), True, "of 3 channels, float32"),
        (STREETS, stack_formats([SideFormat(), SideFormat()]), True, "are stacked"),
        (generate_palette(255), SideFormat(), True, ""),
        (
            Palette({f"{n}": (n // 2, n % 2, 0) for n in range(257)}),
            SideFormat(),
            True,
            "has 257 classes, and at most 256",
        ),
    ],
)
def test_a_sentence_says_why_there_is_nothing_to_paint(
    palette, side, reads_labels, reason
):
    formats = PairFormat(side, RGB.target)
    sentence = explain_no_painting(palette, formats, reads_labels)
    assert reason in sentence
    assert bool(sentence) == bool(reason)
