"""Read and write the record of a run: `run.json` and `history.csv`."""

import argparse
import csv
import io
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from pyimagesearch import config
from pyimagesearch.atomic import write_atomic
from pyimagesearch.cli import Parser
from pyimagesearch.errors import UserError
from pyimagesearch.schemas import (
    MAX_SHOWN,
    Choice,
    Integer,
    Items,
    Nullable,
    Number,
    Record,
    SchemaError,
    Text,
    create_error,
    create_missing_error,
    decode_text,
    join_entry,
    read_bytes,
    read_json,
    show_value,
)

# Ten thousand changed settings and as many class colors take 2 MB together.
MAX_RECORD = 4_000_000  # bytes of `run.json`
MAX_HISTORY = 32_000_000  # bytes of `history.csv`: 50,000 epochs have 20 MB
MAX_COLUMNS = 200  # of `history.csv`; this version has at most 24

_VALUES = Record(rest=Number(is_finite=False))  # of losses and scores
_PAIRS = Record(
    {"count": Integer(), "sha256": Text()},
    {"bytes": Integer(), "sizes_sha256": Text()},
)
_BEST = Record({"score": Text(), "epoch": Integer(), "value": Number(is_finite=False)})
RUN = Record(
    {
        # The other settings are checked by the flags that they belong to.
        "settings": Record({"dataset": Nullable(Text())}, {"data": Nullable(Text())})
    },
    {
        "source": Record(
            optional={
                "folder": Text(),
                "direction": Choice(config.DIRECTIONS),
                "label_side": Choice((*config.SIDES, None)),
                "layout": Text(),
                "held_out": Text(),
            }
        ),
        "sides": Record(),  # see `side_formats.parse_pair_format`
        "pairs": Record(optional={"train": _PAIRS, "val": _PAIRS}),
        "versions": Record(rest=Text()),
        "device": Text(),
        "workers": Items(Text()),
        "replicas": Integer(1),
        "initial_weights": Nullable(
            Record(
                {"path": Text()}, {"parts": Items(Text()), "new_layers": Items(Text())}
            )
        ),
        "changes": Items(Record({"epoch": Integer(), "setting": Text()})),
        "results": Nullable(
            Record(
                optional={
                    "seconds": Number(0),
                    "images_per_second": Number(0),
                    "peak_memory": Nullable(Record(rest=Nullable(Number(0)))),
                    "last_epoch": _VALUES,
                    "best": Nullable(_BEST),
                    "validation": _VALUES,
                }
            )
        ),
    },
)
EPOCH = Record(
    {"epoch": Integer()},
    {"seconds": Number(0), "images_per_second": Number(0)},
    rest=Number(is_finite=False),
)


def write_run_record(run: Path, record: dict, results: dict | None = None) -> None:
    """Write `run.json` to the folder of a run.

    Args:
        run: Path, the folder of the run.
        record: dict, the settings, data and versions as returned by
            `training.run.describe_run`, and any further entries.
        results: dict or None, the results of the run; None before it has any.
    """
    # Some versions of Keras return logged values as tensors.
    text = json.dumps({**record, "results": results}, indent=2, default=float)
    with write_atomic(run / config.RUN_FILE) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_run_record(run: Path, required: Collection[str] = ()) -> dict | None:
    """Read `run.json` from the folder of a run, and check it.

    What the settings are is checked by `parse_recorded_settings`, and the formats of
    the images by `side_formats.parse_pair_format`.

    Args:
        run: Path, the folder of the run.
        required: collection of str, the entries that must be there beside "settings".
            Earlier versions have not written all of them.

    Returns:
        dict, the record; None if there is no `run.json`.

    Raises:
        UserError: if the file cannot be read or is not the record of a run.
    """
    path = run / config.RUN_FILE
    try:
        record = read_json(path, MAX_RECORD)
        RUN.check(record)
        for name in required:
            if name not in record:
                raise create_missing_error(name)
    except FileNotFoundError:
        return None
    except (OSError, SchemaError) as error:
        raise _create_record_error(path, error) from error
    return record


def _create_record_error(path: Path, error: Exception) -> UserError:
    return UserError(
        f"{path} is not the record of a run: {error}. Correct it, or restore it from a "
        f"copy"
    )


def parse_recorded_settings(
    record: dict,
    run: Path,
    parser: Parser,
    names: Collection[str],
    required: Collection[str] = (),
) -> dict[str, Any]:
    """Parse recorded settings as the flags of a command parse their values.

    So the types, ranges and choices of the flags are those of the settings.

    Args:
        record: dict, as returned by `read_run_record`.
        run: Path, the folder of the run, for messages.
        parser: Parser with the flags, of which `parse_args` has set nothing.
        names: collection of str, the settings to parse. Those that the record has not
            are left out.
        required: collection of str, those that the record must have.

    Returns:
        dict of settings by name, typed as the parsed flags are.

    Raises:
        UserError: if a flag does not accept a value, or a setting is missing.
    """
    settings, parsed = record["settings"], {}
    actions = {action.dest: action for action in parser.list_actions()}
    try:
        for name in names:
            if name in settings:
                parsed[name] = _parse_setting(actions[name], settings[name], parser)
            elif name in required:
                raise create_missing_error(join_entry("settings", name))
        if settings["dataset"] is None and settings.get("data") is None:
            raise SchemaError('"settings.dataset" and "settings.data" are both null')
    except SchemaError as error:
        raise _create_record_error(run / config.RUN_FILE, error) from error
    return parsed


