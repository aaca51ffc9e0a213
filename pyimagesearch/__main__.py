"""The console command `pix2pix`: every command of the package under one name."""

import argparse
import runpy
import sys
from pathlib import Path

from pyimagesearch.cli import Parser, run_command

HERE = Path(__file__).parent
COMMANDS = {
    "train": "train_pix2pix.py",
    "inference": "inference.py",
    "evaluate": "pyimagesearch.evaluate",
    "export": "pyimagesearch.export",
    "benchmark": "pyimagesearch.benchmark",
}


def main() -> None:
    """Run the command that the first argument names, with the other arguments."""
    run_command(dispatch)


def dispatch() -> None:
    """Parse the name of the command, and run its script or module.

    Raises:
        UserError: if there is no such command.
    """
    parser = Parser(
        "pix2pix",
        "Train pix2pix, use what it has learned, and measure both.",
        "train --dataset streets --recipe quick",
        usage="%(prog)s COMMAND [FLAG ...]",
    )
    parser.add_argument(
        "command",
        choices=COMMANDS,
        metavar="COMMAND",
        help=f"{', '.join(COMMANDS)}; pix2pix COMMAND --help lists its flags",
    )
    parser.add_argument("flags", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    target = COMMANDS[arguments.command]
    sys.argv = [f"pix2pix {arguments.command}", *arguments.flags]
    if target.endswith(".py"):
        runpy.run_path(str(find_script(target)), run_name="__main__")
    else:
        runpy.run_module(target, run_name="__main__")


def find_script(name: str) -> Path:
    """Find a script: in the package if it is installed, beside it in a checkout.

    Args:
        name: str, the name of the script's file.

    Returns:
        Path, the file.
    """
    installed = HERE / name
    return installed if installed.exists() else HERE.parent / name


if __name__ == "__main__":
    main()
