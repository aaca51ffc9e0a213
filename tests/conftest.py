"""Pairs on disk, and networks, for tests that need some."""

import pytest
from tiny import SIZE, random_image, write_image

from pyimagesearch.Pix2PixGAN import Pix2Pix


@pytest.fixture
def pairs_folder(tmp_path):
    """A folder of five training and three validation pairs, as lossless PNGs."""
    for seed in range(8):
        split = "train" if seed < 5 else "val"
        write_image(tmp_path / "pairs" / split / f"{seed}.png", random_image(seed))
    return tmp_path / "pairs"


@pytest.fixture(scope="session")
def networks():
    """The two networks at the smallest size; a test that trains them clones them."""
    pix2pix = Pix2Pix(SIZE, SIZE)
    return pix2pix.generator(), pix2pix.discriminator()
