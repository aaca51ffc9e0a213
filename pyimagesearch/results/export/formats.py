"""The formats, and how far each may be from Keras."""

import importlib.util
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from pyimagesearch.errors import UserError
from pyimagesearch.results.export import keras_file, onnx_file, saved_model, tflite

EXTRAS = "pip install -r requirements-export.txt"


class Format(NamedTuple):
    """A kind of file.

    Attributes:
        suffix: what the file's name ends in; without a dot it is a folder.
        write: writes a network to a file, or into an empty folder.
        load: opens that as a function, from float32 (B, H, W, 3) arrays to such arrays.
        bound: the largest difference from Keras, on [-1, 1], that is taken for right.
        describe: puts facts into the file; None where they go into a file beside it.
        packages: what it needs besides the package's own requirements.
    """

    suffix: str
    write: Callable[[keras.Model, Path], None]
    load: Callable[[Path], Callable[[np.ndarray], np.ndarray]]
    bound: float
    describe: Callable[[Path, dict], None] | None = None
    packages: tuple[str, ...] = ()


# The largest differences on [-1, 1] that are taken for rounding, several times those
# that were measured; a file with other weights or channels differs by about 1. One
# level of 8 bits is 0.008.
EXACT = 1e-3  # 5e-7 measured; 9e-5 with 54 M weights and instance normalisation
FLOAT16 = 0.01  # 2e-4 to 9e-4 measured; 1.4e-3 with 54 M weights
DYNAMIC = 0.2  # 0.005 to 0.04 measured, at single pixels

FORMATS = {
    "keras": Format(".keras", keras_file.write, keras_file.load, EXACT),
    "saved_model": Format("_saved_model", saved_model.write, saved_model.load, EXACT),
    "tflite": Format(".tflite", tflite.write, tflite.load, EXACT),
    "onnx": Format(
        ".onnx",
        onnx_file.write,
        onnx_file.load,
        EXACT,
        onnx_file.describe,
        ("onnx", "tf2onnx", "onnxruntime"),
    ),
}
QUANTIZED = {
    quantize: Format(
        f"_{quantize}.tflite",
        partial(tflite.write, quantize=quantize),
        tflite.load,
        bound,
    )
    for quantize, bound in (("float16", FLOAT16), ("dynamic", DYNAMIC))
}


def chosen_formats(names: list[str], quantize: list[str] | None) -> list[Format]:
    """The formats of the flags.

    Args:
        names: keys of `FORMATS`.
        quantize: "none" and keys of `QUANTIZED`, for "tflite"; None is "none".

    Raises:
        UserError: where a package is missing, or nothing is there to quantize.
    """
    if quantize and "tflite" not in names:
        raise UserError("--quantize is for --format tflite")
    chosen = []
    for name in dict.fromkeys(names):
        if name == "tflite":
            hows = dict.fromkeys(quantize or ["none"])
            chosen += [QUANTIZED.get(how, FORMATS[name]) for how in hows]
        else:
            chosen.append(FORMATS[name])
        missing = [p for p in FORMATS[name].packages if not _is_installed(p)]
        if missing:
            raise UserError(
                f"--format {name} needs {' and '.join(missing)}, which "
                f"{'is' if len(missing) == 1 else 'are'} not installed: {EXTRAS}"
            )
    return chosen


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
