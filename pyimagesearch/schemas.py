"""Check what is read back from a file: it may have been cut, edited or made up.

A schema says what a value may be. Entries that it does not name are left alone: a newer
version may have written them.
"""

import json
import math
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pyimagesearch.regular_files import find_irregularity

MAX_DEPTH = 32  # of lists and objects in each other; a record of this version has 8
MAX_DIGITS = 400  # of an integer; all of a float64 have fewer
MAX_INTEGER = 2**63 - 1
MAX_SHOWN = 60  # characters of a value in a message


class SchemaError(ValueError):
    """Says which entry of a file is wrong, what it is, and what it may be."""


class Schema(Protocol):
    """What a value may be."""

    def check(self, value: Any, entry: str = "") -> None:
        """Check a value that was read from JSON.

        Args:
            value: the value.
            entry: str, its place in the file, such as "pairs.train.count".

        Raises:
            SchemaError: if the value is none of this schema.
        """


@dataclass(frozen=True)
class Text:
    """A text, that all of a pattern matches if there is one."""

    pattern: str = ".*"
    description: str = "a text"

    def check(self, value: Any, entry: str = "") -> None:
        """Check a value; see `Schema`."""
        if type(value) is not str or not re.fullmatch(self.pattern, value, re.DOTALL):
            raise create_error(entry, value, self.description)


@dataclass(frozen=True)
class Choice:
    """One of some texts, or null."""

    values: tuple[str | None, ...]

    def check(self, value: Any, entry: str = "") -> None:
        """Check a value; see `Schema`."""
        if value not in self.values:
            names = ("null" if name is None else name for name in self.values)
            raise create_error(entry, value, f"one of {', '.join(names)}")


@dataclass(frozen=True)
class Integer:
    """An integer from `low` to `high`."""

    low: int = 0
    high: int = MAX_INTEGER

    def check(self, value: Any, entry: str = "") -> None:
        """Check a value; see `Schema`."""
        if type(value) is not int or not self.low <= value <= self.high:
            allowed = f"an integer from {self.low} to {self.high}"
            raise create_error(entry, value, allowed)


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`, or NaN or infinite if that is allowed."""

    low: float = -3.5e38  # of a float32, rounded up
    high: float = 3.5e38
    is_finite: bool = True

    def check(self, value: Any, entry: str = "") -> None:
        """Check a value; see `Schema`."""
        is_number = type(value) in (int, float)
        if is_number and self.low <= value <= self.high:
            return
        if self.is_finite or type(value) is not float or math.isfinite(value):
            allowed = f"a number from {self.low:g} to {self.high:g}"
            raise create_error(entry, value, allowed)


@dataclass(frozen=True)
class Nullable:
    """Null, or a value of a schema."""

    schema: Schema

    def check(self, value: Any, entry: str = "") -> None:
        """Check a value; see `Schema`."""
        if value is not None:
            self.schema.check(value, entry)


@dataclass(frozen=True)
class Items:
    """A list of values of one schema, of any length or of one."""

    schema: Schema
    length: int | None = None

    def check(self, value: Any, entry: str = "") -> None:
        """Check a value; see `Schema`."""
        if type(value) is not list or self.length not in (None, len(value)):
            number = "" if self.length is None else f" of {self.length} values"
            raise create_error(entry, value, f"a list{number}")
        for place, item in enumerate(value):
            self.schema.check(item, f"{entry}[{place}]")


@dataclass(frozen=True)
class Record:
    """An object with some required and some optional entries.

    All other entries are of the schema `rest`, if there is one.
    """

    required: dict[str, Schema] = field(default_factory=dict)
    optional: dict[str, Schema] = field(default_factory=dict)
    rest: Schema | None = None

    def check(self, value: Any, entry: str = "") -> None:
        """Check a value; see `Schema`."""
        if type(value) is not dict:
            raise create_error(entry, value, "an object")
        for name in self.required:
            if name not in value:
                raise create_missing_error(join_entry(entry, name))
        for name, item in value.items():
            schema = self.required.get(name) or self.optional.get(name) or self.rest
            if schema:
                schema.check(item, join_entry(entry, name))


def create_error(entry: str, value: Any, allowed: str) -> SchemaError:
    """Create the error about an entry that has another value than is allowed."""
    found = f"{show_value(value)} is not {allowed}"
    return SchemaError(f'in its entry "{entry}", {found}' if entry else found)


def create_missing_error(entry: str) -> SchemaError:
    """Create the error about an entry that is missing."""
    return SchemaError(f'its entry "{entry}" is missing')


def show_value(value: Any) -> str:
    """Show a value as JSON in a message, escaped and shortened."""
    text = json.dumps(value, default=str)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def join_entry(entry: str, name: str) -> str:
    """Join the place of an object with the name of one of its entries."""
    name = show_value(name)[1:-1] if len(name) > MAX_SHOWN else name
    return f"{entry}.{name}" if entry else name


def read_bytes(path: Path, limit: int) -> bytes:
    """Read a file of limited size.

    Args:
        path: Path, the file.
        limit: int, the most bytes that it may have.

    Raises:
        FileNotFoundError: if there is no such file.
        OSError: if it cannot be read.
        SchemaError: if it is larger, or no file: a named pipe would be waited for.
    """
    check_file(path)
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise SchemaError(f"it has more than {limit / 1e6:g} MB")
    return content


def check_file(path: Path) -> None:
    """Refuse a folder, a device or a named pipe where a file is expected."""
    irregularity = find_irregularity(path)
    if irregularity:
        raise SchemaError(f"it {irregularity}")


def read_json(path: Path, limit: int) -> Any:
    """Read a JSON file of limited size; see `read_bytes` and `parse_json`."""
    return parse_json(decode_text(read_bytes(path, limit)))


def decode_text(content: bytes) -> str:
    """Decode the text of a file; a byte order mark, which editors add, is left out."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SchemaError("it is not a text in UTF-8") from None


def parse_json(text: str) -> Any:
    """Parse JSON whose depth, integers and texts this package can work with.

    Args:
        text: str, of a size that the caller has limited.

    Returns:
        The value: dict, list, str, int, float, bool or None.

    Raises:
        SchemaError: if it is no JSON, nested too deeply, has an entry twice, a huge
            integer, or a text that cannot be a file's name.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_create_object, parse_int=_parse_integer
        )
    except RecursionError:
        raise _create_depth_error() from None
    except json.JSONDecodeError as error:
        raise SchemaError(f"it is not JSON: {error}") from None
    _check_depth_and_texts(value)
    return value


def _create_object(pairs: list[tuple[str, Any]]) -> dict:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise SchemaError(f'its entry "{join_entry("", twice)}" is there twice')
    return entries


def _parse_integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise SchemaError(f"it has an integer of {len(text)} digits")
    return int(text)


def _check_depth_and_texts(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _list_children(parent)]
        for text in level:
            if type(text) is str and not _is_name(text):
                raise SchemaError(
                    f"its text {show_value(text)} has characters that no name has"
                )
        if not level:
            return
    raise _create_depth_error()


def _list_children(value: Any) -> Iterator[Any]:
    if type(value) is dict:
        yield from value
        yield from value.values()
    elif type(value) is list:
        yield from value


def _is_name(text: str) -> bool:
    """Return whether the system can take a text for the name of a file."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _create_depth_error() -> SchemaError:
    return SchemaError(f"it has more than {MAX_DEPTH} lists and objects in each other")
