"""The `.tflite` file, read back by LiteRT, or by TensorFlow's own copy of it."""

import os
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.files import UNFINISHED
from pyimagesearch.results.export import saved_model


def write(model: keras.Model, path: Path, quantize: str = "none") -> None:
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
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=UNFINISHED) as folder:
        saved_model.write(model, Path(folder))
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if quantize != "none":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]
        path.write_bytes(converter.convert())


class Interpreted:
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


def load(path: Path) -> Interpreted:
    """Opens the file in an interpreter that uses every processor."""
    settings = {"model_content": path.read_bytes(), "num_threads": os.cpu_count()}
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        with warnings.catch_warnings():  # TensorFlow recommends the other package
            warnings.simplefilter("ignore", UserWarning)
            return Interpreted(tf.lite.Interpreter(**settings))
    return Interpreted(Interpreter(**settings))
