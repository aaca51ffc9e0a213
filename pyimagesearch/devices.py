"""The devices that TensorFlow computes on."""

import contextlib
import sys

import psutil
import tensorflow as tf


def configure_devices(deterministic: bool) -> None:
    """Configure TensorFlow; call it before anything is computed.

    GPU memory is allocated as needed, not all at once.

    Args:
        deterministic: bool, use only kernels that give the same bits on every run.
    """
    for gpu in tf.config.list_physical_devices("GPU"):
        # Too late in a process that has used the GPU, such as a notebook's.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)
    if deterministic:
        tf.config.experimental.enable_op_determinism()


def get_device_name() -> str:
    """Get the model names of the GPUs, or "CPU"."""
    details = map(
        tf.config.experimental.get_device_details,
        tf.config.list_physical_devices("GPU"),
    )
    return ", ".join(d.get("device_name", "GPU") for d in details) or "CPU"


def measure_peak_memory() -> dict[str, int]:
    """Measure the peak memory of the process so far.

    Returns:
        dict of int, bytes: "host", and one entry per GPU, such as "/device:GPU:0".
    """
    gpus = [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
    return {"host": _measure_host_peak()} | {
        gpu: tf.config.experimental.get_memory_info(gpu)["peak"] for gpu in gpus
    }


def _measure_host_peak() -> int:
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):  # Windows
        return memory.peak_wset
    import resource  # not available on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
