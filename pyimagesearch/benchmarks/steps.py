"""One training step of both networks: the package's, and the tutorial's own."""

import contextlib
from argparse import Namespace
from collections.abc import Callable

import keras
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.benchmarks.arithmetic import convolution_flops
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.training.model_building import build_model, choose_networks

Step = Callable[[], tf.Tensor]  # takes a step, and gives the generator's loss


def package_step(settings: Namespace) -> Step:
    """The step as `fit` takes it, its losses averaged, on one batch of noise.

    Args:
        settings: of `training_settings`, with a precision that is chosen.
    """
    batch = noise(settings.batch_size, settings.image_size)
    with _policy(settings.precision):
        model = build_model(settings, choose_networks(settings))
        model.make_train_function()
        batches = iter(tf.data.Dataset.from_tensors(batch).repeat())

        def take():
            return model.train_function(batches)["gLoss"]

        take()
        return take


def tutorial_step(batch: tuple[tf.Tensor, tf.Tensor]) -> tuple[Step, int]:
    """The tutorial's: float32, a plain `tf.function`, the losses as they are.

    Args:
        batch: of `noise`.

    Returns:
        (step, flops): its convolutions', which are those of `package_step`, too.
    """
    with _policy("float32"):
        generator, discriminator = _networks(batch)
    g_optimizer, d_optimizer = _optimizers()
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    mae = keras.losses.MeanAbsoluteError()

    def step(batch):
        mask, real = batch
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            generated = generator(mask, training=True)
            of_real = discriminator([mask, real], training=True)
            of_generated = discriminator([mask, generated], training=True)
            gan = bce(tf.ones_like(of_generated), of_generated)
            g_loss = gan + config.L1_WEIGHT * mae(real, generated)
            d_loss = bce(tf.ones_like(of_real), of_real) + bce(
                tf.zeros_like(of_generated), of_generated
            )
        for tape, loss, optimizer, network in (
            (g_tape, g_loss, g_optimizer, generator),
            (d_tape, d_loss, d_optimizer, discriminator),
        ):
            variables = network.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)
        return g_loss

    traced = tf.function(step)

    def take():
        return traced(batch)

    take()
    return take, convolution_flops(traced.get_concrete_function(batch))


def noise(batch_size: int, size: tuple[int, int]) -> tuple[tf.Tensor, tf.Tensor]:
    """(inputMask, realImage), each float32 (B, H, W, 3) in [-1, 1]."""
    return tuple(
        tf.random.stateless_uniform((batch_size, *size, 3), (seed, 0), -1, 1)
        for seed in (1, 2)
    )


@contextlib.contextmanager
def _policy(policy):
    """The dtype policy of what is made within."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _networks(batch):
    networks = Pix2Pix(*batch[0].shape[1:3])
    return networks.generator(), networks.discriminator()


def _optimizers():
    return tuple(keras.optimizers.Adam(config.LEARNING_RATE) for _ in "GD")
