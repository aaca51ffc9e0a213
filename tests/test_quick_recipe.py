"""The quick recipe, from nothing to a generator that beats the mean picture."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import train_pix2pix
from pyimagesearch import config
from pyimagesearch.datasets.augmentation import scale_array
from pyimagesearch.datasets.folders import list_pairs
from pyimagesearch.datasets.pairs import PairFiles, load_into_memory

SCRIPT = Path(train_pix2pix.__file__)


@pytest.mark.slow
def test_the_quick_recipe_beats_the_mean_picture(tmp_path):
    subprocess.run(
        [sys.executable, SCRIPT, "--dataset", "streets", "--recipe", "quick"],
        cwd=tmp_path,
        env={**os.environ, "KERAS_HOME": str(tmp_path)},
        check=True,
    )
    height, width = config.RECIPES["quick"]["image_size"]

    def photos(split):
        pairs = list_pairs(tmp_path / "datasets" / "streets-v1", split)
        images = load_into_memory(PairFiles(pairs, height, width, "B"))
        return scale_array(images[:, :, :width])

    mean_picture = photos("train").mean(axis=0)
    baseline = np.abs(photos("val") - mean_picture).mean()
    record = json.loads((tmp_path / "outputs" / "run.json").read_text())
    ratio = record["results"]["validation"]["l1Loss"] / baseline
    print(f"{ratio:.3f} times the L1 of the mean picture, {baseline:.4f}")
    assert ratio <= 0.75
    assert (tmp_path / "outputs" / "images" / "002.png").is_file()
