"""The quick recipe trains a generator that is better than the mean image."""

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
def test_quick_recipe_is_better_than_the_mean_image(tmp_path):
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
        return scale_array(images.sides[0])

    mean_image = photos("train").mean(axis=0)
    baseline = np.abs(photos("val") - mean_image).mean()
    record = json.loads((tmp_path / "outputs" / "run.json").read_text())
    ratio = record["results"]["validation"]["l1Loss"] / baseline
    print(f"{ratio:.3f} times the L1 of the mean image, {baseline:.4f}")
    assert ratio <= 0.75
    assert (tmp_path / "outputs" / "images" / "002.png").is_file()
