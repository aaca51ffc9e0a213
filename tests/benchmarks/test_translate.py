"""Translation: that files are measured against the network, on a few tiny pairs."""

import numpy as np
import pytest
from tiny import random_image

from pyimagesearch.benchmarks import translate
from pyimagesearch.datasets.image_files import read_image
from pyimagesearch.datasets.sources import Source


def test_translation_is_measured_against_the_bare_network(
    pairs_folder, measured, capsys
):
    flags = ["--data", pairs_folder, "--image-size", 32, "--batch-size", 2]
    figures = measured("translate", *flags, "--rounds", 3, "--seconds", 0.05)
    for name in ("network", "files"):
        rate = figures["images_per_second"][name]
        assert 0 < figures["lowest"][name] <= rate <= figures["highest"][name]
    ratio = figures["times_network"]
    assert 0 < figures["lowest_ratio"] <= ratio <= figures["highest_ratio"]
    assert f"files at {ratio:.1%} of the bare network" in capsys.readouterr().out


@pytest.mark.parametrize(("direction", "side"), [("AtoB", 0), ("BtoA", 1)])
def test_the_input_sides_are_translated(pairs_folder, tmp_path, direction, side):
    source = Source(pairs_folder, direction, None)
    files = translate._write_inputs(source, (32, 32), 2, tmp_path)
    assert len(files) == 2
    for seed, file in enumerate(files, 5):  # the validation pairs are from 5 on
        halves = np.split(random_image(seed), 2, axis=1)
        np.testing.assert_array_equal(read_image(file), halves[side])
