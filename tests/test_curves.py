"""The picture of the curves: its panels, and what is drawn in them."""

import numpy as np
import pytest
from matplotlib.image import imread

from pyimagesearch import visualization
from pyimagesearch.visualization import PANELS, save_curves

NAMES = [name for panel in PANELS.values() for name in panel]


@pytest.fixture
def figures(monkeypatch):
    """The figures that are drawn."""
    made = []

    class Kept(visualization.Figure):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            made.append(self)

    monkeypatch.setattr(visualization, "Figure", Kept)
    return made


def test_every_figure_has_its_curve(tmp_path, figures):
    rows = [
        {"epoch": epoch} | {name: epoch + place for place, name in enumerate(NAMES)}
        for epoch in range(3)
    ]
    save_curves(tmp_path / "losses.png", rows)
    (figure,) = figures
    assert [axes.get_title() for axes in figure.axes] == list(PANELS)
    drawn = [line.get_xydata().tolist() for axes in figure.axes for line in axes.lines]
    assert drawn == [
        [[0, place], [1, place + 1], [2, place + 2]] for place in range(len(NAMES))
    ]
    assert np.ptp(imread(tmp_path / "losses.png")) > 0.5


def test_one_epoch_without_validation(tmp_path, figures):
    save_curves(tmp_path / "losses.png", [{"epoch": 0, "l1Loss": 0.5, "ganLoss": 1.0}])
    assert [axes.get_title() for axes in figures[0].axes] == ["Adversarial", "L1"]
