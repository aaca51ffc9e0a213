"""The pictures of a run, at the size of a cell."""

import json

import cv2
import numpy as np
import pytest

pytest.importorskip("IPython", reason="pip install -r requirements-notebook.txt")

from pyimagesearch.notebook.pictures import (
    curves,
    epoch_grids,
    grid,
    newest_grid,
    progress,
)
from pyimagesearch.visualization import GRID_CELL, GRID_GAP, GRID_TITLE, save_grid


@pytest.fixture
def run_folder(tmp_path):
    """Grids of epochs 0 to 10 with five rows, grey and brighter from epoch to epoch."""
    (tmp_path / "images").mkdir()
    record = {"pairs": {"val": {"count": 5}}}
    (tmp_path / "run.json").write_text(json.dumps(record))
    for epoch in range(11):
        grey = np.full((5, 32, 32, 3), epoch / 10 - 0.5, np.float32)
        names = ("Input Image", "Pix2Pix Prediction", "Target Label")
        save_grid(tmp_path / "images" / f"{epoch:03}.png", dict.fromkeys(names, grey))
    return tmp_path


def pixels(image):
    assert image.format == "jpeg"
    return cv2.imdecode(np.frombuffer(image.data, np.uint8), cv2.IMREAD_COLOR)


def level(epoch):
    return pytest.approx((epoch / 10 + 0.5) * 127.5, abs=2)


def test_a_grid_is_its_first_rows_made_smaller(run_folder):
    picture = pixels(newest_grid(run_folder))
    full = (
        GRID_TITLE + 3 * (GRID_CELL + GRID_GAP),
        GRID_GAP + 3 * (GRID_CELL + GRID_GAP),
    )
    assert picture.shape == (round(full[0] * 640 / full[1]), 640, 3)
    assert picture[-100, 100, 0] == level(10)
    assert len(newest_grid(run_folder).data) < 100_000
    few = pixels(grid(run_folder, run_folder / "images" / "003.png", rows=1))
    assert few.shape[0] == round((GRID_TITLE + GRID_CELL + GRID_GAP) * 640 / full[1])
    assert few[-100, 100, 0] == level(3)


def test_the_progress_is_from_the_first_epoch_to_the_last(run_folder):
    picture = pixels(progress(run_folder))
    zoom = 640 / (GRID_GAP + 3 * (GRID_CELL + GRID_GAP))
    middles = [
        int((GRID_TITLE + row * (GRID_CELL + GRID_GAP) + GRID_CELL / 2) * zoom)
        for row in range(5)
    ]
    assert [picture[y, 100, 0] for y in middles] == [
        level(epoch) for epoch in (0, 2, 5, 8, 10)
    ]
    assert len(picture) < middles[-1] + GRID_CELL


def test_epochs_are_in_the_order_of_their_numbers(run_folder):
    (run_folder / "images" / "010.png").rename(run_folder / "images" / "1000.png")
    (run_folder / "images" / "grid.png").write_bytes(b"not an epoch's")
    names = [path.stem for path in epoch_grids(run_folder)]
    assert names == [*(f"{epoch:03}" for epoch in range(10)), "1000"]


def test_a_run_that_has_drawn_nothing_has_nothing_to_show(tmp_path):
    assert newest_grid(tmp_path) is None
    assert curves(tmp_path) is None
