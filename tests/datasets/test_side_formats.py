"""The values of a side: to [-1, 1] and back, and their record."""

import itertools
import json
import math

import numpy as np
import pytest
from tiny import random_array

from pyimagesearch.datasets.format_settings import parse_range
from pyimagesearch.datasets.image_decoding import StoredImage
from pyimagesearch.datasets.palettes import PALETTES, generate_palette
from pyimagesearch.datasets.side_formats import (
    RGB,
    PairFormat,
    SideFormat,
    create_side_format,
    is_range,
    parse_pair_format,
    stack_formats,
)
from pyimagesearch.errors import UserError


def list_all_values(dtype):
    limits = np.iinfo(dtype)
    return np.arange(limits.min, limits.max + 1).astype(dtype)


@pytest.mark.parametrize(
    ("dtype", "value_range"),
    [
        ("uint8", None),
        ("uint16", None),
        ("int8", None),
        ("int16", None),
        ("uint8", (0, 255.5)),
        ("uint16", (-1, 70_000)),
        ("int16", (-40_000, 40_000)),
    ],
)
def test_every_value_survives_the_round_trip(dtype, value_range):
    side_format = create_side_format(1, dtype, value_range)
    values = list_all_values(dtype)
    stored = side_format.store(StoredImage(values[None, :, None], False), "x")
    assert stored.dtype == side_format.storage
    scaled = side_format.scale(stored)
    assert scaled.dtype == np.float32
    assert -1 <= scaled.min() < scaled.max() <= 1
    assert side_format.count_clipped(stored) == 0
    restored = side_format.restore(scaled)
    assert restored.dtype == dtype
    np.testing.assert_array_equal(restored.ravel(), values)


@pytest.mark.parametrize(
    ("dtype", "value_range"),
    [("uint8", (0, 18)), ("uint16", (0, 1400)), ("int16", (-1024, 3071))],
)
def test_every_value_of_a_range_survives_and_others_are_clipped(dtype, value_range):
    low, high = value_range
    side_format = create_side_format(1, dtype, value_range)
    values = list_all_values(dtype)
    stored = values.astype(side_format.storage)
    scaled = side_format.scale(stored)
    assert scaled.min() == -1
    assert scaled.max() == 1
    np.testing.assert_array_equal(side_format.restore(scaled), values.clip(low, high))
    outside = ((values < low) | (values > high)).sum()
    assert outside > 0
    assert side_format.count_clipped(stored) == outside


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_keep_their_digits(dtype):
    side_format = create_side_format(1, dtype, (-3.5, 1200.25))
    values = np.linspace(-3.5, 1200.25, 1001).astype(dtype)
    restored = side_format.restore(side_format.scale(values.astype(np.float32)))
    assert restored.dtype == dtype
    digits = {"float16": 1e-3, "float32": 1e-4, "float64": 1e-4}[dtype]
    np.testing.assert_allclose(restored, values, rtol=0, atol=1200 * digits)
    assert restored.min() == pytest.approx(-3.5)
    assert restored.max() == pytest.approx(1200.25, abs=0.5)


def test_known_values():
    side_format = create_side_format(1, "uint16", (0, 1400))
    scaled = side_format.scale(np.array([0, 350, 700, 1400, 9999], np.uint16))
    assert scaled.tolist() == [-1, -0.5, 0, 1, 1]
    assert side_format.restore(scaled).tolist() == [0, 350, 700, 1400, 1400]
    assert side_format.restore([-2.0, 2.0]).tolist() == [0, 1400]


def test_scale_writes_to_a_given_array():
    for side_format in (SideFormat(), create_side_format(3, "uint8", (0, 9))):
        image = np.full((2, 2, 3), 9, np.uint8)
        out = np.empty((2, 2, 3), np.float32)
        assert side_format.scale(image, out) is out
        np.testing.assert_array_equal(out, side_format.scale(image))


@pytest.mark.parametrize(
    ("dtype", "value_range", "expected"),
    [
        ("uint8", (-100, 300), [0, 100, 255]),
        ("uint8", (0, 256), [0, 128, 255]),
        ("int16", (-1e6, 1e6), [-32768, 0, 32767]),
        ("int64", None, [-(2**63), 0, 2**63 - 1024]),
        ("uint64", None, [0, 2**63, 2**64 - 2048]),
        ("int32", None, [-(2**31), 0, 2**31 - 1]),
        ("float16", (-1e6, 1e6), [-65504, 0, 65504]),
    ],
)
def test_results_never_wrap_around(dtype, value_range, expected):
    side_format = create_side_format(1, dtype, value_range)
    restored = side_format.restore(np.array([-1.0, 0.0, 1.0]))
    assert restored.dtype == dtype
    assert restored.tolist() == expected


