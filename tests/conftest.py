"""Pairs on disk, and networks, for tests that need some."""

import keras
import pytest
import tensorflow as tf
from chromium import browser, expect, playwright  # noqa: F401 - fixtures
from tiny import SIZE, random_image, write_image

from pyimagesearch.Pix2PixGAN import Pix2Pix

# A second logical processor, for what several GPUs do together.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)


@pytest.fixture(autouse=True)
def precision():
    """A training sets the policy of the process: it does not outlive its test."""
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)


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
