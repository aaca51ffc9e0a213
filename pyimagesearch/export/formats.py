"""Export formats: how each is written, loaded and compared."""

import errno
import importlib.util
import json
import os
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.atomic import TEMPORARY_PREFIX
from pyimagesearch.errors import UserError
from pyimagesearch.export.network import INPUT, OUTPUT, create_serving_function
from pyimagesearch.translation.generator import load_generator


def write_keras(model: keras.Model, path: Path) -> None:
    """Saves a model."""
    model.save(path)


def load_keras(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Opens the file as a function from float32 (B, H, W, 3) arrays to such arrays."""
    return trace_model(load_generator(path))


def trace_model(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """A model as such a function, which Keras runs."""
    spec = tf.TensorSpec(model.input_shape, tf.float32)
    function = tf.function(
        lambda images: model(images, training=False), input_signature=[spec]
    )
    return lambda images: function(images).numpy()


def write_saved_model(model: keras.Model, folder: Path) -> None:
    """Saves a model, with one signature, `serving_default`, from `image` to `picture`.

    Keras's own `export` writes every weight twice.

    Args:
        model: as of `Network`.
        folder: an empty one.

    Raises:
        OSError: where the disk is full.
    """
    module = tf.Module()
    # Bare variables: of Keras's, the TFLite converter makes a file without weights.
    module.weights = [variable.value for variable in model.variables]
    module.serve = create_serving_function(model)
    try:
        tf.saved_model.save(module, folder, signatures=module.serve)
    except tf.errors.ResourceExhaustedError as error:
        raise OSError(errno.ENOSPC, error.message) from error


def load_saved_model(folder: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Opens it as a function from float32 (B, H, W, 3) arrays to such arrays."""
    loaded = tf.saved_model.load(folder)
    return lambda images: loaded.serve(tf.constant(images))[OUTPUT].numpy()


def write_tflite(model: keras.Model, path: Path, quantize: str = "none") -> None:
    """Converts a model.

    Args:
        model: as of `Network`.
        path: the file.
        quantize: "none"; "float16", the weights in 2 bytes; or "dynamic", the weights
            in 1 byte, with a scale for every output channel, and the activations
            brought to 8 bits while the file runs.

    Raises:
        OSError: where the disk is full.
    """
    with tempfile.TemporaryDirectory(
        dir=path.parent, prefix=TEMPORARY_PREFIX
    ) as folder:
        write_saved_model(model, Path(folder))
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if quantize != "none":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]
        path.write_bytes(converter.convert())


class TFLiteFunction:
    """An interpreter as a function from float32 (B, H, W, 3) arrays to such arrays."""

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


def load_tflite(path: Path) -> TFLiteFunction:
    """Opens the file in an interpreter that uses every processor."""
    settings = {"model_content": path.read_bytes(), "num_threads": os.cpu_count()}
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        with warnings.catch_warnings():  # TensorFlow recommends the other package
            warnings.simplefilter("ignore", UserWarning)
            return TFLiteFunction(tf.lite.Interpreter(**settings))
    return TFLiteFunction(Interpreter(**settings))


OPSET = 17  # which ONNX Runtime has read since 1.12, of 2022
AXES = ("batch", "height", "width")


def write_onnx(model: keras.Model, path: Path) -> None:
    """Converts a model, as of `Network`."""
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


def describe_onnx(path: Path, facts: dict) -> None:
    """Puts facts into the file's `metadata_props`, as JSON but for texts."""
    import onnx

    texts = {
        name: fact if isinstance(fact, str) else json.dumps(fact)
        for name, fact in facts.items()
    }
    model = onnx.load(path)
    onnx.helper.set_model_props(model, texts)
    onnx.save(model, path)


def load_onnx(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Opens the file as a function from float32 (B, H, W, 3) arrays to such arrays."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda images: session.run([OUTPUT], {INPUT: images})[0]


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
    "keras": Format(".keras", write_keras, load_keras, EXACT),
    "saved_model": Format("_saved_model", write_saved_model, load_saved_model, EXACT),
    "tflite": Format(".tflite", write_tflite, load_tflite, EXACT),
    "onnx": Format(
        ".onnx",
        write_onnx,
        load_onnx,
        EXACT,
        describe_onnx,
        ("onnx", "tf2onnx", "onnxruntime"),
    ),
}
QUANTIZED = {
    quantize: Format(
        f"_{quantize}.tflite",
        partial(write_tflite, quantize=quantize),
        load_tflite,
        bound,
    )
    for quantize, bound in (("float16", FLOAT16), ("dynamic", DYNAMIC))
}


def choose_formats(names: list[str], quantize: list[str] | None) -> list[Format]:
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
