"""Start a training with the weights of another one: `--init-from`."""

from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from pyimagesearch import config
from pyimagesearch.cli import info
from pyimagesearch.errors import UserError
from pyimagesearch.networks.torch_unet import load_torch_generator
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.checkpoint import (
    EMA,
    check_graph,
    group_by_part,
    read_checkpoint,
)
from pyimagesearch.translation.generator import load_generator

TITLES = {"generator": "generator", "discriminator": "discriminator", EMA: "EMA"}


class InitialWeights(NamedTuple):
    """The weights of another training.

    Attributes:
        path: Path, the run's folder or the generator's file.
        parts: dict, the weights of "generator" and, if they are known, of
            "discriminator" and `EMA`: float arrays in the order of `Model.weights`.
        layers: list of str or None, the classes of the generator's layers, if known.
    """

    path: Path
    parts: dict[str, list[np.ndarray]]
    layers: list[str] | None = None


def read_initial_weights(
    path: Path, network: str, norm: str | None = None
) -> InitialWeights:
    """Read the weights of a run or of a generator's file.

    Args:
        path: Path, the folder of a run, or a `.keras` or `.pth` file.
        network: str, the value of --network, whose networks take the weights.
        norm: str or None, its normalization, for a `.pth` file.

    Raises:
        UserError: if there are no weights, or they are of no such network.
    """
    if path.is_dir():
        return _read_run(path, network)
    if not path.exists():
        raise UserError(
            f"--init-from {path}: there is no such file and no such folder of a run"
        )
    if path.suffix != ".pth":
        return _list_generator(path, load_generator(path))
    if network != "paper":
        raise UserError(
            f"--init-from {path}: a .pth file has the paper's generator: add "
            f"--network paper"
        )
    return _list_generator(path, load_torch_generator(path, norm))


def _read_run(run: Path, network: str) -> InitialWeights:
    checkpoint = read_checkpoint(run / config.CHECKPOINT_FILE)
    if checkpoint is None:
        path = run / config.GENERATOR_FILE
        if not path.exists():
            raise UserError(
                f"--init-from {run}: there is neither {config.CHECKPOINT_FILE} nor "
                f"{config.GENERATOR_FILE} in this folder"
            )
        info(f"{run} has no checkpoint: only the weights of its generator are known")
        return _list_generator(path, load_generator(path))._replace(path=run)
    check_graph(checkpoint, network, run)
    parts = group_by_part(checkpoint.variables)
    # The seeds of the dropout layers are integers, and no weights.
    weights = {
        part: [array for array in parts[part] if array.dtype.kind == "f"]
        for part in TITLES
        if part in parts
    }
    return InitialWeights(run, weights)


def _list_generator(path: Path, generator: keras.Model) -> InitialWeights:
    return InitialWeights(
        path, {"generator": generator.get_weights()}, _list_layers(generator)
    )


def _list_layers(network: keras.Model) -> list[str]:
    layers = network.layers
    if len(layers) > 4 and not layers[1].trainable:
        layers = layers[:1] + layers[4:]  # without the classes of the inputs
    return [type(layer).__name__ for layer in layers]


def initialize_model(model: Pix2PixTraining, initial: InitialWeights) -> dict:
    """Assign the weights of another training, and say which layers start anew.

    Only the first and the last layer of a network may have other shapes, if the
    channels of the inputs or the targets differ. The EMA starts with the generator's
    weights if `initial` has none.

    Args:
        model: Pix2PixTraining, compiled.
        initial: InitialWeights, as returned by `read_initial_weights`.

    Returns:
        dict with "path", "parts" (list of str, what was taken) and "new_layers" (list
        of str, what was not), for the record of the run.

    Raises:
        UserError: if a layer differs otherwise.
    """
    networks = {"generator": model.generator, "discriminator": model.discriminator}
    parts = dict(initial.parts)
    average = parts.pop(EMA, None)
    if average and model.ema:
        networks[EMA], parts[EMA] = model.ema.network, average
    elif average:
        parts["generator"] = average
    matches = {
        part: _match_layers(networks[part], arrays, part, initial)
        for part, arrays in parts.items()
    }
    _check_layer_classes(model.generator, initial)

    for part, match in matches.items():
        if part == EMA:  # for its new layers
            networks[EMA].set_weights(model.generator.get_weights())
        for layer, arrays in match:
            if arrays:
                layer.set_weights(arrays)
    if model.ema and EMA not in parts:
        model.ema.network.set_weights(model.generator.get_weights())

    new_layers = [
        f"{part} {layer.name}"
        for part, match in matches.items()
        for layer, arrays in match
        if not arrays and part != EMA
    ]
    _say_what_was_taken(initial, matches, new_layers, average and not model.ema)
    return {"path": str(initial.path), "parts": list(matches), "new_layers": new_layers}


