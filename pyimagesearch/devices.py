"""The devices that a training runs on, and how a batch is shared among them."""

import contextlib
import sys

import psutil
import tensorflow as tf


def configure_devices(deterministic: bool) -> None:
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


def get_device_name() -> str:
    """The GPUs by their model names, or "CPU"."""
    details = map(
        tf.config.experimental.get_device_details,
        tf.config.list_physical_devices("GPU"),
    )
    return ", ".join(d.get("device_name", "GPU") for d in details) or "CPU"


def measure_peak_memory() -> dict[str, int]:
    """The most memory that was in use at a time, bytes, on the host and every GPU."""
    gpus = [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
    return {"host": _measure_host_peak()} | {
        gpu: tf.config.experimental.get_memory_info(gpu)["peak"] for gpu in gpus
    }


def _measure_host_peak() -> int:
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):  # Windows
        return memory.peak_wset
    import resource  # which Windows lacks

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
