"""Configure the devices of a training, and measure the memory that it uses."""

import contextlib
import sys

import psutil
import tensorflow as tf


def configure_devices(deterministic: bool) -> None:
    """Configure TensorFlow. Call this before TensorFlow computes anything.

    TensorFlow then allocates GPU memory as it needs it, instead of all at once.

    Args:
        deterministic: bool, whether to use only kernels that give the same bits on
            every run.
    """
    for gpu in tf.config.list_physical_devices("GPU"):
        # Raised for a second training in one process, which finds it configured.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)
    if deterministic:
        tf.config.experimental.enable_op_determinism()


def get_device_name() -> str:
    """Return the model names of the GPUs, separated by commas, or "CPU"."""
    details = map(
        tf.config.experimental.get_device_details,
        tf.config.list_physical_devices("GPU"),
    )
    return ", ".join(d.get("device_name", "GPU") for d in details) or "CPU"


def measure_peak_memory() -> dict[str, int]:
    """Measure the peak memory of this process.

    Returns:
        dict, bytes under "host" and under the name of every logical GPU.
    """
    gpus = [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
    return {"host": _measure_host_peak()} | {
        gpu: tf.config.experimental.get_memory_info(gpu)["peak"] for gpu in gpus
    }


def _measure_host_peak() -> int:
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):  # Windows
        return memory.peak_wset
    import resource  # does not exist on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
