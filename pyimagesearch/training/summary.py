"""Print the settings and the networks without training: `--dry-run`."""

from argparse import Namespace

import keras
from keras import layers

from pyimagesearch.cli import info, show_lines
from pyimagesearch.networks.receptive_field import get_window, measure_layer_fields
from pyimagesearch.terminal import escape_controls
from pyimagesearch.training.hardware import choose_precision
from pyimagesearch.training.model_building import Networks
from pyimagesearch.training.resume import format_value

COLUMNS = "{:<24}{:<10}{:>17}{:>9}{:>13}"


def print_summary(settings: Namespace, networks: Networks) -> None:
    """Print every setting and the layers of both networks.

    Args:
        settings: Namespace, as returned by `parse_training_settings`. Its precision is
            replaced by the chosen one.
        networks: Networks, as returned by `choose_networks`.
    """
    settings.precision, reason = choose_precision(
        settings.precision, settings.image_size, settings.network
    )
    info(f"precision {settings.precision}: {reason}")
    info("settings:")
    show_lines(format_settings(settings))
    for network in (networks.generator(), networks.discriminator()):
        info(f"{network.name}, {network.count_params():,} parameters:")
        show_lines(format_layers(network))
    info("dry run: nothing was trained, written, moved or downloaded")


def format_settings(settings: Namespace) -> str:
    """Format the settings, one line for each, with "-" if it has no value."""
    shown = {
        name.replace("_", "-"): "-" if value is None else format_value(value)
        for name, value in vars(settings).items()
        if name != "dry_run"
    }
    return "\n".join(
        f"{name:<24}{escape_controls(value)}" for name, value in shown.items()
    )


def format_layers(network: keras.Model) -> str:
    """Format the layers of a network as a table.

    Returns:
        str, one line per layer: its class, its kernel size and stride, the height,
        width and channels of its output, its receptive field in pixels (see
        `measure_layer_fields`), and its number of parameters.
    """
    lines = [COLUMNS.format("layer", "kernel", "output", "field", "parameters")]
    fields = measure_layer_fields(network)
    for layer in network.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        side, stride = get_window(layer)
        kernel = f"{side}x{side} /{stride}" if hasattr(layer, "strides") else ""
        field = fields[layer.name].size if fields[layer.name] else ""
        output, parameters = layer.output.shape[1:], f"{layer.count_params():,}"
        cells = type(layer).__name__, kernel, format_value(output), field, parameters
        lines.append(COLUMNS.format(*cells))
    return "\n".join(lines)
