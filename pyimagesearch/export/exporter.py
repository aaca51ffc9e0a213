"""Export one file: write, load, compare, and only then move it into place."""

import argparse
import contextlib
import json
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.atomic import write_atomic, write_atomic_folder
from pyimagesearch.cli import FAILED, info, make_output_folder
from pyimagesearch.errors import RunStoppedError, UserError
from pyimagesearch.export.comparison import (
    LEVELS,
    Speed,
    create_batches,
    create_image_reader,
    measure_difference,
    measure_speed,
)
from pyimagesearch.export.export_settings import EXPORT_FOLDER
from pyimagesearch.export.formats import Format, choose_formats, trace_model
from pyimagesearch.export.network import Network, prepare_network
from pyimagesearch.translation.generator import load_generator


class ExportResult(NamedTuple):
    """A file that holds a network.

    Attributes:
        path: the file or folder.
        size: bytes.
        difference: the largest from Keras, on [-1, 1].
        speed: under its own runtime, one image at a time.
    """

    path: Path
    size: int
    difference: float
    speed: Speed


def export_network(
    kind: Format,
    network: Network,
    path: Path,
    batches: list[np.ndarray],
    expected: list[np.ndarray],
    bound: float | None = None,
) -> ExportResult:
    """Writes one file, or one folder, if what it makes is what Keras makes.

    Args:
        kind: the format.
        network: what it is to hold.
        path: where the file goes; what is told about it is beside it or in it.
        batches: float32 (B, h, w, 3) in [-1, 1]; the first image is timed.
        expected: what Keras makes of each.
        bound: the largest difference from `expected` to accept; None: the format's.

    Raises:
        RunStoppedError: where the difference is larger; the file is not left behind.
        OSError: where it cannot be written.
    """
    bound = bound or kind.bound
    whole = write_atomic if "." in kind.suffix else write_atomic_folder
    with whole(path) as temporary:
        kind.write(network.model, temporary)
        if kind.describe:
            kind.describe(temporary, network.facts())
        function = kind.load(temporary)
        difference = measure_difference(function, batches, expected)
        if not difference <= bound:  # nor is NaN
            raise RunStoppedError(
                f"{path.name} was not kept: its pictures differ from Keras's by "
                f"{difference:.2g} ({difference * LEVELS:.2g} levels of 8 bits), the "
                f"bound is {bound:.2g}; --bound sets another",
                FAILED,
            )
        speed = measure_speed(function, batches[0][:1])
        size = sum(file.stat().st_size for file in _list_files(temporary))
    if not kind.describe:
        text = json.dumps({"file": path.name, **network.facts()}, indent=2)
        with write_atomic(path.with_name(f"{path.name}.json")) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    return ExportResult(path, size, difference, speed)


def _list_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [file for file in path.rglob("*") if file.is_file()]


def format_exports(rows: list[ExportResult]) -> str:
    """The exports for the screen."""
    width = max(len(row.path.name) for row in rows)
    lines = [
        f"{'file':<{width}}{'MB':>9}{'largest difference':>20}{'levels':>10}"
        f"{'images/s':>10}  quartiles"
    ]
    for path, size, difference, speed in rows:
        lines.append(
            f"{path.name:<{width}}{size / 1e6:>9.2f}{difference:>20.1e}"
            f"{difference * LEVELS:>10.2g}{speed.median:>10.3g}  "
            f"{speed.low:.3g} to {speed.high:.3g}"
        )
    return "\n".join(lines)


def export_run(settings: argparse.Namespace) -> None:
    """Export a generator to every format asked for, and print how each compares.

    Args:
        settings: Namespace, as returned by `parse_export_settings`.
    """
    with contextlib.suppress(RuntimeError):  # in a process that has used its GPU
        # A GPU's float32 has fewer digits than that of any runtime that is compared.
        tf.config.set_visible_devices([], "GPU")
    kinds = choose_formats(settings.format, settings.quantize)
    folder = Path(settings.run)
    model = Path(settings.model or folder / config.GENERATOR_FILE)
    info(f"loading the generator from {model}...")
    generator = load_generator(model)
    network = prepare_network(generator, settings.image_size)
    batches = create_batches(create_image_reader(settings), network)
    output = make_output_folder(settings.output or folder / EXPORT_FOLDER)

    info(f"the files take {_describe_sizes(network)}")
    precision = next((p for p in _list_precisions(generator) if p != "float32"), None)
    if precision:
        info(f"trained in {precision}, written in float32, as the weights are")
    expected = list(map(trace_model(network.model), batches))
    name = model.stem
    if settings.image_size:
        name += "_{}x{}".format(*settings.image_size)
    rows = []
    for kind in kinds:
        path = output / f"{name}{kind.suffix}"
        if path.resolve() == model.resolve():
            raise UserError(f"{path} would be written over: --output takes another DIR")
        info(f"writing {path}...")
        rows.append(
            export_network(kind, network, path, batches, expected, settings.bound)
        )
    print(format_exports(rows))


def _describe_sizes(network: Network) -> str:
    if network.is_open:
        return f"images whose height and width are multiples of {network.stride}"
    size = "{}x{}".format(*network.image_size)
    if network.stride is None:
        return f"images of {size} only, for the network is of one size"
    return f"one image of {size} at a time"


def _list_precisions(generator: keras.Model) -> list[str]:
    return [layer.dtype_policy.name for layer in generator.layers]
