"""The quick recipe trains a generator of clean images that is better than the mean."""

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
from pyimagesearch.metrics.texture import grid_artifacts, grid_contrasts
from pyimagesearch.run_record import read_history
from pyimagesearch.translation.generator import load_generator

SCRIPT = Path(train_pix2pix.__file__)


@pytest.mark.slow
def test_quick_recipe(tmp_path):
    subprocess.run(
        [sys.executable, SCRIPT, "--dataset", "streets", "--recipe", "quick"],
        cwd=tmp_path,
        env={**os.environ, "KERAS_HOME": str(tmp_path)},
        check=True,
    )
    height, width = config.RECIPES["quick"]["image_size"]

    def read(split):
        pairs = list_pairs(tmp_path / "datasets" / "streets-v1", split)
        arrays = load_into_memory(PairFiles(pairs, height, width, "B"))
        return map(scale_array, arrays.sides)

    train_photos, _ = read("train")
    photos, labels = read("val")
    generator = load_generator(tmp_path / "outputs" / config.GENERATOR_FILE)
    generated = generator.predict(labels, batch_size=8, verbose=0)

    history = read_history(tmp_path / "outputs" / config.HISTORY_FILE)
    losses = [row["val_l1Loss"] for row in history]
    ssim = [row["val_ssim"] for row in history]
    baseline = np.abs(photos - train_photos.mean(axis=0)).mean()
    contrasts = [grid_contrasts(images).mean(0) for images in (generated, photos)]
    grid = grid_artifacts(*contrasts)
    errors = np.abs(photos - generated).mean((0, 3))
    inside = errors[4:-4, 4:-4].mean()
    edges = [errors[0], errors[-1], errors[:, 0], errors[:, -1]]
    border = max(edge.mean() for edge in edges) / inside
    print(f"L1 {losses}, mean image {baseline:.4f}, SSIM {ssim}, {grid=}, {border=}")

    assert losses[-1] == min(losses) <= 0.65 * baseline
    assert ssim[-1] == max(ssim) >= 0.63
    assert grid <= 1.2
    assert border <= 1.6
    assert np.abs(photos - generated).mean() == pytest.approx(losses[-1], abs=0.002)
    assert (tmp_path / "outputs" / "images" / "003.png").is_file()
