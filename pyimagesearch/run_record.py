"""The record of a run: `run.json` and `history.csv`."""

import csv
import json
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.atomic import write_atomic
from pyimagesearch.errors import UserError


def write_run_record(run: Path, record: dict, results: dict | None = None) -> None:
    """Writes `run.json`.

    Args:
        run: the run's folder.
        record: of `described`, and whatever else is known.
        results: what came out, once it has.
    """
    # Some versions of Keras hand out their figures as tensors.
    text = json.dumps({**record, "results": results}, indent=2, default=float)
    with write_atomic(run / config.RUN_FILE) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_run_record(run: Path) -> dict | None:
    """Reads the `run.json` of a run's folder; None where there is none.

    Raises:
        UserError: where it is not such a record.
    """
    path = run / config.RUN_FILE
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        record["settings"]["dataset"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise UserError(f"{path} is not the record of a run: {error}") from error
    return record


def read_history(path: Path) -> list[dict[str, float]]:
    """Reads the table of `HistoryLog`; [] where there is none.

    Raises:
        UserError: where it is not such a table.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [
                {name: float(value) for name, value in row.items() if value}
                for row in csv.DictReader(file)
            ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"{path} is not the history of a training: {error}") from error
