"""The pairs before a run."""

import sys

import numpy as np
import pytest

from pyimagesearch.cli import run_command
from pyimagesearch.datasets.image_files import read_image
from pyimagesearch.notebook import look
from pyimagesearch.visualization import GRID_CELL, GRID_GAP, GRID_TITLE


@pytest.mark.parametrize(("direction", "side"), [("BtoA", "right"), ("AtoB", "left")])
def test_pairs_and_an_input_are_drawn(
    pairs_folder, tmp_path, monkeypatch, capsys, direction, side
):
    out = tmp_path / "out"
    flags = ["--data", str(pairs_folder), "--direction", direction, "--count", "2"]
    monkeypatch.setattr(sys, "argv", ["look", *flags, "--output", str(out)])
    run_command(look.main)
    assert "[INFO] pairs: 5 to train on, 3 to validate on\n" in capsys.readouterr().out

    pair = read_image(pairs_folder / "val" / "5.png")
    halves = {"left": pair[:, :32], "right": pair[:, 32:]}
    np.testing.assert_array_equal(read_image(out / "input.png"), halves[side])
    drawn = read_image(out / "pairs.png")
    assert drawn.shape == (
        GRID_TITLE + 2 * (GRID_CELL + GRID_GAP),
        GRID_GAP + 2 * (GRID_CELL + GRID_GAP),
        3,
    )
    first = read_image(pairs_folder / "train" / "0.png")
    mask = first[0, 32] if side == "right" else first[0, 0]
    assert np.abs(drawn[GRID_TITLE, GRID_GAP].astype(int) - mask).max() <= 1
