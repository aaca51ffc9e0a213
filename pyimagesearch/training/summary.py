"""Print the settings and the networks of a training: `--dry-run`."""

from argparse import Namespace

import keras
from keras import layers

from pyimagesearch.cli import info
from pyimagesearch.networks.paper_networks import PaperNetworks
from pyimagesearch.networks.receptive_field import get_window, measure_layer_fields
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.training.hardware import choose_precision
from pyimagesearch.training.resume import format_value

COLUMNS = "{:<24}{:<10}{:>17}{:>9}{:>13}"


def print_summary(settings: Namespace, networks: Pix2Pix | PaperNetworks) -> None:
    """Prints every setting and both networks; nothing is trained, written or fetched.

    Args:
        settings: of `training_settings`; its precision becomes the one chosen.
        networks: what builds them.
    """
    settings.precision, reason = choose_precision(
        settings.precision, settings.image_size
    )
    info(f"precision {settings.precision}: {reason}")
    info("a training with these settings:")
    print(format_settings(settings))
    for network in (networks.generator(), networks.discriminator()):
        info(f"the {network.name}, {network.count_params():,} parameters:")
        print(format_layers(network))
    info("a dry run: nothing was trained, written, moved or downloaded")


def format_settings(settings: Namespace) -> str:
    """One line for each setting; "-" for what is left to the dataset or not there."""
    return "\n".join(
        f"{name.replace('_', '-'):<24}{'-' if value is None else format_value(value)}"
        for name, value in vars(settings).items()
        if name != "dry_run"
    )


def format_layers(network: keras.Model) -> str:
    """One line for each layer.

    Returns:
        The kind of layer; the side of its kernel and its stride; the output's height,
        width and channels; its receptive field in pixels, as `fields` gives it; and
        its parameters.
    """
    lines = [COLUMNS.format("layer", "kernel", "output", "field", "parameters")]
    of_layer = measure_layer_fields(network)
    for layer in network.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        side, stride = get_window(layer)
        kernel = f"{side}x{side} /{stride}" if hasattr(layer, "strides") else ""
        field = of_layer[layer.name]
        lines.append(
            COLUMNS.format(
                type(layer).__name__,
                kernel,
                format_value(layer.output.shape[1:]),
                field or "",
                f"{layer.count_params():,}",
            )
        )
    return "\n".join(lines)
