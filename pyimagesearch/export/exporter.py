"""Export a generator: write, load and compare each file before it is kept."""

import argparse
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from pyimagesearch.atomic import write_atomic, write_atomic_folder
from pyimagesearch.cli import FAILED, info, make_output_folder, show_lines
from pyimagesearch.errors import RunStoppedError, UserError
from pyimagesearch.export.comparison import (
    LEVELS,
    Difference,
    ImageFunction,
    Speed,
    create_batches,
    measure_difference,
    measure_scores,
    measure_speed,
)
from pyimagesearch.export.export_images import ExportImages
from pyimagesearch.export.export_settings import EXPORT_FOLDER
from pyimagesearch.export.formats import (
    Format,
    calibrate,
    choose_formats,
    trace_model,
)
from pyimagesearch.export.network import Network, prepare_network
from pyimagesearch.terminal import escape_controls
from pyimagesearch.translation.generator import get_channels, load_generator
from pyimagesearch.translation.run_settings import find_formats, find_generator


class ExportResult(NamedTuple):
    """An exported file.

    Attributes:
        path: Path, the file or folder.
        size: int, bytes.
        difference: float, the largest difference from Keras, in [-1, 1].
        speed: Speed under its own runtime, one image at a time.
    """

    path: Path
    size: int
    difference: float
    speed: Speed


def export_run(settings: argparse.Namespace) -> None:
    """Export a generator to all formats asked for, and print how they compare.

    Args:
        settings: Namespace, as returned by `parse_export_settings`.
    """
    with contextlib.suppress(RuntimeError):  # in a process that has used its GPU
        # A GPU's float32 has fewer digits than that of the runtimes it is compared to.
        tf.config.set_visible_devices([], "GPU")
    formats = choose_formats(settings.format, settings.quantize)
    model = find_generator(settings)
    info(f"loading the generator from {model}...")
    generator = load_generator(model)
    sides = find_formats(settings, model, get_channels(generator))
    network = prepare_network(generator, settings.image_size, sides)
    images = ExportImages(settings, sides)
    batches = create_batches(images.read, network)
    output = make_output_folder(settings.output or Path(settings.run, EXPORT_FOLDER))

    info(f"the files accept {_describe_sizes(network)}")
    precisions = {layer.dtype_policy.name for layer in generator.layers} - {"float32"}
    if precisions:
        info(f"trained in {min(precisions)}, exported in float32 like the weights")
    expected = list(map(trace_model(network.model), batches))
    name = model.stem
    if settings.image_size:
        name += "_{}x{}".format(*settings.image_size)
    results = []
    for format_ in formats:
        path = output / f"{name}{format_.suffix}"
        if path.resolve() == model.resolve():
            raise UserError(f"{path} would be overwritten: choose another --output")
        info(f"writing {path}...")
        if format_.is_calibrated:
            fixed = prepare_network(generator, network.image_size, sides)
            result = _export_calibrated(format_, fixed, path, images, settings.bound)
        else:
            result = export_network(
                format_, network, path, batches, expected, settings.bound
            )
        results.append(result)
    show_lines(format_results(results))


def _describe_sizes(network: Network) -> str:
    if network.is_open:
        return f"images whose height and width are multiples of {network.stride}"
    size = "{}x{}".format(*network.image_size)
    if network.stride is None:
        return f"images of {size} only: the network has a fixed size"
    return f"one image of {size} at a time"