def _match_layers(network, arrays, part, initial) -> list[tuple]:
    """Give each layer with weights its arrays, or None if it starts anew.

    The fixed layer of `ResidualNetworks` for the classes of its inputs keeps its own.
    """
    layers = [layer for layer in network.layers if layer.weights and layer.trainable]
    channels = {
        layers[0]: layers[0].input.shape[-1],
        layers[-1]: network.outputs[0].shape[-1],
    }
    # No generator here begins with a trainable kernel of 1x1.
    if part != "discriminator" and arrays[0].shape[:2] == (1, 1):
        arrays = arrays[2:]
    hint = ""
    if part == "discriminator":
        hint = f", or {config.GENERATOR_FILE} in that folder for the generator alone"
    matches, arrays = [], list(arrays)
    for layer in layers:
        shapes = [tuple(weight.shape) for weight in layer.weights]
        found, arrays = arrays[: len(shapes)], arrays[len(shapes) :]
        found_shapes = [array.shape for array in found]
        if found_shapes == shapes:
            matches.append((layer, found))
        elif _differ_in_channels(found_shapes, shapes, channels.get(layer)):
            matches.append((layer, None))
        else:
            raise UserError(
                f"--init-from {initial.path}: the {TITLES[part]} is another network. "
                f"Its first layer that differs is {layer.name}: its weights have the "
                f"shapes {_join_shapes(found_shapes)} there and {_join_shapes(shapes)} "
                f"here; choose the same networks{hint}"
            )
    if arrays:
        raise UserError(
            f"--init-from {initial.path}: the {TITLES[part]} is another network: after "
            f"the last layer here, it has weights of the shapes "
            f"{_join_shapes([array.shape for array in arrays])}"
        )
    return matches


def _differ_in_channels(found: list, shapes: list, channels: int | None) -> bool:
    """Return whether shapes differ only along one axis, the one of the channels."""
    if channels is None or len(found) != len(shapes):
        return False
    for one, other in zip(found, shapes, strict=True):
        sizes = [size for size in zip(one, other, strict=False) if len(set(size)) > 1]
        if len(one) != len(other) or len(sizes) > 1:
            return False
        if sizes and sizes[0][1] != channels:
            return False
    return True


def _join_shapes(shapes: list[tuple]) -> str:
    return " ".join(map(str, shapes)) or "no weights"


def _check_layer_classes(generator: keras.Model, initial: InitialWeights) -> None:
    """Refuse a network with the same weights whose layers are others."""
    if initial.layers is None:
        return
    layers = _list_layers(generator)
    for number, (there, here) in enumerate(
        zip(initial.layers, layers, strict=False), start=1
    ):
        if there != here:
            raise UserError(
                f"--init-from {initial.path}: the generator has the same weights, but "
                f"is another network: layer {number} is a {there} there and a {here} "
                f"here"
            )
    if len(layers) != len(initial.layers):
        raise UserError(
            f"--init-from {initial.path}: the generator has the same weights, but is "
            f"another network: it has {len(initial.layers)} layers there and "
            f"{len(layers)} here"
        )


def _say_what_was_taken(initial, parts, new_layers, is_averaged) -> None:
    names = ", ".join(TITLES[part] for part in parts)
    info(f"starting with the weights of {initial.path}: {names}")
    if is_averaged:
        info("the generator starts with the weights of the EMA")
    if "discriminator" not in parts:
        info("the discriminator starts with random weights")
    if new_layers:
        info(
            f"the numbers of channels differ, so these layers start with random "
            f"weights: {', '.join(new_layers)}"
        )
