"""The command that imports the weights of PyTorch."""

import sys

import numpy as np
import pytest
from tiny import random_image, write_image
from torch_weights import call, random_unet, translate, write_legacy, write_zip

import inference
from pyimagesearch import import_weights
from pyimagesearch.cli import run_command
from pyimagesearch.datasets.image_decoding import read_image
from pyimagesearch.translation.generator import load_generator


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run_main(main, line):
        monkeypatch.setattr(sys, "argv", line.split())
        run_command(main)

    return run_main


def test_imported_weights_translate_images(tmp_path, run, capsys):
    state = random_unet(depth=5, width=4)
    write_legacy(tmp_path / "latest_net_G.pth", state)
    run(import_weights.main, "import_weights latest_net_G.pth --output models/g.keras")
    assert capsys.readouterr().out.splitlines() == [
        "[INFO] reading the weights in latest_net_G.pth...",
        "[INFO] a U-Net of 5 blocks, 4 filters in the first: from 3 to 3 channels, for "
        "images of 32x32 pixels",
        "[INFO] the norms use the statistics of each image, as the authors' test "
        "script does",
        "[INFO] saved the generator to models/g.keras; use it with `python "
        "inference.py --model models/g.keras --input photos`",
    ]

    image = random_image(3, 32, 32)
    write_image(tmp_path / "photos" / "1.png", image)
    flags = "--model models/g.keras --input photos --output translated"
    run(inference.main, f"inference.py {flags}")
    batch = np.moveaxis(image[None] / 127.5 - 1, 3, 1)
    expected = (np.moveaxis(translate(state, batch), 1, 3)[0] + 1) * 127.5
    assert expected.std() > 30
    found = read_image(tmp_path / "translated" / "1.png").astype(float)
    assert np.abs(found - expected).max() <= 1


def test_the_moving_averages_are_used_on_demand(tmp_path, run, capsys):
    state = random_unet(depth=5, channels=(2, 1))
    write_zip(tmp_path / "w.pth", state)
    run(import_weights.main, "import_weights w.pth --output g.keras --norm batch")
    printed = capsys.readouterr().out
    assert "from 2 to 1 channels" in printed
    assert "the norms use the moving averages in the file" in printed
    images = np.random.default_rng(0).uniform(-1, 1, (1, 2, 32, 32))
    found = load_generator(tmp_path / "g.keras")(np.moveaxis(images, 1, 3))
    expected = np.moveaxis(translate(state, images, "batch"), 1, 3)
    np.testing.assert_allclose(found, expected, atol=5e-5)


def hostile(_encoder):
    return {"w": call("posix", "system", b"X\x0e\0\0\0touch executed\x85")}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--output g.keras", "the following arguments are required: FILE"),
        ("w.pth", "the following arguments are required: --output"),
        ("w.pth --output g.h5", "--output g.h5 does not end in .keras: pass the name"),
        ("w.pth --output .", "--output . does not end in .keras: pass the name"),
        ("none.pth --output g.keras", "there is no file none.pth: pass a .pth file"),
        ("w.pth --output g.keras", "w.pth is refused: it refers to posix.system, and"),
        ("w.pth --output g.keras --norm no", "argument --norm: invalid choice: 'no'"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    tmp_path, run, capsys, line, sentence
):
    write_zip(tmp_path / "w.pth", hostile)
    with pytest.raises(SystemExit) as ended:
        run(import_weights.main, f"import_weights {line}")
    assert ended.value.code == 2
    (error,) = capsys.readouterr().err.splitlines()
    assert error.startswith(f"[ERROR] {sentence}")
    assert [path.name for path in tmp_path.iterdir()] == ["w.pth"]