@pytest.mark.parametrize(
    ("side_format", "storage", "limits", "levels", "has_units", "text"),
    [
        (SideFormat(), "uint8", (0, 255), 255, False, "3 channels, uint8, 0 to 255"),
        (
            SideFormat(1, "uint16"),
            *("uint16", (0, 65535), 65535, True, "1 channel, uint16, 0 to 65535"),
        ),
        (
            create_side_format(5, "int16", (-1000, 1000)),
            *("float32", (-1000, 1000), 2000, True, "5 channels, int16, -1000 to 1000"),
        ),
        (
            create_side_format(1, "float64", (0, 0.5)),
            *("float32", (0, 0.5), 2**24, True, "1 channel, float64, 0 to 0.5"),
        ),
        (
            SideFormat(palette=generate_palette(4)),
            *("uint8", (0, 255), 255, False, "4 classes, drawn in RGB colors"),
        ),
    ],
)
def test_properties(side_format, storage, limits, levels, has_units, text):
    assert side_format.storage == storage
    assert side_format.limits == limits
    assert side_format.levels == levels
    assert side_format.has_units is has_units
    assert side_format.describe() == text


def test_full_range_is_no_range():
    assert create_side_format(3, "uint8", (0.0, 255.0)) == SideFormat()
    assert create_side_format(3, "uint16").value_range is None
    assert create_side_format(3, "int16").value_range == (-32768, 32767)


@pytest.mark.parametrize(
    ("channels", "value_range", "caption"),
    [
        (3, None, ""),
        (1, None, ""),
        (2, None, "channels 1 of 2"),
        (5, (0, 9), "channels 1 to 3 of 5, 0 to 9"),
    ],
)
def test_caption(channels, value_range, caption):
    side_format = create_side_format(channels, "uint8", value_range)
    assert side_format.caption == caption
    assert side_format.title("T") == (f"T\n{caption}" if caption else "T")


def test_eight_bits_are_widened_among_sixteen():
    wide = SideFormat(1, "uint16")
    image = np.array([0, 1, 255], np.uint8).reshape(1, 3, 1)
    stored = wide.store(StoredImage(image, False), "x")
    assert stored.ravel().tolist() == [0, 257, 65535]
    # In units, they keep their values.
    units = create_side_format(1, "uint16", (0, 1400))
    assert units.store(StoredImage(image, False), "x").ravel().tolist() == [0, 1, 255]
    assert SideFormat(1).match_depth("uint16") == wide
    assert SideFormat(1).match_depth("float32") == SideFormat(1)
    assert units.match_depth("uint16") is units


@pytest.mark.parametrize(
    ("dtype", "file_dtype", "sentence"),
    [
        (
            "uint8",
            "float32",
            "x.tif has float32 values, and uint8 are expected: all",
        ),
        ("float32", "uint8", "x.tif has uint8 values, and float32 are expected"),
        ("uint8", "uint16", "x.tif has uint16 values, and its side has uint8"),
        ("uint16", "int16", "x.tif has int16 values, and its side has uint16"),
    ],
)
def test_other_types_of_values_are_refused(dtype, file_dtype, sentence):
    side_format = create_side_format(1, dtype, (0, 9))
    image = random_array(0, 2, 2, 1, file_dtype)
    with pytest.raises(UserError) as refused:
        side_format.store(StoredImage(image, False), "x.tif")
    assert sentence in str(refused.value)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int64", "uint64"])
def test_class_indices_are_drawn_in_their_colors(dtype):
    palette = generate_palette(3)
    image = np.array([[0, 1, 2, 255]], dtype)[..., None]
    stored = SideFormat(palette=palette).store(StoredImage(image, False), "x")
    assert stored.dtype == np.uint8
    colors = [*palette.classes.values(), (0, 0, 0)]
    assert list(map(tuple, stored[0].tolist())) == colors


