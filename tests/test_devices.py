"""The choice of devices, and that two replicas train as one does."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import SIZE, make_pairs, random_image

from pyimagesearch import devices
from pyimagesearch.data_preprocess import make_batches
from pyimagesearch.datasets.palettes import PALETTES
from pyimagesearch.datasets.stream import OrderedPass, TrainStream
from pyimagesearch.devices import measure_peak_memory
from pyimagesearch.errors import UserError
from pyimagesearch.networks.gan_losses import create_gan_loss
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training import hardware
from pyimagesearch.training.hardware import choose_strategy, create_mirrored_strategy

RATE = 1e-3
IMAGES = np.stack([random_image(seed) for seed in range(9)])
PAIRS = make_pairs(IMAGES)


@pytest.fixture
def gpus(monkeypatch):
    """Makes TensorFlow list some GPUs, and a strategy a tuple of their names."""

    def set_count(count):
        found = [SimpleNamespace(name=f"/device:GPU:{n}") for n in range(count)]
        monkeypatch.setattr(devices.tf.config, "list_logical_devices", lambda _: found)
        monkeypatch.setattr(hardware, "create_mirrored_strategy", lambda names: names)

    return set_count


def test_several_gpus_share_a_batch(gpus):
    gpus(3)
    all_gpus = ("/device:GPU:0", "/device:GPU:1", "/device:GPU:2")
    assert choose_strategy("auto", batch_size=32) == all_gpus
    assert choose_strategy("mirrored", batch_size=3) == all_gpus
    assert choose_strategy("auto", batch_size=2) == all_gpus[:2]


@pytest.mark.parametrize(
    ("count", "asked", "batch_size"),
    [(3, "none", 32), (3, "auto", 1), (1, "auto", 32), (0, "auto", 32), (0, "none", 1)],
)
def test_otherwise_one_device_is_used(gpus, count, asked, batch_size):
    gpus(count)
    assert choose_strategy(asked, batch_size).num_replicas_in_sync == 1


def test_impossible_mirrored_strategies_are_refused(gpus):
    gpus(1)
    with pytest.raises(UserError, match="requires two or more GPUs, but TensorFlow"):
        choose_strategy("mirrored", 32)
    gpus(3)
    with pytest.raises(UserError, match="--batch-size is 2 and there are 3 GPUs"):
        choose_strategy("mirrored", 2)


def remove_dropout(network):
    def clone(layer):
        if isinstance(layer, keras.layers.Dropout):
            return keras.layers.Dropout(0.0)
        return layer.__class__.from_config(layer.get_config())

    return keras.models.clone_model(network, clone_function=clone)


def train_model(strategy, batch_size, loss):
    """Train for five steps; return all weights and the logged values."""
    keras.utils.set_random_seed(3)
    with strategy.scope():
        networks = Pix2Pix(SIZE, SIZE)
        model = Pix2PixTraining(
            remove_dropout(networks.generator()),
            remove_dropout(networks.discriminator()),
        )
        losses = create_gan_loss(loss)
        model.compile(
            keras.optimizers.SGD(RATE),
            keras.optimizers.SGD(RATE),
            losses.discriminator,
            keras.losses.MeanAbsoluteError(),
            ganLoss=losses.generator,
            averageWeights=True,
            palette=PALETTES["streets"],
        )
    stream = TrainStream(PAIRS, batch_size, seed=0, augment="crop", scale=False)
    history = model.fit(
        make_batches(stream),
        steps_per_epoch=5,
        validation_data=make_batches(OrderedPass(PAIRS, 4, scale=False)),  # 4, 4 and 1
        shuffle=False,
        verbose=0,
    )
    networks = (model.generator, model.discriminator, model.inferenceGenerator)
    weights = [weight for network in networks for weight in network.weights]
    logged = {name: float(values[-1]) for name, values in history.history.items()}
    return [weight.numpy() for weight in weights], logged


@pytest.mark.parametrize(("batch_size", "loss"), [(4, "bce"), (3, "hinge")])
def test_two_replicas_train_as_one_does(batch_size, loss):
    two = create_mirrored_strategy(("CPU:0", "CPU:1"))
    assert two.num_replicas_in_sync == 2
    expected, expected_logs = train_model(
        tf.distribute.get_strategy(), batch_size, loss
    )
    weights, logs = train_model(two, batch_size, loss)

    for weight, value in zip(weights, expected, strict=True):
        np.testing.assert_allclose(weight, value, rtol=0, atol=1e-6)
    assert logs.keys() == expected_logs.keys()
    for name, value in logs.items():
        expected = expected_logs[name]
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6, err_msg=name)


def test_peak_memory_is_at_least_what_was_written():
    before = measure_peak_memory()["host"]
    written = np.ones(64 << 20, np.uint8)
    assert measure_peak_memory()["host"] >= max(before, written.nbytes)
