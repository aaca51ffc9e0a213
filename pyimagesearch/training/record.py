"""The run's record, `run.json`: what was asked for, on what it ran, what came out."""

import json
import platform
from argparse import Namespace
from pathlib import Path

import cv2
import keras
import matplotlib
import numpy as np
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.datasets.sources import Source
from pyimagesearch.errors import UserError
from pyimagesearch.files import written_whole

PACKAGES = (tf, keras, np, cv2, matplotlib)


def device_name() -> str:
    """The GPUs by their model names, or "CPU"."""
    details = map(
        tf.config.experimental.get_device_details,
        tf.config.list_physical_devices("GPU"),
    )
    return ", ".join(d.get("device_name", "GPU") for d in details) or "CPU"


def write_record(
    run: Path, settings: Namespace, source: Source, results: dict | None = None
) -> None:
    """Writes `run.json`.

    Args:
        run: the run's folder.
        settings: every setting, resolved.
        source: where the pairs came from.
        results: what came out, once it has.
    """
    record = {
        "settings": vars(settings),
        "source": {**source._asdict(), "folder": str(source.folder)},
        "versions": {"python": platform.python_version()}
        | {package.__name__: package.__version__ for package in PACKAGES},
        "device": device_name(),
        "precision": "float32",
        "results": results,
    }
    # Some versions of Keras hand out their figures as tensors.
    text = json.dumps(record, indent=2, default=float)
    with written_whole(run / config.RUN_FILE) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_record(run: Path) -> dict | None:
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