def test_class_indices_may_be_more_than_256():
    palette = PALETTES["facades"]._replace(
        classes={str(n): (n % 256, n // 256, 7) for n in range(300)},
        unlabelled=((0, 0, 0),),
    )
    image = np.array([[255, 299]], np.uint16)[..., None]
    stored = SideFormat(palette=palette).store(StoredImage(image, False), "x")
    assert stored.tolist() == [[[255, 0, 7], [43, 1, 7]]]


@pytest.mark.parametrize(
    ("values", "dtype", "sentence"),
    [
        ([0, 3], "uint8", "x.png has the class index 3, and the palette has 3 classes"),
        ([-1, 0], "int16", "x.png has the class index -1, and the palette has 3"),
        ([0, 256], "uint16", "x.png has the class index 256, and the palette has 3"),
        ([0, 1], "float32", "x.png has float32 values, and class indices are integers"),
    ],
)
def test_other_class_indices_are_refused(values, dtype, sentence):
    image = np.array([values], dtype)[..., None]
    with pytest.raises(UserError) as refused:
        side_format = SideFormat(palette=generate_palette(3))
        side_format.store(StoredImage(image, False), "x.png")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, True),
        (-1e38, 1e38, True),
        (0, 1e-37, True),
        (1, 1, False),
        (1, 0, False),
        (0, math.nan, False),
        (math.nan, 0, False),
        (math.nan, math.nan, False),
        (-math.inf, 0, False),
        (0, math.inf, False),
        (0, 1e39, False),  # infinite as a float32
        (-1e308, 1e308, False),
        (1e9, 1e9 + 1, False),  # equal as float32
        (0, 1e-45, False),
    ],
)
def test_range(low, high, expected):
    assert is_range(low, high) is expected
    if expected:
        assert parse_range([str(low), str(high)], "--x") == (low, high)
        scaled = create_side_format(1, "float32", (low, high)).scale(
            np.array([low, high], np.float32)
        )
        np.testing.assert_allclose(scaled, [-1, 1], atol=1e-6)
        return
    with pytest.raises(UserError, match="is not a range: pass two numbers"):
        parse_range([str(low), str(high)], "--x")


@pytest.mark.parametrize(
    "values", [[], ["1"], ["1", "2", "3"], ["a", "b"], ["auto"] * 2]
)
def test_range_of_other_texts(values):
    with pytest.raises(UserError, match="--x .*is not a range"):
        parse_range(values, "--x")


SIDES = [
    SideFormat(),
    SideFormat(1, "uint16"),
    stack_formats([SideFormat(), SideFormat(1, "uint16", (0, 1400))]),
    SideFormat(128, "int64", (-1e9, 1e9)),
    create_side_format(1, "int16"),
    create_side_format(5, "float32", (-0.1, 1 / 3)),
    SideFormat(palette=generate_palette(19)),
    SideFormat(dtype="uint16", palette=PALETTES["facades"]),
]


@pytest.mark.parametrize(("first", "second"), [*itertools.pairwise(SIDES)])
def test_record_is_parsed_to_the_same_formats(first, second):
    formats = PairFormat(first, second)
    record = json.loads(json.dumps(formats.to_record()))
    assert parse_pair_format(record, "run.json") == formats


def test_sides_are_ordered_by_the_direction():
    formats = PairFormat(SIDES[0], SIDES[1])
    assert formats.order_sides("AtoB") == (SIDES[0], SIDES[1])
    assert formats.order_sides("BtoA") == (SIDES[1], SIDES[0])


def change(**entries):
    record = RGB.to_record()
    record["target"].update(entries)
    return record


TWO = {"a": [1, 2, 3], "b": [4, 5, 6]}


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        "sides",
        7,
        {},
        {"input": RGB.to_record()["input"]},
        {"input": None, "target": None},
        {"input": [1], "target": "x"},
        change(channels="3"),
        change(channels=True),
        change(channels=3.0),
        change(channels=0),
        change(channels=-1),
        change(channels=129),
        change(channels=10**9),
        change(channels=None),
        change(dtype="float8"),
        change(dtype="object"),
        change(dtype="uint8\n"),
        change(dtype=["uint8"]),
        change(dtype=None),
        change(range=None),
        change(range=[]),
        change(range=[0]),
        change(range=[0, 1, 2]),
        change(range=[0, math.nan]),
        change(range=[-math.inf, 0]),
        change(range=[1, 1]),
        change(range=[2, 1]),
        change(range=[0, 10**400]),
        change(range=["0", "1"]),
        change(range="12"),
        change(range=[False, True]),
        change(range=[[0], [1]]),
        change(range={"low": 0, "high": 1}),
        change(palette=7),
        change(palette=[]),
        change(palette={}),
        change(palette={"classes": TWO}),
        change(palette={"classes": {}, "unlabelled": []}),
        change(palette={"classes": {"a": [1, 2, 3]}, "unlabelled": []}),
        change(palette={"classes": [[1, 2, 3]], "unlabelled": []}),
        change(palette={"classes": {**TWO, "c": [1, 2]}, "unlabelled": []}),
        change(palette={"classes": {**TWO, "c": [1, 2, 256]}, "unlabelled": []}),
        change(palette={"classes": {**TWO, "c": [1, 2, True]}, "unlabelled": []}),
        change(palette={"classes": {**TWO, "c": "abc"}, "unlabelled": []}),
        change(palette={"classes": TWO, "unlabelled": 7}),
        change(palette={"classes": TWO, "unlabelled": [[1]]}),
        change(palette={"classes": TWO, "unlabelled": []}, channels=1),
    ],
    ids=str,
)
def test_other_records_are_refused(record):
    with pytest.raises(UserError) as refused:
        parse_pair_format(record, "runs/run.json")
    message = str(refused.value)
    assert message.startswith("runs/run.json does not describe the images")
    assert "\n" not in message