def _parse_setting(action: argparse.Action, value: Any, parser: Parser) -> Any:
    entry, flag = join_entry("settings", action.dest), action.option_strings[0]
    # No flag says that there is no dataset: --data does.
    if value is None and (action.default is None or action.dest == "dataset"):
        return None
    if action.nargs == 0:  # a switch, whose default may be something else
        is_default = value == action.default and isinstance(value, str)
        if type(value) is not bool and not is_default:
            raise create_error(entry, value, "true or false")
        return value
    words = _list_words(action, value)
    try:
        parsed = _parse_words(action, words, parser)
    except (argparse.ArgumentTypeError, UserError) as error:
        given, reason = " ".join(words), str(error)
        if len(given) > MAX_SHOWN:
            reason = reason.replace(given, f"{given[:MAX_SHOWN]}...")
        raise SchemaError(f'in its entry "{entry}", {reason}') from error
    except (ValueError, TypeError, RuntimeError) as error:
        raise create_error(entry, value, f"a value of {flag}") from error
    if _get_kind(parsed) is not _get_kind(value):
        raise create_error(entry, value, f"a value of {flag}")
    return parsed


def _list_words(action: argparse.Action, value: Any) -> list[str]:
    """List the words of the command line that a recorded value stands for."""
    parts = value if isinstance(value, list) else [value]
    words = [part if isinstance(part, str) else json.dumps(part) for part in parts]
    return words if action.nargs else ["x".join(words)]  # a size


def _parse_words(action: argparse.Action, words: list[str], parser: Parser) -> Any:
    """Parse words of the command line as the flag of an action does."""
    values = [action.type(word) if action.type else word for word in words]
    if action.choices and not set(values) <= set(action.choices):
        choices = ", ".join(map(str, action.choices))
        raise argparse.ArgumentTypeError(f"{' '.join(words)} is not one of {choices}")
    namespace = argparse.Namespace()
    given = values if action.nargs else values[0]
    action(parser, namespace, given, action.option_strings[0])
    return getattr(namespace, action.dest)


def _get_kind(value: Any) -> type:
    """Return what JSON tells apart: a text, a list, or a number."""
    if isinstance(value, str):
        return str
    return list if isinstance(value, list | tuple) else float


def read_history(path: Path) -> list[dict[str, float]]:
    """Read `history.csv`, the logged values of every epoch.

    Args:
        path: Path, the file.

    Returns:
        list of dict, the values by name, one dict for each epoch, without the values
        that an epoch has not; an empty list if there is no such file.

    Raises:
        UserError: if the file cannot be read or is not such a table.
    """
    try:
        rows = _parse_table(decode_text(read_bytes(path, MAX_HISTORY)))
        for place, row in enumerate(rows, start=2):
            EPOCH.check(row, f"line {place}")
        check_epochs(rows)
    except FileNotFoundError:
        return []
    except (OSError, SchemaError, csv.Error) as error:
        raise UserError(
            f"{path} is not the history of a training: {error}. Restore it from a "
            f"copy, or remove it to go without its curves"
        ) from error
    return rows


def _parse_table(text: str) -> list[dict[str, float]]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    names = next(lines, [])
    if len(names) > MAX_COLUMNS:
        raise SchemaError(
            f"it has {len(names)} columns instead of at most {MAX_COLUMNS}"
        )
    if "epoch" not in names or len(set(names)) < len(names):
        raise SchemaError(
            f"its first line, {show_value(names)}, has no column epoch, or one twice"
        )
    rows = []
    for cells in filter(None, lines):
        if len(cells) != len(names):
            raise SchemaError(
                f"its line {lines.line_num} has {len(cells)} cells instead of "
                f"{len(names)}"
            )
        row = zip(names, cells, strict=True)
        rows.append({name: _parse_cell(name, cell) for name, cell in row if cell})
    return rows


def _parse_cell(name: str, cell: str) -> float | str:
    """Parse a number; any other text stays, for the schema to refuse."""
    try:
        return int(cell) if name == "epoch" else float(cell)
    except ValueError:
        return cell


def check_epochs(rows: list[dict[str, float]]) -> None:
    """Check that the epochs of a history ascend.

    Args:
        rows: list of dict, each of the schema `EPOCH`.

    Raises:
        SchemaError: if an epoch is there twice, or before an earlier one.
    """
    for before, row in zip(rows, rows[1:], strict=False):
        if row["epoch"] <= before["epoch"]:
            raise SchemaError(
                f"its epochs do not ascend: {row['epoch']} comes after "
                f"{before['epoch']}"
            )
