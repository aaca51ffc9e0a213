"""The flags of `python -m pyimagesearch.demo`."""

import argparse
from pathlib import Path

from pyimagesearch import config
from pyimagesearch.cli import INTEGER, SIZE, Parser, parse_integer
from pyimagesearch.datasets.format_settings import PALETTE
from pyimagesearch.datasets.palettes import PALETTES
from pyimagesearch.run_record import read_run_record
from pyimagesearch.translation.run_settings import (
    add_run_flags,
    find_run,
    parse_run_flags,
)

LAST_PORT = 65535


def parse_demo_settings() -> argparse.Namespace:
    """Parse the flags; see `parse_run_flags`.

    With `--model`, the run is the one that the file lies in: the palette and the
    examples of another run would belong to another generator.

    Returns:
        argparse.Namespace, the settings. `has_dataset` is whether a flag or the record
        of the run names a dataset.
    """
    parser = Parser(
        "python -m pyimagesearch.demo",
        "Open a local page on which you paint label maps and drop photos, and see what "
        "a trained generator makes of them.",
        "--run outputs",
    )
    add_run_flags(parser)
    _add_image_flags(parser)
    _add_page_flags(parser)
    passed = parser.parse_args()
    if passed.model:
        parser.set_defaults(run=str(find_run(Path(passed.model))))
    settings = parse_run_flags(parser)
    is_recorded = read_run_record(Path(settings.run)) is not None
    settings.has_dataset = bool(passed.dataset or passed.data) or is_recorded
    return settings


def _add_image_flags(parser: Parser) -> None:
    add = parser.add_argument_group("images of the page").add_argument
    text = "pixels, the size of the label maps to paint [that of the training]"
    add("--image-size", **SIZE, help=text)
    text = (
        f"the class colors to paint with: {', '.join(PALETTES)}, or a CSV file of "
        "name,r,g,b [the training's]"
    )
    add("--palette", **PALETTE, help=text)
    text = "refuse uploaded images of more than N pixels before they are decoded"
    add("--upload-pixels", **INTEGER, default=config.UPLOAD_PIXELS, help=text)
    text = "refuse uploaded files of more than N megabytes"
    add("--upload-megabytes", **INTEGER, default=config.UPLOAD_MEGABYTES, help=text)


def _add_page_flags(parser: Parser) -> None:
    add = parser.add_argument_group("where the page is").add_argument
    text = (
        "the address to listen on; 0.0.0.0 lets other machines of the network use the "
        "page"
    )
    add("--host", metavar="HOST", default=config.DEMO_HOST, help=text)
    text = "the port to listen on; if it is in use, the next free one"
    port = {"type": _parse_port, "metavar": "N"}
    add("--port", **port, default=config.DEMO_PORT, help=text)
    add("--no-browser", action="store_true", help="do not open the page in a browser")
    text = (
        "also open a public address for a week, through a server of Gradio: images "
        "leave this machine"
    )
    add("--share", action="store_true", help=text)


def _parse_port(text: str) -> int:
    """Parse the number of a port; an argparse type."""
    port = parse_integer(text, minimum=1)
    if port > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is more than {LAST_PORT}")
    return port
