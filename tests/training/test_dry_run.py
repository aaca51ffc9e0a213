"""What a dry run prints, and that it writes nothing."""

import sys

import pytest

import train_pix2pix
from pyimagesearch import config
from pyimagesearch.networks.paper_networks import PaperNetworks
from pyimagesearch.training.summary import format_layers, format_settings
from pyimagesearch.training.training_settings import parse_training_settings


def test_every_layer_has_a_line():
    discriminator = PaperNetworks(32, 48, patch=16).discriminator()
    lines = [
        " ".join(line.split()) for line in format_layers(discriminator).split("\n")
    ]
    assert lines == [
        "layer kernel output field parameters",
        "Concatenate 32x48x6 1 0",
        "ZeroPadding2D 34x50x6 1 0",
        "Conv2D 4x4 /2 16x24x64 4 6,208",
        "LeakyReLU 16x24x64 4 0",
        "ZeroPadding2D 18x26x64 4 0",
        "Conv2D 4x4 /1 15x23x128 10 131,072",
        "GroupNormalization 15x23x128 10 256",
        "LeakyReLU 15x23x128 10 0",
        "ZeroPadding2D 17x25x128 10 0",
        "Conv2D 4x4 /1 14x22x1 16 2,049",
    ]


def test_every_setting_is_printed():
    settings = parse_training_settings(["--recipe", "paper", "--image-size", "32x48"])
    printed = dict(
        line.split(maxsplit=1) for line in format_settings(settings).split("\n")
    )
    flags = {name.replace("_", "-") for name in vars(settings)}
    assert printed.keys() == flags - {"dry-run"}
    assert printed["image-size"] == "32x48"
    assert printed["d-loss-weight"] == "0.5"
    assert printed["patch"] == "70"
    assert printed["data"] == "-"


@pytest.mark.parametrize("more", [[], ["--resume"]], ids=["new", "resume"])
def test_no_file_is_changed(tmp_path, monkeypatch, capsys, more):
    monkeypatch.chdir(tmp_path)
    before = tmp_path / config.BASE_OUTPUT_PATH / "images" / "000.png"
    before.parent.mkdir(parents=True)
    before.write_bytes(b"previous run")
    flags = ["--dry-run", "--network", "paper", "--patch", "1", "--image-size", "32"]
    flags += ["--dataset-url", "http://127.0.0.1:9/none.tar.gz", *more]
    monkeypatch.setattr(sys, "argv", ["train_pix2pix.py", *flags])

    train_pix2pix.main()

    printed = capsys.readouterr().out
    assert "generator, 16,659,651 parameters" in printed
    assert "discriminator, 9,025 parameters" in printed
    assert "precision               float32" in printed  # chosen by "auto" at 32 pixels
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [before]
    assert before.read_bytes() == b"previous run"
