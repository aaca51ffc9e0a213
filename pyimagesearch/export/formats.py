"""Export formats: how each is written, loaded and described."""

import importlib.util
import json
import os
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.atomic import create_temporary_folder, report_as
from pyimagesearch.errors import UserError
from pyimagesearch.export.comparison import ImageFunction
from pyimagesearch.export.network import INPUT, OUTPUT, create_serving_function
from pyimagesearch.translation.generator import load_generator

OPSET = 17  # readable by ONNX Runtime since 1.12, of 2022
AXES = ("batch", "height", "width")
EXTRAS = "pip install -r requirements-export.txt"

# The largest differences on [-1, 1] that count as rounding: several times those that
# were measured. A file with other weights or channels differs by about 1; a level of 8
# bits is 0.008.
EXACT = 1e-3  # 5e-7 measured; 9e-5 with 54 M weights and instance normalization
FLOAT16 = 0.01  # 2e-4 to 9e-4 measured; 1.4e-3 with 54 M weights
DYNAMIC = 0.2  # 0.005 to 0.04 measured, at single pixels
# Of the mean difference: single pixels at edges may differ by much more.
INT8 = 0.1  # 0.003 to 0.016 measured; 0.04 with random weights on noise


class Format(NamedTuple):
    """A format of files.

    Attributes:
        suffix: str, the end of the file's name; without a dot, it is a folder.
        write: callable, writes a model to a file, or into an empty folder.
        load: callable, loads it as a function of images.
        bound: float, the largest difference from Keras to accept, in [-1, 1].
        bounded: str, which difference that is, a field of `Difference`.
        is_calibrated: bool, whether it needs a network of a fixed size, and images of
            that size, on which `calibrate` sets them.
        describe: callable, puts a description into the file; None if the description
            goes into a file beside it.
        packages: tuple of str, the packages that it needs.
    """

    suffix: str
    write: Callable[[keras.Model, Path], None]
    load: Callable[[Path], ImageFunction]
    bound: float
    bounded: str = "largest"
    is_calibrated: bool = False
    describe: Callable[[Path, dict], None] | None = None
    packages: tuple[str, ...] = ()


def trace_model(model: keras.Model) -> ImageFunction:
    """Wrap a model as a function of float32 images (B, H, W, 3) that Keras runs."""
    spec = tf.TensorSpec(model.input_shape, tf.float32)
    function = tf.function(
        lambda images: model(images, training=False), input_signature=[spec]
    )
    return lambda images: function(images).numpy()


def _write_keras(model: keras.Model, path: Path) -> None:
    model.save(path)


def _load_keras(path: Path) -> ImageFunction:
    return trace_model(load_generator(path))


def _write_saved_model(model: keras.Model, folder: Path) -> None:
    """Write a SavedModel with one signature, `serving_default`.

    Keras's own `export` writes every weight twice.
    """
    module = tf.Module()
    # With Keras's variables, the TFLite converter writes a file without weights.
    module.weights = [variable.value for variable in model.variables]
    module.serve = create_serving_function(model)
    tf.saved_model.save(module, folder, signatures=module.serve)


def _load_saved_model(folder: Path) -> ImageFunction:
    loaded = tf.saved_model.load(folder)
    return lambda images: loaded.serve(tf.constant(images))[OUTPUT].numpy()


