"""Measure the training step of the tutorial, and of the package in each precision."""

import contextlib
import time
import timeit
from argparse import Namespace
from collections.abc import Callable
from functools import partial

import keras
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.benchmark.rounds import measure_in_turn
from pyimagesearch.cli import info
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.training.hardware import choose_precision
from pyimagesearch.training.model_building import build_model, choose_networks
from pyimagesearch.training.resume import format_value
from pyimagesearch.training.training_settings import parse_training_settings

DTYPES = {"float32": "float32", "mixed_bfloat16": "bfloat16"}  # by precision
GPU_DTYPES = {"mixed_float16": "float16"}  # a CPU takes many times as long in float16
MATRIX_SIDE = {"CPU": 2048, "GPU": 8192}  # large enough to reach the peak rate
MATRIX_PRODUCTS = 20  # of which the fastest counts

Step = Callable[[], tf.Tensor]  # runs one training step, returns the generator's loss


def measure_training(settings: Namespace, size: tuple[int, int]) -> tuple[dict, dict]:
    """Measure the steps of the tutorial and of the package in every precision.

    Returns what `measure_in_turn` returns, in images per second; and as notes the
    precision that `--precision auto` chooses, and the speed of matrix products.

    Raises:
        UserError: if the networks do not support the image size.
    """
    info(f"building the networks for {size[0]}x{size[1]} px...")
    dtypes = DTYPES | (GPU_DTYPES if tf.config.list_logical_devices("GPU") else {})
    steps = {"tutorial": _create_tutorial_step(_make_noise(settings.batch_size, size))}
    for precision in dtypes:
        flags = ["--precision", precision, "--image-size", format_value(size)]
        flags += ["--batch-size", str(settings.batch_size)]
        flags += ["--network", settings.network]
        steps[precision] = create_package_step(parse_training_settings(flags))
    chosen, _ = choose_precision("auto", size, settings.network)
    notes = {"--precision auto": chosen}
    for dtype in dtypes.values():
        rate = _measure_matrix_rate(dtype)
        notes[f"large matrix products in {dtype}, GFLOP/s"] = rate / 1e9

    def measure(step: Step) -> float:
        start = time.perf_counter()
        for _ in range(settings.steps):
            loss = step()
        loss.numpy()  # waits for the device
        images = settings.batch_size * settings.steps
        return images / (time.perf_counter() - start)

    measurements = {name: partial(measure, step) for name, step in steps.items()}
    return measure_in_turn(measurements, settings.rounds), notes


def create_package_step(settings: Namespace) -> Step:
    """Build the model of a training and return its step, on one batch of noise.

    The first call, which traces the step, is already made.

    Args:
        settings: Namespace, as returned by `parse_training_settings`, with a precision
            other than "auto".

    Returns:
        Step, returns the generator's loss, averaged over the steps so far as in `fit`.

    Raises:
        UserError: if the networks do not support the image size.
    """
    batch = _make_noise(settings.batch_size, settings.image_size)
    with use_policy(settings.precision):
        model = build_model(settings, choose_networks(settings))
        model.make_train_function()
        batches = iter(tf.data.Dataset.from_tensors(batch).repeat())

        def run_step():
            return model.train_function(batches)["gLoss"]

        run_step()
        return run_step


def _create_tutorial_step(batch: tuple[tf.Tensor, tf.Tensor]) -> Step:
    """Build the tutorial's networks and return the tutorial's step, on one batch.

    It computes in float32, in a plain `tf.function`, and returns the generator's loss.
    The first call, which traces it, is already made.
    """
    with use_policy("float32"):
        networks = Pix2Pix(*batch[0].shape[1:3])
        generator, discriminator = networks.generator(), networks.discriminator()
    g_optimizer, d_optimizer = (
        keras.optimizers.Adam(config.LEARNING_RATE) for _ in range(2)
    )
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    mae = keras.losses.MeanAbsoluteError()

    @tf.function
    def train(batch):
        mask, real = batch
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            generated = generator(mask, training=True)
            real_logits = discriminator([mask, real], training=True)
            generated_logits = discriminator([mask, generated], training=True)
            gan_loss = bce(tf.ones_like(generated_logits), generated_logits)
            g_loss = gan_loss + config.L1_WEIGHT * mae(real, generated)
            d_loss = bce(tf.ones_like(real_logits), real_logits) + bce(
                tf.zeros_like(generated_logits), generated_logits
            )
        for tape, loss, optimizer, network in (
            (g_tape, g_loss, g_optimizer, generator),
            (d_tape, d_loss, d_optimizer, discriminator),
        ):
            variables = network.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)
        return g_loss

    train(batch)
    return lambda: train(batch)


def _make_noise(batch_size: int, size: tuple[int, int]) -> tuple[tf.Tensor, tf.Tensor]:
    """Create a batch (input mask, real image) of noise, float32 in [-1, 1]."""
    return tuple(
        tf.random.stateless_uniform((batch_size, *size, 3), (seed, 0), -1, 1)
        for seed in (1, 2)
    )


@contextlib.contextmanager
def use_policy(policy: str):
    """Build layers with a dtype policy, such as "mixed_bfloat16", in this context."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _measure_matrix_rate(dtype: str) -> float:
    """Return the FLOP/s of the fastest of a few products of large matrices."""
    gpus = tf.config.list_logical_devices("GPU")
    side = MATRIX_SIDE["GPU" if gpus else "CPU"]
    matrix = tf.cast(tf.random.stateless_uniform((side, side), (1, 2)), dtype)

    @tf.function
    def multiply():
        return tf.reduce_sum(matrix @ matrix)

    multiply().numpy()  # traces it
    times = timeit.repeat(lambda: multiply().numpy(), number=1, repeat=MATRIX_PRODUCTS)
    return 2 * side**3 / min(times)
