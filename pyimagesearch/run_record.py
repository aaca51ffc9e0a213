"""Read and write the record of a run: `run.json` and `history.csv`."""

import csv
import json
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.atomic import write_atomic
from pyimagesearch.errors import UserError


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


def read_run_record(run: Path) -> dict | None:
    """Read `run.json` from the folder of a run.

    Args:
        run: Path, the folder of the run.

    Returns:
        dict, the record, with at least "settings"; None if there is no `run.json`.

    Raises:
        UserError: if the file cannot be read or is not the record of a run.
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
        with path.open(newline="", encoding="utf-8") as file:
            return [
                {name: float(value) for name, value in row.items() if value}
                for row in csv.DictReader(file)
            ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"{path} is not the history of a training: {error}") from error
