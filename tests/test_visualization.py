"""The pixels of grids, and the panels and curves of training plots."""

import cv2
import numpy as np
import pytest
from matplotlib.image import imread

from pyimagesearch import visualization
from pyimagesearch.visualization import (
    GRID_CELL,
    GRID_DPI,
    GRID_GAP,
    GRID_TITLE,
    PANELS,
    save_curves,
    save_grid,
    save_image,
    to_uint8,
)

NAMES = [name for panel in PANELS.values() for name in panel]


def random_images(rows, height, width, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (rows, height, width, 3)).astype(np.float32)


def read_image(path):
    return np.rint(imread(path)[..., :3] * 255).astype(np.uint8)


def test_to_uint8_rounds_and_clips():
    values = np.array([-0.1, 0.0, 0.1, -1.0, 1.0, 3.0])
    assert to_uint8(values).tolist() == [115, 128, 140, 0, 255, 255]


def test_a_saved_image_is_rgb(tmp_path):
    image = to_uint8(random_images(1, 5, 7)[0])
    save_image(tmp_path / "image.png", image)
    np.testing.assert_array_equal(read_image(tmp_path / "image.png"), image)
    assert [path.name for path in tmp_path.iterdir()] == ["image.png"]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("size", [(64, 64), (256, 256), (32, 64)])
def test_grid_repeats_pixels_exactly(tmp_path, rows, size):
    batches = {
        name: random_images(rows, *size, seed) for seed, name in enumerate("abc")
    }
    save_grid(tmp_path / "grid.png", batches)
    grid = read_image(tmp_path / "grid.png")

    zoom = GRID_CELL // size[1]
    height, width = zoom * size[0], zoom * size[1]
    assert grid.shape == (
        GRID_TITLE + rows * (height + GRID_GAP),
        GRID_GAP + 3 * (width + GRID_GAP),
        3,
    )
    for column, batch in enumerate(batches.values()):
        left = GRID_GAP + column * (width + GRID_GAP)
        for row, image in enumerate(to_uint8(batch)):
            top = GRID_TITLE + row * (height + GRID_GAP)
            np.testing.assert_array_equal(
                grid[top : top + height, left : left + width],
                image.repeat(zoom, 0).repeat(zoom, 1),
            )


def test_grid_titles_are_centred_above_their_columns(tmp_path):
    white = np.ones((1, 64, 64, 3), np.float32)
    save_grid(tmp_path / "grid.png", {"Input Image": white, "": white, "label": white})
    titles = read_image(tmp_path / "grid.png")[:GRID_TITLE]
    inked = (titles < 128).any(axis=(0, 2)).nonzero()[0]
    first, last = inked[inked < 400], inked[inked >= 400]
    middles = [
        GRID_GAP + GRID_CELL / 2 + column * (GRID_CELL + GRID_GAP) for column in (0, 2)
    ]
    assert abs(first.mean() - middles[0]) < 12
    assert abs(last.mean() - middles[1]) < 12


@pytest.mark.parametrize(
    ("rows", "height", "width"), [(1, 600, 900), (2, 100, 3000), (300, 64, 64)]
)
def test_grid_size_is_limited(tmp_path, rows, height, width):
    black = np.zeros((rows, height, width, 3), np.float32)
    save_grid(tmp_path / "grid.png", dict.fromkeys("abc", black))
    grid_height, grid_width, _ = cv2.imread(str(tmp_path / "grid.png")).shape
    assert grid_width <= 1600
    assert grid_height <= 16000


def test_grid_has_150_dpi_and_needs_no_display(tmp_path, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("MPLBACKEND", "TkAgg")
    batches = {name: random_images(8, 256, 256) for name in "abc"}
    save_grid(tmp_path / "grid.png", batches)
    with (tmp_path / "grid.png").open("rb") as file:
        header = file.read(200)
    density = int.from_bytes(header[header.index(b"pHYs") + 4 :][:4], "big")
    assert density == round(GRID_DPI / 0.0254)  # pixels per metre


def test_a_grid_that_cannot_be_written_leaves_no_file(tmp_path):
    folder = tmp_path / "grid.png"
    folder.mkdir()
    with pytest.raises(OSError, match="grid"):
        save_grid(folder, {"a": random_images(1, 32, 32)})
    assert list(tmp_path.iterdir()) == [folder]
    assert not list(folder.iterdir())


@pytest.fixture
def figures(monkeypatch):
    """The figures that the test draws."""
    created = []

    class RecordedFigure(visualization.Figure):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            created.append(self)

    monkeypatch.setattr(visualization, "Figure", RecordedFigure)
    return created


def test_every_logged_value_has_its_curve(tmp_path, figures):
    rows = [
        {"epoch": epoch} | {name: epoch + index for index, name in enumerate(NAMES)}
        for epoch in range(3)
    ]
    save_curves(tmp_path / "losses.png", rows)
    (figure,) = figures
    assert [axes.get_title() for axes in figure.axes] == list(PANELS)
    drawn = [line.get_xydata().tolist() for axes in figure.axes for line in axes.lines]
    assert drawn == [
        [[0, index], [1, index + 1], [2, index + 2]] for index in range(len(NAMES))
    ]
    assert np.ptp(imread(tmp_path / "losses.png")) > 0.5


def test_panels_without_values_are_left_out(tmp_path, figures):
    save_curves(tmp_path / "losses.png", [{"epoch": 0, "l1Loss": 0.5, "ganLoss": 1.0}])
    assert [axes.get_title() for axes in figures[0].axes] == ["Adversarial", "L1"]
