"""What a schema accepts, and what it says about the rest."""

import json
import math
import os
import time

import pytest
from edits import nest

from pyimagesearch.schemas import (
    MAX_DEPTH,
    Choice,
    Integer,
    Items,
    Nullable,
    Number,
    Record,
    SchemaError,
    Text,
    decode_text,
    parse_json,
    read_bytes,
)

POINT = Record({"x": Integer(0, 9)}, {"name": Text("[a-z]+", "a name")})


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (Text(), ""),
        (Text("[a-z]+", "a name"), "ab"),
        (Choice(("A", None)), None),
        (Integer(), 0),
        (Integer(1, 3), 3),
        (Number(0, 1), 1),
        (Number(0, 1), 0.5),
        (Number(is_finite=False), math.inf),
        (Number(), -3.4028235e38),
        (Nullable(Integer()), None),
        (Items(Integer(), length=2), [1, 2]),
        (Items(Integer()), []),
        (POINT, {"x": 1, "name": "p", "newer": [{}]}),
        (Record(rest=Integer()), {"any": 1}),
    ],
    ids=repr,
)
def test_what_fits_is_accepted(schema, value):
    schema.check(value)


def test_nan_is_a_number_that_may_be_allowed():
    Number(is_finite=False).check(math.nan)
    with pytest.raises(SchemaError, match="NaN is not a number from -3.5e"):
        Number().check(math.nan)


@pytest.mark.parametrize(
    ("schema", "value", "sentence"),
    [
        (Text(), 1, "1 is not a text"),
        (Text("[a-z]+", "a name"), "ab\n", r'"ab\n" is not a name'),
        (Choice(("A", None)), "Q", '"Q" is not one of A, null'),
        (Choice(("A", None)), ["A"], '["A"] is not one of A, null'),
        (Integer(), -1, "-1 is not an integer from 0 to 9223372036854775807"),
        (Integer(), True, "true is not an integer"),
        (Integer(), 1.0, "1.0 is not an integer"),
        (Integer(), 10**300, f"1{'0' * 59}... is not an integer"),
        (Integer(), "1", '"1" is not an integer'),
        (Number(0, 1), 2, "2 is not a number from 0 to 1"),
        (Number(0, 1), False, "false is not a number"),
        (Number(), math.inf, "Infinity is not a number"),
        (Number(is_finite=False), 1e300, "1e+300 is not a number"),
        (Number(is_finite=False), 10**300, "is not a number"),
        (Nullable(Integer()), "", '"" is not an integer'),
        (Items(Integer()), {}, "{} is not a list"),
        (Items(Integer()), "12", '"12" is not a list'),
        (Items(Integer(), length=2), [1], "[1] is not a list of 2 values"),
        (POINT, [], "[] is not an object"),
        (POINT, {}, 'its entry "x" is missing'),
        (POINT, {"x": 10}, 'in its entry "x", 10 is not an integer from 0 to 9'),
        (Record({"a": POINT}), {"a": {}}, 'its entry "a.x" is missing'),
        (Items(POINT), [{"x": 1}, {}], 'its entry "[1].x" is missing'),
        (Record(rest=Integer()), {"a" * 99: ""}, f'entry "{"a" * 59}'),
    ],
    ids=str,
)
def test_what_does_not_fit_is_shown_with_its_place(schema, value, sentence):
    with pytest.raises(SchemaError) as refused:
        schema.check(value)
    assert sentence in str(refused.value)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it is not JSON: Expecting value"),
        ('{"a": ', "it is not JSON"),
        ("[" * 100_000, f"it has more than {MAX_DEPTH} lists and objects in"),
        ('{"a":' * 100_000, f"it has more than {MAX_DEPTH} lists and objects in"),
        (json.dumps(nest(MAX_DEPTH + 1)), "lists and objects in each other"),
        ("1" * 401, "it has an integer of 401 digits"),
        ("9" * 5000, "it has an integer of 5000 digits"),
        ('{"a": {"b": 1, "b": 2}}', 'its entry "b" is there twice'),
        (r'["\u0000"]', r'its text "\u0000" has characters that no name has'),
        (r'{"\u0000": 1}', "has characters that no name has"),
        (r'["\ud800"]', "has characters that no name has"),
    ],
    ids=lambda text: text[:20],
)
def test_json_that_cannot_be_used_is_refused(text, sentence):
    with pytest.raises(SchemaError) as refused:
        parse_json(text)
    assert sentence in str(refused.value)


def test_other_json_is_what_json_says():
    value = {"a": [1, 2.5, None, True, "\udce9", 10**300], "b": nest(MAX_DEPTH - 1)}
    assert parse_json(json.dumps(value)) == value
    assert parse_json("1e999") == math.inf


def test_many_entries_of_one_name_take_no_time():
    entries = ", ".join(f'"{number}": 0' for number in range(200_000))
    start = time.perf_counter()
    with pytest.raises(SchemaError, match='"199999" is there twice'):
        parse_json(f'{{{entries}, "199999": 0}}')
    assert time.perf_counter() - start < 5


def test_a_file_is_read_up_to_a_size(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"\xef\xbb\xbfabc")
    assert decode_text(read_bytes(path, 6)) == "abc"
    with pytest.raises(SchemaError, match="it has more than 5e-06 MB"):
        read_bytes(path, 5)
    with pytest.raises(SchemaError, match="it is not a text in UTF-8"):
        decode_text(b"\xff")
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "gone", 5)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_and_a_folder_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, kind in ((tmp_path, "folder"), (tmp_path / "pipe", "named pipe")):
        said = f"it is a {kind}, not a regular file"
        with pytest.raises(SchemaError, match=said):
            read_bytes(path, 5)
