"""The console command `pix2pix`: every command of the package under one name."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from pyimagesearch.process import prepare_process

HERE = Path(__file__).parent
COMMANDS = {
    "train": "train_pix2pix.py",
    "inference": "inference.py",
    "evaluate": "pyimagesearch.evaluate",
    "demo": "pyimagesearch.demo.__main__",
    "export": "pyimagesearch.export.__main__",
    "import-weights": "pyimagesearch.import_weights",
    "benchmark": "pyimagesearch.benchmark.__main__",
    "launch": "pyimagesearch.launch",
}


def main() -> None:
    """Run the command that the first argument names, with the other arguments."""
    prepare_process()  # before the imports, which take long

    from pyimagesearch.cli import run_command

    run_command(dispatch)


def dispatch() -> None:
    """Parse the name of the command, and run its script or module.

    Raises:
        UserError: if there is no such command.
    """
    import argparse

    from pyimagesearch.cli import Parser

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
    sys.argv = [f"pix2pix {arguments.command}", *arguments.flags]
    load_module(COMMANDS[arguments.command]).main()


def load_module(name: str) -> ModuleType:
    """Import a module of the package, or a script by the name of its file.

    An installed package has the scripts inside, a checkout beside the package.

    Args:
        name: str, the name of a module, or of a file that ends in ".py".

    Returns:
        ModuleType, the module.
    """
    if not name.endswith(".py"):
        return importlib.import_module(name)
    path = HERE / name
    if not path.exists():
        path = HERE.parent / name
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
