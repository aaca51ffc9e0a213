"""A trained generator: save it, load it, and run it on batches of any length."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.atomic import write_atomic
from pyimagesearch.errors import UserError
from pyimagesearch.regular_files import find_irregularity
from pyimagesearch.schemas import SchemaError, decode_text, parse_json, show_value

CONFIG = "config.json"  # the file in a `.keras` file that names the layers
CODE = {"Lambda", "TFSMLayer", "__lambda__"}  # classes of Keras that run code
MAX_CONFIG = 10_000_000  # bytes; that of the largest generator has 60,000
MAX_UNPACKED = 4_000_000_000  # bytes of a `.keras` file; the largest generator has 0.2


def save_generator(generator: keras.Model, path: Path | str) -> None:
    """Save a generator atomically as the `.keras` file `path`."""
    with write_atomic(path) as temporary:
        generator.save(temporary)


def load_generator(path: Path | str) -> keras.Model:
    """Load a generator.

    Args:
        path: Path or str, a `.keras` file.

    Returns:
        keras.Model, maps images (B, H, W, C) to images (B, H, W, D).

    Raises:
        UserError: if the file does not exist or does not hold such a model.
    """
    path = Path(path)
    irregularity = find_irregularity(path)
    if irregularity:
        raise UserError(f"{path} {irregularity}: pass the file of a generator")
    if not path.is_file():
        raise UserError(
            f"there is no trained generator at {path}: train one with `python "
            f"train_pix2pix.py` (on a machine without a GPU: `python train_pix2pix.py "
            f"--dataset streets --recipe quick`)"
        )
    _check_archive(path)
    try:
        generator = keras.saving.load_model(path, compile=False)
        inputs = [tensor.shape for tensor in generator.inputs]
        outputs = [tensor.shape for tensor in generator.outputs]
        # A Sequential that was never called has no output.
        has_names = isinstance(getattr(generator, "output", None), dict)
    except MemoryError:
        raise
    except Exception as error:  # Keras raises any kind for a damaged file
        raise UserError(f"{path} is not a model that Keras can load") from error
    if not _is_generator(inputs, outputs) or has_names:
        raise UserError(
            f"{path} is not a pix2pix generator: it maps {_join_shapes(inputs)} to "
            f"{_join_shapes(outputs)}, and a generator maps images to images of the "
            f"same size"
        )
    return generator


def _check_archive(path: Path) -> None:
    """Check the size of a `.keras` file, and its layers, before Keras loads it.

    Other formats, such as HDF5, are refused: they may contain code.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > MAX_UNPACKED:
                raise UserError(
                    f"{path} unpacks to {size / 1e9:.1f} GB, and at most "
                    f"{MAX_UNPACKED / 1e9:.0f} GB are accepted: it is no generator of "
                    f"this package"
                )
            entry = archive.getinfo(CONFIG)
            if entry.file_size > MAX_CONFIG:
                raise SchemaError(f"its {CONFIG} has {entry.file_size:,} bytes")
            config = parse_json(decode_text(archive.read(entry)))
    except UserError:
        raise
    except MemoryError:
        raise
    except Exception as error:  # zipfile and zlib raise several kinds
        raise UserError(f"{path} is not a model that Keras can load") from error
    name = _find_code(config)
    if name:
        raise UserError(
            f"{path} is refused: its {show_value(name)} could run code from the file, "
            f"and no generator of this package has one"
        )


def _find_code(config: object) -> str | None:
    """Find a class in a model's config that runs code, or that calls a function.

    Keras refuses most of these itself in its safe mode. Some of its versions could be
    told by such a call to leave that mode (CVE-2025-8747, CVE-2025-9906), or loaded a
    SavedModel (CVE-2026-1462).
    """
    if isinstance(config, dict):
        name = config.get("class_name")
        is_call = name == "function" and config.get("module") != "builtins"
        if is_call or name in CODE:
            return f"{config.get('module')}.{name}"
        config = config.values()
    if isinstance(config, (str, int, float, type(None))):
        return None
    return next(filter(None, map(_find_code, config)), None)


def _is_generator(inputs: list[tuple], outputs: list[tuple]) -> bool:
    if len(inputs) != 1 or len(outputs) != 1:
        return False
    shapes = inputs[0], outputs[0]
    has_channels = all(len(shape) == 4 and shape[-1] for shape in shapes)
    return has_channels and inputs[0][:3] == outputs[0][:3]


def _join_shapes(shapes: list[tuple]) -> str:
    return " and ".join(map(str, shapes))


def get_channels(generator: keras.Model) -> tuple[int, int]:
    """Return the numbers of channels of a generator's inputs and results."""
    return generator.input_shape[-1], generator.output_shape[-1]


class FixedBatch:
    """Calls a function on batches that are padded to a fixed size.

    The function is traced once. An image in a smaller last batch gets exactly the
    result that it would get in a full batch.

    Args:
        function: callable, takes float32 tensors of shape `shape` and returns a
            tensor, or a structure of tensors, with the batch as the first axis.
        shape: tuple of int, (batch_size, H, W, C).
        batches: int, how many tensors `function` takes.
    """

    def __init__(self, function: Callable, shape: tuple[int, ...], batches: int = 1):
        self.batch_size = shape[0]
        spec = tf.TensorSpec(shape, tf.float32)
        # AutoGraph would wrap the exceptions that the function raises.
        traced = tf.function(function, [spec] * batches, autograph=False)
        self._function = traced.get_concrete_function()

    def __call__(self, *batches):
        """Call the function on float32 arrays (B, H, W, C), B at most `batch_size`.

        Returns:
            NumPy arrays with B rows, in the structure that the function returns.
        """
        number = len(batches[0])
        missing = [(0, self.batch_size - number), (0, 0), (0, 0), (0, 0)]
        results = self._function(*(np.pad(batch, missing) for batch in batches))
        return tf.nest.map_structure(lambda result: result[:number].numpy(), results)


def create_predictor(
    generator: keras.Model, batch_size: int, flag: str = "--model"
) -> Callable:
    """Create a function that runs a generator in inference mode.

    Args:
        generator: keras.Model, maps (B, H, W, C) to (B, H, W, D).
        batch_size: int, the largest batch that the function accepts.
        flag: str, the command-line flag that chooses this generator; the error
            message names it.

    Returns:
        callable, maps a float32 array (B, H, W, C) in [-1, 1] to a float32 array
        (B, H, W, D) in [-1, 1]. It raises a `UserError` if the output is not finite.
    """

    def generate(images):
        return tf.cast(generator(images, training=False), tf.float32)

    function = FixedBatch(generate, (batch_size, *generator.input_shape[1:]))

    def predict(images):
        outputs = function(images)
        if not np.isfinite(outputs).all():
            raise UserError(
                f"the generator outputs NaN or infinite values: its training has "
                f"diverged. Choose another generator with {flag}"
            )
        return outputs

    return predict
