"""What a run finds out before it begins."""

import pytest

from pyimagesearch.datasets.palettes import PALETTES
from pyimagesearch.datasets.sources import Source
from pyimagesearch.training import run
from pyimagesearch.training.training_settings import parse_training_settings


@pytest.mark.parametrize(
    ("dataset", "direction", "label_side", "palette"),
    [
        ("streets", "AtoB", "B", PALETTES["streets"]),
        ("facades", "AtoB", "B", PALETTES["facades"]),
        ("streets", "BtoA", "B", None),  # makes photos
        ("streets", "AtoB", None, None),
        ("maps", "AtoB", "B", None),  # whose colours are not known
    ],
)
def test_label_maps_of_known_colours_are_scored(
    tmp_path, pairs_folder, monkeypatch, dataset, direction, label_side, palette
):
    source = Source(pairs_folder, direction, label_side)
    monkeypatch.setattr(run, "open_source_from_settings", lambda settings: source)
    flags = ["--dataset", dataset, "--output", str(tmp_path / "run")]
    assert run.Run(parse_training_settings(flags)).palette == palette


def test_own_pairs_have_no_known_colours(tmp_path, pairs_folder):
    flags = ["--data", str(pairs_folder), "--direction", "AtoB", "--label-side", "B"]
    flags += ["--output", str(tmp_path / "run")]
    assert run.Run(parse_training_settings(flags)).palette is None
