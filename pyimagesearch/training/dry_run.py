"""What a training would be: its settings, and its networks layer by layer."""

from argparse import Namespace

import keras
from keras import layers

from pyimagesearch.console import info
from pyimagesearch.paper_networks import PaperNetworks
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.receptive_field import fields, window
from pyimagesearch.training.precision import chosen_precision
from pyimagesearch.training.resume import shown

COLUMNS = "{:<24}{:<10}{:>17}{:>9}{:>13}"


def print_plan(settings: Namespace, networks: Pix2Pix | PaperNetworks) -> None:
    """Prints every setting and both networks; nothing is trained, written or fetched.

    Args:
        settings: of `training_settings`; its precision becomes the one chosen.
        networks: what builds them.
    """
    settings.precision, reason = chosen_precision(
        settings.precision, settings.image_size
    )
    info(f"precision {settings.precision}: {reason}")
    info("a training with these settings:")
    print(settings_table(settings))
    for network in (networks.generator(), networks.discriminator()):
        info(f"the {network.name}, {network.count_params():,} parameters:")
        print(layer_table(network))
    info("a dry run: nothing was trained, written, moved or downloaded")


def settings_table(settings: Namespace) -> str:
    """One line for each setting; "-" for what is left to the dataset or not there."""
    return "\n".join(
        f"{name.replace('_', '-'):<24}{'-' if value is None else shown(value)}"
        for name, value in vars(settings).items()
        if name != "dry_run"
    )


def layer_table(network: keras.Model) -> str:
    """One line for each layer.

    Returns:
        The kind of layer; the side of its kernel and its stride; the output's height,
        width and channels; its receptive field in pixels, as `fields` gives it; and
        its parameters.
    """
    lines = [COLUMNS.format("layer", "kernel", "output", "field", "parameters")]
    of_layer = fields(network)
    for layer in network.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        side, stride = window(layer)
        kernel = f"{side}x{side} /{stride}" if hasattr(layer, "strides") else ""
        field = of_layer[layer.name]
        lines.append(
            COLUMNS.format(
                type(layer).__name__,
                kernel,
                shown(layer.output.shape[1:]),
                field.size if field else "",
                f"{layer.count_params():,}",
            )
        )
    return "\n".join(lines)
