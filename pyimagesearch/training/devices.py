"""The devices that a training runs on, and how a batch is shared among them."""

import contextlib
import functools
import sys

import psutil
import tensorflow as tf

from pyimagesearch.errors import UserError


def prepare_devices(deterministic: bool) -> None:
    """Sets up TensorFlow, before it computes anything.

    GPU memory is taken as it is needed, not all at once.

    Args:
        deterministic: use such kernels only as give the same bits on every run.
    """
    for gpu in tf.config.list_physical_devices("GPU"):
        # A second training in one notebook is too late, and finds it set.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)
    if deterministic:
        tf.config.experimental.enable_op_determinism()


def chosen_strategy(asked: str, batch_size: int) -> tf.distribute.Strategy:
    """The strategy under whose scope the model is made.

    Args:
        asked: "none": one device; "mirrored": all GPUs, each with a copy of the
            networks and a part of every batch; "auto": mirrored where there are
            several GPUs.
        batch_size: pairs, of all GPUs together.

    Raises:
        UserError: where "mirrored" finds fewer than two GPUs, or a pair too few for
            each of them.
    """
    gpus = [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
    if asked == "mirrored":
        if len(gpus) < 2:
            raise UserError(
                f"--strategy mirrored needs two GPUs or more, and there are "
                f"{len(gpus)}: --strategy auto takes what there is"
            )
        if batch_size < len(gpus):
            raise UserError(
                f"--batch-size {batch_size} leaves some of the {len(gpus)} GPUs "
                f"without a pair: --strategy auto takes as many as it feeds"
            )
    gpus = gpus[:batch_size]
    if asked == "none" or len(gpus) < 2:
        return tf.distribute.get_strategy()
    return mirrored(tuple(gpus))


@functools.cache  # a second one on the same devices would reuse its collectives' keys
def mirrored(devices: tuple[str, ...]) -> tf.distribute.Strategy:
    """The strategy that mirrors the networks on all `devices`, such as "GPU:0"."""
    return tf.distribute.MirroredStrategy(devices)


def device_name() -> str:
    """The GPUs by their model names, or "CPU"."""
    details = map(
        tf.config.experimental.get_device_details,
        tf.config.list_physical_devices("GPU"),
    )
    return ", ".join(d.get("device_name", "GPU") for d in details) or "CPU"


def peak_memory() -> dict[str, int]:
    """The most memory that was in use at a time, bytes, on the host and every GPU."""
    gpus = [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
    return {"host": _host_peak()} | {
        gpu: tf.config.experimental.get_memory_info(gpu)["peak"] for gpu in gpus
    }


def _host_peak() -> int:
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):  # Windows
        return memory.peak_wset
    import resource  # which Windows lacks

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