def _export_calibrated(
    format_: Format,
    network: Network,
    path: Path,
    images: ExportImages,
    bound: float | None,
) -> ExportResult:
    """Export a network of a fixed size to a file that is calibrated on images."""
    height, width = network.image_size
    info(
        f"{path.name} accepts one image of {height}x{width} at a time, the size of its "
        f"calibration"
    )
    batches = create_batches(images.read, network)
    keras_function = trace_model(network.model)

    def describe(function: ImageFunction) -> dict:
        examples = images.iterate_examples(height, width)
        scores = measure_scores(function, keras_function, examples)
        kind = "validation pairs" if images.has_targets else "images of --input"
        info(
            f"{path.name}: L1 from Keras {scores.from_keras:.4f} "
            f"({scores.from_keras * LEVELS:.2g} levels of 8 bits), {scores.examples} "
            f"{kind}"
        )
        if images.has_targets:
            loss = scores.to_targets - scores.keras_to_targets
            info(
                f"{path.name}: L1 to the targets {scores.to_targets:.4f}, of Keras "
                f"{scores.keras_to_targets:.4f} ({loss:+.4f})"
            )
        else:
            info(f"{path.name}: no L1 to targets, which {kind} do not have")
        return {
            "quantization": {
                "weights": "int8",
                "activations": "int8",
                "calibration_images": images.calibration_count,
                "l1": scores._asdict(),
            }
        }

    calibrated = calibrate(format_, images.iterate_calibration(height, width))
    expected = list(map(keras_function, batches))
    return export_network(calibrated, network, path, batches, expected, bound, describe)


def export_network(
    format_: Format,
    network: Network,
    path: Path,
    batches: list[np.ndarray],
    expected: list[np.ndarray],
    bound: float | None = None,
    describe: Callable[[ImageFunction], dict] | None = None,
) -> ExportResult:
    """Export a network to one file or folder, if its outputs are those of Keras.

    Args:
        format_: Format, calibrated if it needs that.
        network: Network.
        path: Path of the file or folder. The description is in it or beside it.
        batches: list of float32 arrays (B, h, w, C) in [-1, 1]; the first image is
            timed.
        expected: list of float32 arrays, the outputs of Keras for them.
        bound: float, the difference to accept; that of the format if None.
        describe: callable, measures what else the description says of the file.

    Returns:
        ExportResult.

    Raises:
        RunStoppedError: if the difference is larger; the file is removed.
        OSError: if the file cannot be written.
    """
    is_file = "." in format_.suffix
    with (write_atomic if is_file else write_atomic_folder)(path) as temporary:
        format_.write(network.model, temporary)
        if format_.describe:
            format_.describe(temporary, network.describe())
        function = format_.load(temporary)
        differences = measure_difference(function, batches, expected)
        _check_difference(path, differences, format_.bounded, bound or format_.bound)
        facts = describe(function) if describe else {}
        speed = measure_speed(function, batches[0][:1])
        files = [temporary] if is_file else temporary.rglob("*")
        size = sum(file.stat().st_size for file in files if file.is_file())
    if not format_.describe:
        text = json.dumps({"file": path.name, **network.describe(), **facts}, indent=2)
        with write_atomic(path.with_name(f"{path.name}.json")) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    return ExportResult(path, size, differences.largest, speed)


def _check_difference(
    path: Path, differences: Difference, bounded: str, bound: float
) -> None:
    difference = getattr(differences, bounded)
    if difference <= bound:  # not if it is NaN
        return
    average = " on average" if bounded == "mean" else ""
    raise RunStoppedError(
        f"{path.name} was not kept: its outputs differ from those of Keras by "
        f"{difference:.2g} ({difference * LEVELS:.2g} levels of 8 bits){average}, more "
        f"than {bound:.2g}; --bound sets another limit",
        FAILED,
    )


def format_results(results: list[ExportResult]) -> str:
    """Format the exports as a table for the terminal."""
    names = [escape_controls(result.path.name) for result in results]
    width = max(map(len, names))
    lines = [
        f"{'file':<{width}}{'MB':>9}{'largest difference':>20}{'levels':>10}"
        f"{'images/s':>10}  quartiles"
    ]
    for name, (_, size, difference, speed) in zip(names, results, strict=True):
        lines.append(
            f"{name:<{width}}{size / 1e6:>9.2f}{difference:>20.1e}"
            f"{difference * LEVELS:>10.2g}{speed.median:>10.3g}  "
            f"{speed.low:.3g} to {speed.high:.3g}"
        )
    return "\n".join(lines)
