"""The ONNX file, read back by ONNX Runtime."""

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from pyimagesearch.results.export.network import INPUT, OUTPUT, named_function

OPSET = 17  # which ONNX Runtime has read since 1.12, of 2022
AXES = ("batch", "height", "width")


def write(model: keras.Model, path: Path) -> None:
    """Converts a model, as of `Network`."""
    import onnx
    import tf2onnx

    function = named_function(model)
    converted, _ = tf2onnx.convert.from_function(
        function, function.input_signature, opset=OPSET
    )
    for end in (*converted.graph.input, *converted.graph.output):
        for axis, dimension in zip(AXES, end.type.tensor_type.shape.dim, strict=False):
            if not dimension.dim_value:  # tf2onnx numbers the open ones
                dimension.dim_param = axis
    onnx.save(converted, path)


def describe(path: Path, facts: dict) -> None:
    """Puts facts into the file's `metadata_props`, as JSON but for texts."""
    import onnx

    texts = {
        name: fact if isinstance(fact, str) else json.dumps(fact)
        for name, fact in facts.items()
    }
    model = onnx.load(path)
    onnx.helper.set_model_props(model, texts)
    onnx.save(model, path)


def load(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Opens the file as a function from float32 (B, H, W, 3) arrays to such arrays."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda images: session.run([OUTPUT], {INPUT: images})[0]
