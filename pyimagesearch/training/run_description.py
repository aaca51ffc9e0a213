"""The description of a run before it starts, for `run.json`."""

import hashlib
import os
import platform
from argparse import Namespace
from collections.abc import Iterable, Sequence

import cv2
import keras
import matplotlib
import numpy as np
import tensorflow as tf

from pyimagesearch.datasets.examination import Data
from pyimagesearch.datasets.splits import Pair
from pyimagesearch.devices import get_device_name
from pyimagesearch.training.training_settings import OF_THE_CLUSTER

PACKAGES = (tf, keras, np, cv2, matplotlib)


def describe_run(
    settings: Namespace,
    data: Data,
    strategy: tf.distribute.Strategy,
    workers: Sequence[str] = (),
) -> dict:
    """Describe a run before it starts.

    Args:
        settings: Namespace, as returned by `parse_training_settings`.
        data: Data, the examined pairs.
        strategy: tf.distribute.Strategy, which defines the number of replicas.
        workers: sequence of str, the addresses of all workers of a cluster.

    Returns:
        dict with "settings", "source", "sides", "pairs", "versions", "device",
        "workers", "replicas", and, still empty, "initial_weights" (see
        `initialize_model`) and "changes" (see `Change`), for `write_run_record` and
        `check_same_pairs`.
    """
    return {
        "settings": {
            name: value
            for name, value in vars(settings).items()
            if name not in OF_THE_CLUSTER
        },
        "source": data.source.to_record(),
        "sides": data.formats.to_record(),
        "pairs": {
            split: _summarize_pairs(data.source.pairs.list_pairs(split))
            for split in ("train", "val")
        },
        "versions": {"python": platform.python_version()}
        | {package.__name__: package.__version__ for package in PACKAGES},
        "device": get_device_name(),
        "workers": list(workers),
        "replicas": strategy.num_replicas_in_sync,
        "initial_weights": None,
        "changes": [],
    }


def _summarize_pairs(pairs: list[Pair]) -> dict:
    """Count the pairs and hash their names and the sizes of their files, in order."""
    files = [
        path
        for pair in pairs
        for path in (pair.left, *pair.stacked, pair.right)
        if path is not None
    ]
    sizes = [path.stat().st_size for path in files]
    return {
        "count": len(pairs),
        "sha256": _hash_lines(pair.name for pair in pairs),
        "bytes": sum(sizes),
        "sizes_sha256": _hash_lines(map(str, sizes)),
    }


def _hash_lines(lines: Iterable[str]) -> str:
    return hashlib.sha256(os.fsencode("\n".join(lines))).hexdigest()
