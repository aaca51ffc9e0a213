"""The grid's pixels, size and rows."""

import cv2
import numpy as np
import pytest
from matplotlib.image import imread

from pyimagesearch.visualization import CELL, GAP, GRID_DPI, TITLE, save_grid, to_uint8


def pictures(rows, height, width, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (rows, height, width, 3)).astype(np.float32)


def read(path):
    return np.rint(imread(path)[..., :3] * 255).astype(np.uint8)


def test_values_are_rounded_and_never_stretched():
    faint = np.array([-0.1, 0.0, 0.1, -1.0, 1.0, 3.0])
    assert to_uint8(faint).tolist() == [115, 128, 140, 0, 255, 255]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("size", [(64, 64), (256, 256), (32, 64)])
def test_pixels_are_shown_as_they_are(tmp_path, rows, size):
    batches = {name: pictures(rows, *size, seed) for seed, name in enumerate("abc")}
    save_grid(tmp_path / "grid.png", batches)
    grid = read(tmp_path / "grid.png")

    zoom = CELL // size[1]
    height, width = zoom * size[0], zoom * size[1]
    assert grid.shape == (
        TITLE + rows * (height + GAP),
        GAP + 3 * (width + GAP),
        3,
    )
    for column, batch in enumerate(batches.values()):
        for row, picture in enumerate(to_uint8(batch)):
            top, left = TITLE + row * (height + GAP), GAP + column * (width + GAP)
            np.testing.assert_array_equal(
                grid[top : top + height, left : left + width],
                picture.repeat(zoom, 0).repeat(zoom, 1),
            )


def test_the_titles_are_written_over_their_columns(tmp_path):
    white = np.ones((1, 64, 64, 3), np.float32)
    save_grid(tmp_path / "grid.png", {"Input Image": white, "": white, "label": white})
    inked = (read(tmp_path / "grid.png")[:TITLE] < 128).any(axis=(0, 2)).nonzero()[0]
    first, last = inked[inked < 400], inked[inked >= 400]
    middles = [GAP + CELL / 2 + column * (CELL + GAP) for column in (0, 2)]
    assert abs(first.mean() - middles[0]) < 12
    assert abs(last.mean() - middles[1]) < 12


@pytest.mark.parametrize(
    ("rows", "height", "width"), [(1, 600, 900), (2, 100, 3000), (300, 64, 64)]
)
def test_no_grid_is_wider_than_1600_pixels_nor_endless(tmp_path, rows, height, width):
    small = np.zeros((rows, height, width, 3), np.float32)
    save_grid(tmp_path / "grid.png", dict.fromkeys("abc", small))
    tall, wide, _ = cv2.imread(str(tmp_path / "grid.png")).shape
    assert wide <= 1600
    assert tall <= 16000


def test_a_grid_of_150_dpi_needs_no_display(tmp_path, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("MPLBACKEND", "TkAgg")
    batches = {name: pictures(8, 256, 256) for name in "abc"}
    save_grid(tmp_path / "grid.png", batches)
    with (tmp_path / "grid.png").open("rb") as file:
        header = file.read(200)
    density = int.from_bytes(header[header.index(b"pHYs") + 4 :][:4], "big")
    assert density == round(GRID_DPI / 0.0254)  # pixels a metre


def test_a_grid_that_cannot_be_written_leaves_nothing(tmp_path):
    folder = tmp_path / "grid.png"
    folder.mkdir()
    with pytest.raises(OSError, match="grid"):
        save_grid(folder, {"a": pictures(1, 32, 32)})
    assert list(tmp_path.iterdir()) == [folder]
    assert not list(folder.iterdir())