def _write_tflite(
    model: keras.Model,
    path: Path,
    quantize: str = "none",
    calibration: Iterable[np.ndarray] = (),
) -> None:
    """Write a TFLite file, with weights of 4, 2 ("float16") or 1 byte.

    "dynamic" has a scale for every output channel and computes in 8 bits, with ranges
    of the activations that it measures anew for every image. "int8" stores the ranges
    that the activations have on `calibration`, images (1, H, W, C). Its input and
    output are float32, like those of the other files. Layers without 8-bit kernels
    stay in float32.
    """
    with create_temporary_folder(path.parent) as folder, report_as(path, folder):
        _write_saved_model(model, folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
        if quantize != "none":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if quantize == "int8":
            converter.representative_dataset = lambda: map(list, zip(calibration))
            converter.target_spec.supported_ops = [
                tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
                tf.lite.OpsSet.TFLITE_BUILTINS,
            ]
        path.write_bytes(converter.convert())


class TFLiteFunction:
    """A TFLite interpreter as a function of float32 images (B, H, W, 3)."""

    def __init__(self, interpreter):
        self._interpreter = interpreter
        self._input = interpreter.get_input_details()[0]["index"]
        self._output = interpreter.get_output_details()[0]["index"]
        self._shape = None

    def __call__(self, images: np.ndarray) -> np.ndarray:
        interpreter = self._interpreter
        if images.shape != self._shape:
            interpreter.resize_tensor_input(self._input, images.shape, strict=True)
            interpreter.allocate_tensors()
            self._shape = images.shape
        interpreter.set_tensor(self._input, images)
        interpreter.invoke()
        return interpreter.get_tensor(self._output)


def _load_tflite(path: Path) -> TFLiteFunction:
    """Load a TFLite file with LiteRT, or with TensorFlow's own copy of it."""
    settings = {"model_content": path.read_bytes(), "num_threads": os.cpu_count()}
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        with warnings.catch_warnings():  # TensorFlow recommends the other package
            warnings.simplefilter("ignore", UserWarning)
            return TFLiteFunction(tf.lite.Interpreter(**settings))
    return TFLiteFunction(Interpreter(**settings))


def _write_onnx(model: keras.Model, path: Path) -> None:
    import onnx
    import tf2onnx

    function = create_serving_function(model)
    converted, _ = tf2onnx.convert.from_function(
        function, function.input_signature, opset=OPSET
    )
    for end in (*converted.graph.input, *converted.graph.output):
        for axis, dimension in zip(AXES, end.type.tensor_type.shape.dim, strict=False):
            if not dimension.dim_value:  # tf2onnx numbers the open ones
                dimension.dim_param = axis
    onnx.save(converted, path)


def _describe_onnx(path: Path, description: dict) -> None:
    """Put a description into `metadata_props`: strings as such, the rest as JSON."""
    import onnx

    properties = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in description.items()
    }
    model = onnx.load(path)
    onnx.helper.set_model_props(model, properties)
    onnx.save(model, path)


def _load_onnx(path: Path) -> ImageFunction:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda images: session.run([OUTPUT], {INPUT: images})[0]


FORMAT_TABLE = {  # by the names in `export_settings.FORMATS`
    "keras": Format(".keras", _write_keras, _load_keras, EXACT),
    "saved_model": Format("_saved_model", _write_saved_model, _load_saved_model, EXACT),
    "tflite": Format(".tflite", _write_tflite, _load_tflite, EXACT),
    "onnx": Format(
        ".onnx",
        _write_onnx,
        _load_onnx,
        EXACT,
        describe=_describe_onnx,
        packages=("onnx", "tf2onnx", "onnxruntime"),
    ),
}


def _create_quantized(name: str, bound: float, **options) -> Format:
    write = partial(_write_tflite, quantize=name)
    return Format(f"_{name}.tflite", write, _load_tflite, bound, **options)


QUANTIZED = {  # by the names in `export_settings.QUANTIZATIONS`, but "none"
    "float16": _create_quantized("float16", FLOAT16),
    "dynamic": _create_quantized("dynamic", DYNAMIC),
    "int8": _create_quantized("int8", INT8, bounded="mean", is_calibrated=True),
}


def calibrate(format_: Format, images: Iterable[np.ndarray]) -> Format:
    """Set the images on which a format is calibrated.

    Args:
        format_: Format, one that `is_calibrated`.
        images: iterable of float32 arrays (1, H, W, C) in [-1, 1].

    Returns:
        Format, which can write one file if `images` is an iterator.
    """
    return format_._replace(write=partial(format_.write, calibration=images))


def choose_formats(names: list[str], quantize: list[str] | None) -> list[Format]:
    """Choose the formats that the flags name.

    Args:
        names: list of str, keys of `FORMAT_TABLE`.
        quantize: list of str, "none" and keys of `QUANTIZED`, for "tflite"; None is
            the same as "none".

    Returns:
        list of Format.

    Raises:
        UserError: if a package is missing, or `quantize` is given without "tflite".
    """
    if quantize and "tflite" not in names:
        flag = "--int8" if quantize == ["int8"] else "--quantize"
        raise UserError(f"{flag} requires --format tflite")
    formats = []
    for name in dict.fromkeys(names):
        format_ = FORMAT_TABLE[name]
        if name == "tflite":
            kinds = dict.fromkeys(quantize or ["none"])
            formats += [QUANTIZED.get(kind, format_) for kind in kinds]
        else:
            formats.append(format_)
        missing = [p for p in format_.packages if not _is_installed(p)]
        if missing:
            raise UserError(
                f"--format {name} requires {' and '.join(missing)}: {EXTRAS}"
            )
    return formats


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
