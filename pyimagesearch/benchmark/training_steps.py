"""Measure the training step of the package in each precision, and the tutorial's."""

import contextlib
import math
import os
import statistics
import threading
import time
from argparse import Namespace
from collections.abc import Callable

import keras
import numpy as np
import psutil
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.cli import info
from pyimagesearch.devices import get_device_name
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.training.hardware import choose_precision
from pyimagesearch.training.model_building import build_model, choose_networks
from pyimagesearch.training.resume import format_value
from pyimagesearch.training.training_settings import parse_training_settings

BASELINE = "tutorial"
DTYPES = {"float32": "float32", "mixed_bfloat16": "bfloat16"}  # by precision
GPU_DTYPES = {"mixed_float16": "float16"}  # a CPU takes many times as long in float16
MATRIX_SIDE = {"CPU": 2048, "GPU": 8192}  # large enough to reach the peak rate
MATRIX_PRODUCTS = 5  # of which the fastest counts
MEMORY_INTERVAL = 0.02  # seconds between two readings of the memory

Step = Callable[[], tf.Tensor]  # runs one training step, returns the generator's loss


def measure_training(settings: Namespace) -> dict:
    """Measure the training steps for each image size.

    Args:
        settings: Namespace, as returned by `parse_benchmark_settings` for "train".

    Returns:
        dict, "sizes", a list with the figures of each image size; the settings, the
        device and the versions. The figures of an image size are "image_size"; "auto",
        the precision that `--precision auto` chooses; "matrix_flops_per_second", a
        dict by dtype; and "by_step", for the tutorial's step and each precision
        "images_per_second" (median), "lowest", "highest", "seconds" (median, of one
        step), "times_tutorial" (the median of the ratios to the tutorial's step in the
        same round) and "peak_memory" in bytes.

    Raises:
        UserError: if the networks do not support an image size.
    """
    return {
        "sizes": [_measure_size(size, settings) for size in settings.image_size],
        "batch_size": settings.batch_size,
        "rounds": settings.rounds,
        "steps": settings.steps,
        "device": get_device_name(),
        "processors": os.cpu_count(),
        "versions": {"tensorflow": tf.__version__},
    }


def _measure_size(size: tuple[int, int], settings: Namespace) -> dict:
    info(f"building the networks for {size[0]}x{size[1]} px...")
    dtypes = DTYPES | (GPU_DTYPES if tf.config.list_logical_devices("GPU") else {})
    steps = {BASELINE: create_tutorial_step(create_noise(settings.batch_size, size))}
    for precision in dtypes:
        flags = ["--precision", precision, "--image-size", format_value(size)]
        flags += ["--batch-size", str(settings.batch_size)]
        steps[precision] = create_package_step(parse_training_settings(flags))

    seconds = {name: [] for name in steps}
    memory = dict.fromkeys(steps, 0)
    matrix_rates = dict.fromkeys(dtypes.values(), 0.0)
    for number in range(settings.rounds):
        info(f"round {number + 1} of {settings.rounds}")
        for dtype, rate in matrix_rates.items():
            matrix_rates[dtype] = max(rate, _measure_matrix_rate(dtype))
        for name, step in steps.items():
            with PeakMemory() as peak:
                seconds[name].append(_time_steps(step, settings.steps))
            memory[name] = max(memory[name], peak.bytes)
    return {
        "image_size": list(size),
        "auto": choose_precision("auto", size)[0],
        "matrix_flops_per_second": matrix_rates,
        "by_step": {
            name: {
                "images_per_second": settings.batch_size / statistics.median(times),
                "lowest": settings.batch_size / max(times),
                "highest": settings.batch_size / min(times),
                "seconds": statistics.median(times),
                "times_tutorial": statistics.median(
                    np.divide(seconds[BASELINE], times)
                ),
                "peak_memory": memory[name],
            }
            for name, times in seconds.items()
        },
    }


def _time_steps(step: Step, count: int) -> float:
    """Seconds per step."""
    start = time.perf_counter()
    for _ in range(count):
        loss = step()
    loss.numpy()  # waits for the device
    return (time.perf_counter() - start) / count


def format_training(figures: dict) -> str:
    """Format the figures of `measure_training` as a table for each image size."""
    lines = []
    for size in figures["sizes"]:
        height, width = size["image_size"]
        rates = ", ".join(
            f"{rate / 1e9:,.0f} GFLOP/s in {dtype}"
            for dtype, rate in size["matrix_flops_per_second"].items()
        )
        lines += [
            f"{height}x{width} px, batches of {figures['batch_size']}, on "
            f"{figures['device']}",
            f"products of large matrices: {rates}",
            f"{'step':<22}{'images/s':>9}{'lowest':>9}{'highest':>9}{'s/step':>9}"
            f"{'ratio':>7}{'peak MB':>9}",
        ]
        for name, step in size["by_step"].items():
            title = f"{name} (auto)" if name == size["auto"] else name
            lines.append(
                f"{title:<22}{step['images_per_second']:>9.3g}{step['lowest']:>9.3g}"
                f"{step['highest']:>9.3g}{step['seconds']:>9.3g}"
                f"{step['times_tutorial']:>7.2f}{step['peak_memory'] / 1e6:>9,.0f}"
            )
    return "\n".join(lines)


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
    batch = create_noise(settings.batch_size, settings.image_size)
    with _use_policy(settings.precision):
        model = build_model(settings, choose_networks(settings))
        model.make_train_function()
        batches = iter(tf.data.Dataset.from_tensors(batch).repeat())

        def run_step():
            return model.train_function(batches)["gLoss"]

        run_step()
        return run_step


def create_tutorial_step(batch: tuple[tf.Tensor, tf.Tensor]) -> Step:
    """Build the tutorial's networks and return the tutorial's step, on one batch.

    It computes in float32, in a plain `tf.function`. The first call, which traces it,
    is already made.

    Args:
        batch: tuple of tensors, as returned by `create_noise`.

    Returns:
        Step, returns the generator's loss of the step.
    """
    with _use_policy("float32"):
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


def create_noise(batch_size: int, size: tuple[int, int]) -> tuple[tf.Tensor, tf.Tensor]:
    """Create a batch (input mask, real image) of noise, float32 in [-1, 1]."""
    return tuple(
        tf.random.stateless_uniform((batch_size, *size, 3), (seed, 0), -1, 1)
        for seed in (1, 2)
    )


@contextlib.contextmanager
def _use_policy(policy: str):
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
    fastest = math.inf
    for _ in range(MATRIX_PRODUCTS):
        start = time.perf_counter()
        multiply().numpy()
        fastest = min(fastest, time.perf_counter() - start)
    return 2 * side**3 / fastest


class PeakMemory:
    """Context manager that records the peak memory of the code inside it.

    Attributes:
        bytes: int, the peak on the first GPU; without a GPU, the peak resident memory
            of the process. Known after the context ends.
    """

    def __enter__(self):
        self.bytes = 0
        self._gpus = [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
        if self._gpus:
            tf.config.experimental.reset_memory_stats(self._gpus[0])
            return self
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_):
        if self._gpus:
            memory = tf.config.experimental.get_memory_info(self._gpus[0])
            self.bytes = memory["peak"]
            return
        self._ended.set()
        self._thread.join()

    def _watch(self):
        process = psutil.Process()
        while True:
            self.bytes = max(self.bytes, process.memory_info().rss)
            if self._ended.wait(MEMORY_INTERVAL):
                return
