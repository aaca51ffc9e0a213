"""The installed package: its console command, and what a wheel holds."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from pyimagesearch import __main__ as console
from pyimagesearch import __version__

REPOSITORY = Path(__file__).parents[1]
ASSETS = {
    f"pyimagesearch/evaluation/report/page.{kind}" for kind in ("html", "css", "js")
}
SCRIPTS = {"pyimagesearch/train_pix2pix.py", "pyimagesearch/inference.py"}


def pix2pix(*arguments):
    """Runs the console command from the checkout."""
    return subprocess.run(
        [sys.executable, "-m", "pyimagesearch", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", console.COMMANDS)
def test_every_command_has_its_help(command):
    done = pix2pix(command, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: pix2pix {command} ")


def test_the_version_is_the_packages():
    assert pix2pix("--version").stdout == f"pix2pix-keras {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["trian"], "argument COMMAND: invalid choice: 'trian'"),
        (["train", "--epoch", "3"], "unrecognized arguments: --epoch 3: did you mean"),
    ],
)
def test_a_wrong_call_is_one_line(arguments, message):
    done = pix2pix(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("[ERROR] ")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_scripts_of_a_checkout_are_beside_the_package():
    module = console.load_module("inference.py")
    assert Path(module.__file__) == REPOSITORY / "inference.py"


class Installation:
    """A fresh environment with the package, and an empty folder to work in."""

    def __init__(self, folder):
        venv.create(folder / "venv", with_pip=True)
        self.bin = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        self.folder = folder / "elsewhere"
        self.folder.mkdir()
        self.environment = {**os.environ, "KERAS_HOME": str(folder / "keras")}
        self.environment.pop("PYTHONPATH", None)

    def run(self, program, *arguments):
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        print(f"$ {program} {' '.join(arguments)}\n{done.stdout}")
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.mark.slow
def test_installed_it_trains_from_an_empty_folder(tmp_path):
    installed = Installation(tmp_path)
    installed.run("python", "-m", "pip", "install", "--quiet", str(REPOSITORY))
    code = "from importlib.metadata import files; print(*files('pix2pix-keras'))"
    files = set(installed.run("python", "-c", code).split())
    assert files >= ASSETS | SCRIPTS
    assert {
        f.split("/")[0] for f in files if ".." not in f and "dist-info" not in f
    } == {"pyimagesearch"}

    flags = ("--recipe", "quick", "--epochs", "1", "--steps-per-epoch", "2")
    installed.run("pix2pix", "train", "--dataset", "streets", *flags)
    installed.run("pix2pix", "inference")
    assert (installed.folder / "outputs" / "images" / "grid.png").is_file()
    installed.run("pix2pix", "evaluate", "--gallery", "4")
    assert (installed.folder / "outputs" / "report" / "index.html").is_file()
    code = "from pyimagesearch.Pix2PixGAN import Pix2Pix; print(Pix2Pix(256, 256))"
    assert "Pix2Pix object" in installed.run("python", "-c", code)
