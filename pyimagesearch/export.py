"""`python -m pyimagesearch.export`: a trained generator for other runtimes."""

import contextlib
from pathlib import Path

from pyimagesearch import config  # first: it turns TensorFlow's start-up noise down

# isort: split
import keras
import tensorflow as tf

from pyimagesearch.command_line import run, writable_folder
from pyimagesearch.console import info
from pyimagesearch.errors import UserError
from pyimagesearch.results.export.exported import exported, table
from pyimagesearch.results.export.flags import EXPORT_FOLDER, export_settings
from pyimagesearch.results.export.formats import chosen_formats
from pyimagesearch.results.export.images import compared_batches, reader
from pyimagesearch.results.export.keras_file import traced
from pyimagesearch.results.export.network import Network, network_to_export
from pyimagesearch.results.generator_file import load_generator


def main() -> None:
    """Writes the files, one after the other, and prints how they compare."""
    settings = export_settings()
    with contextlib.suppress(RuntimeError):  # in a process that has used its GPU
        # A GPU's float32 has fewer digits than that of any runtime that is compared.
        tf.config.set_visible_devices([], "GPU")
    kinds = chosen_formats(settings.format, settings.quantize)
    folder = Path(settings.run)
    model = Path(settings.model or folder / config.GENERATOR_FILE)
    info(f"loading the generator from {model}...")
    generator = load_generator(model)
    network = network_to_export(generator, settings.image_size)
    batches = compared_batches(reader(settings), network)
    output = writable_folder(settings.output or folder / EXPORT_FOLDER)

    info(f"the files take {_what(network)}")
    precision = next((p for p in _precisions(generator) if p != "float32"), None)
    if precision:
        info(f"trained in {precision}, written in float32, as the weights are")
    expected = list(map(traced(network.model), batches))
    name = model.stem
    if settings.image_size:
        name += "_{}x{}".format(*settings.image_size)
    rows = []
    for kind in kinds:
        path = output / f"{name}{kind.suffix}"
        if path.resolve() == model.resolve():
            raise UserError(f"{path} would be written over: --output takes another DIR")
        info(f"writing {path}...")
        rows.append(exported(kind, network, path, batches, expected, settings.bound))
    print(table(rows))


def _what(network: Network) -> str:
    if network.is_open:
        return f"images whose height and width are multiples of {network.stride}"
    size = "{}x{}".format(*network.image_size)
    if network.stride is None:
        return f"images of {size} only, for the network is of one size"
    return f"one image of {size} at a time"


def _precisions(generator: keras.Model) -> list[str]:
    return [layer.dtype_policy.name for layer in generator.layers]


if __name__ == "__main__":
    run(main)
