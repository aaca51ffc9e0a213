"""The run's record, `run.json`: what was asked for, on what it ran, what came out."""

import hashlib
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
from pyimagesearch.datasets.folders import list_pairs
from pyimagesearch.datasets.sources import Source
from pyimagesearch.errors import UserError
from pyimagesearch.files import written_whole
from pyimagesearch.training.devices import device_name

PACKAGES = (tf, keras, np, cv2, matplotlib)


def described(
    settings: Namespace, source: Source, strategy: tf.distribute.Strategy
) -> dict:
    """What a run is made of, before it begins.

    Args:
        settings: every setting, resolved.
        source: where the pairs come from.
        strategy: how a batch is shared among the devices.

    Returns:
        "settings", "source", "pairs", "versions", "device" and "replicas": what
        `write_record` takes, and `resume.refuse_other_pairs` compares.
    """
    return {
        "settings": vars(settings),
        "source": {**source._asdict(), "folder": str(source.folder)},
        "pairs": {
            split: _counted(list_pairs(source.folder, split, settings.val_fraction))
            for split in ("train", "val")
        },
        "versions": {"python": platform.python_version()}
        | {package.__name__: package.__version__ for package in PACKAGES},
        "device": device_name(),
        "replicas": strategy.num_replicas_in_sync,
    }


def _counted(pairs: list) -> dict:
    """How many pairs there are, and a hash of their names in their order."""
    names = "\n".join(pair.name for pair in pairs)
    return {"count": len(pairs), "sha256": hashlib.sha256(names.encode()).hexdigest()}


def write_record(run: Path, record: dict, results: dict | None = None) -> None:
    """Writes `run.json`.

    Args:
        run: the run's folder.
        record: of `described`, and whatever else is known.
        results: what came out, once it has.
    """
    # Some versions of Keras hand out their figures as tensors.
    text = json.dumps({**record, "results": results}, indent=2, default=float)
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
