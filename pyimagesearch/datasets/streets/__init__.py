"""Street scenes rendered here, so that pix2pix trains without a download."""

from pyimagesearch.datasets.streets.render import SEED, SIZE, render_pair
from pyimagesearch.datasets.streets.written import (
    encode_pair,
    streets_folder,
    write_streets,
)

__all__ = [
    "SEED",
    "SIZE",
    "encode_pair",
    "render_pair",
    "streets_folder",
    "write_streets",
]
