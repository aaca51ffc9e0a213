"""Synthetic street scenes, to train pix2pix without a download."""

from pyimagesearch.datasets.streets.street_dataset import (
    SIZE,
    VERSION,
    encode_pair,
    render_pair,
    streets_folder,
    write_streets,
)

__all__ = [
    "SIZE",
    "VERSION",
    "encode_pair",
    "render_pair",
    "streets_folder",
    "write_streets",
]
