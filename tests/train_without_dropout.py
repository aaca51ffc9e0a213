"""`python train_without_dropout.py FLAGS...`: train, with the rate of all dropout 0.

What several workers compute can then be compared with what one process computes. If the
environment has DEVICES=2, each worker has two logical CPUs.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import keras
import tensorflow as tf

import train_pix2pix
from pyimagesearch.cli import run_command
from pyimagesearch.process import prepare_process


class NoDropout(keras.layers.Dropout):
    def __init__(self, rate, **kwargs):
        super().__init__(0.0, **kwargs)


def use_logical_cpus(count):
    """Let each worker have some replicas, as it has with GPUs."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    parts = [tf.config.LogicalDeviceConfiguration()] * count
    tf.config.set_logical_device_configuration(cpu, parts)
    strategy = tf.distribute.MultiWorkerMirroredStrategy
    extended = sys.modules[strategy.__module__].CollectiveAllReduceExtended
    extended._initialize_local_devices = lambda self, resolver, worker: (
        tuple(f"{worker}/device:CPU:{number}" for number in range(count)),
        "CPU",
    )


if __name__ == "__main__":
    prepare_process()
    keras.layers.Dropout = NoDropout
    if int(os.environ.get("DEVICES", "1")) > 1:
        use_logical_cpus(int(os.environ["DEVICES"]))
    run_command(train_pix2pix.main)
