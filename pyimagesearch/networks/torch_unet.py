"""Builds the paper's generator with the weights of the authors' PyTorch code.

There, a U-Net is a block within a block: every one but the innermost holds the next.
"""

import itertools
from pathlib import Path

import keras
import numpy as np
from keras import layers

from pyimagesearch.errors import UserError
from pyimagesearch.networks.paper_networks import ENCODER, PaperNetworks
from pyimagesearch.networks.torch_file import read_state_dict

SMALLEST_DEPTH = 5  # blocks; the authors' code builds no fewer
FIRST = "model.model.0.weight"  # of the first convolution
LAST = "model.model.3.weight"  # of the last transposed convolution
SECOND_BIAS = "model.model.1.model.1.bias"  # before a norm that has a beta otherwise
NORM = ("weight", "bias", "running_mean", "running_var")
COUNTER = ".num_batches_tracked"  # of a norm, in newer files; not needed


def load_torch_generator(path: Path, norm: str = "instance") -> keras.Model:
    """Load a U-Net that the authors' PyTorch code has trained, such as `unet_256`.

    Args:
        path: Path, the `.pth` file, such as `latest_net_G.pth`.
        norm: str, "instance" normalizes every image by its own statistics, as the
            authors' test script does. "batch" uses the moving averages in the file.

    Returns:
        keras.Model, from images, float32 (B, S, S, C) in [-1, 1], to generated images,
        float32 (B, S, S, D) in [-1, 1]. S is 2 to the number of blocks: 256 pixels for
        `unet_256`.

    Raises:
        UserError: if the file does not hold such a U-Net.
    """
    state = read_state_dict(path)
    names = [name for name in state if not name.endswith(COUNTER)]
    depth = _count_blocks(state)
    if FIRST in state and SECOND_BIAS in state:
        raise UserError(
            f"{path} holds a U-Net that PyTorch has trained with `--norm instance`: "
            f"only those of `--norm batch`, the default there, can be imported"
        )
    _check_shape(state, FIRST, (None, None, 4, 4), path)
    _check_shape(state, LAST, (None, None, 4, 4), path)
    width, input_channels = state[FIRST].shape[:2]
    output_channels = state[LAST].shape[1]
    expected = _list_shapes(depth, width, input_channels, output_channels)
    for name, shape in expected.items():
        _check_shape(state, name, shape, path)
    for name in names:
        if name not in expected:
            raise UserError(
                f"{path} is no U-Net of the paper: it has the entry {name}, which a "
                f"U-Net of {depth} blocks does not have"
            )

    size = 2**depth
    generator = PaperNetworks(
        size,
        size,
        width=width,
        norm=norm,
        input_channels=input_channels,
        output_channels=output_channels,
    ).generator()
    _assign(generator, state, depth)
    return generator


def _count_blocks(state: dict[str, np.ndarray]) -> int:
    """Count the blocks, as far as the paper's generator goes."""
    depth = SMALLEST_DEPTH
    while depth < len(ENCODER) and f"{_name_block(depth)}.1.weight" in state:
        depth += 1
    return depth


def _name_block(level: int) -> str:
    """Return the prefix of a block's entries, from 0 for the outermost."""
    return "model.model" + ".1.model" * (level > 0) + ".3.model" * (level - 1)


def _name_layers(depth: int) -> tuple[list[str], list[str], list[str]]:
    """List the names of the layers, in the order in which an image passes them.

    Returns the convolutions, the transposed convolutions and the norms.
    """
    blocks = [_name_block(level) for level in range(depth)]
    outermost, *inner, innermost = blocks
    downs = [f"{outermost}.0", *(f"{block}.1" for block in blocks[1:])]
    inner_ups = [f"{block}.5" for block in reversed(inner)]
    ups = [f"{innermost}.3", *inner_ups, f"{outermost}.3"]
    norms = [f"{block}.2" for block in inner]
    norms += [f"{innermost}.4", *(f"{block}.6" for block in reversed(inner))]
    return downs, ups, norms


def _list_shapes(
    depth: int, width: int, input_channels: int, output_channels: int
) -> dict[str, tuple[int, ...]]:
    """List the entries of a U-Net and their shapes."""
    downs, ups, norms = _name_layers(depth)
    filters = [multiple * width for multiple in ENCODER[:depth]]
    shapes = {}
    pairs = itertools.pairwise([input_channels, *filters])
    for name, (before, after) in zip(downs, pairs, strict=True):
        shapes[f"{name}.weight"] = (after, before, 4, 4)
    up_filters = [*filters[-2::-1], output_channels]
    before = filters[-1]
    for name, after in zip(ups, up_filters, strict=True):
        shapes[f"{name}.weight"] = (before, after, 4, 4)
        before = 2 * after  # joined with the skip
    shapes[f"{ups[-1]}.bias"] = (output_channels,)
    norm_filters = [*filters[1:-1], *up_filters[:-1]]
    for name, channels in zip(norms, norm_filters, strict=True):
        shapes |= {f"{name}.{part}": (channels,) for part in NORM}
    return shapes


def _check_shape(
    state: dict[str, np.ndarray], name: str, shape: tuple, path: Path
) -> None:
    """Check that an entry is there and has a shape; None stands for any side."""
    if name not in state:
        raise UserError(f"{path} is no U-Net of the paper: the entry {name} is missing")
    found = state[name].shape
    sides = [side or other for side, other in zip(shape, found, strict=False)]
    if len(found) != len(shape) or tuple(sides) != found or 0 in found:
        expected = "x".join(str(side or "N") for side in shape)
        raise UserError(
            f"{path} is no U-Net of the paper: its entry {name} is "
            f"{'x'.join(map(str, found)) or 'a number'}, not {expected}"
        )


def _assign(generator: keras.Model, state: dict[str, np.ndarray], depth: int) -> None:
    """Give a generator the weights; a bias that is not in the file is 0."""
    downs, ups, norms = map(iter, _name_layers(depth))
    is_innermost = True
    for layer in generator.layers:
        if isinstance(layer, layers.Conv2D):
            name = next(downs)
            values = [state[f"{name}.weight"].transpose(2, 3, 1, 0)]
        elif isinstance(layer, layers.Conv2DTranspose):
            name = next(ups)
            kernel = state[f"{name}.weight"]
            if not is_innermost:  # here the skip comes second, there it comes first
                kernel = np.roll(kernel, len(kernel) // 2, axis=0)
            is_innermost = False
            values = [kernel.transpose(2, 3, 1, 0)]
        elif layer.weights:
            name = next(norms)
            values = [state[f"{name}.{part}"] for part in NORM[: len(layer.weights)]]
        else:
            continue
        if getattr(layer, "use_bias", False):
            values.append(state.get(f"{name}.bias", np.zeros(layer.filters)))
        layer.set_weights(values)
