"""The precision that the networks compute in; weights and pictures stay float32."""

import functools
from pathlib import Path

import tensorflow as tf

from pyimagesearch.errors import UserError

BFLOAT16_CAPABILITY = (8, 0)  # of a GPU: NVIDIA's Ampere and later
FLOAT16_CAPABILITY = (7, 0)  # Volta and Turing
BFLOAT16_FLAGS = ("amx_bf16", "avx512_bf16")  # of a CPU
BFLOAT16_SIDE = 128  # pixels: below, a CPU spends more on conversions than it saves
CPU_INFO = Path("/proc/cpuinfo")


def choose_precision(asked: str, image_size: tuple[int, int]) -> tuple[str, str]:
    """The Keras dtype policy of a training.

    Args:
        asked: "auto", "float32", "mixed_bfloat16" or "mixed_float16".
        image_size: (height, width) in pixels.

    Returns:
        (policy, reason): the name of the policy, and why in a few words.

    Raises:
        UserError: where float16 is asked of a CPU.
    """
    capabilities = _get_gpu_capabilities()
    if asked == "mixed_float16" and not capabilities:
        raise UserError(
            "--precision mixed_float16 needs a GPU, a CPU is several times slower in "
            "it than in float32: --precision auto takes what this machine is good at"
        )
    if asked != "auto":
        return asked, "as asked for"
    if capabilities:
        return _choose_for_gpu(min(capabilities))
    return _choose_for_cpu(min(image_size))


def _choose_for_gpu(capability: tuple[int, int]) -> tuple[str, str]:
    of = "the GPU's compute capability is {}.{}".format(*capability)
    if capability >= BFLOAT16_CAPABILITY:
        return "mixed_bfloat16", of
    if capability >= FLOAT16_CAPABILITY:
        return "mixed_float16", of
    return "float32", of


def _choose_for_cpu(side: int) -> tuple[str, str]:
    flag = next((flag for flag in BFLOAT16_FLAGS if flag in _read_cpu_flags()), None)
    if flag is None:
        return "float32", "this CPU does not multiply bfloat16 by itself"
    if side < BFLOAT16_SIDE:
        return "float32", f"images under {BFLOAT16_SIDE} px gain nothing from bfloat16"
    return "mixed_bfloat16", f"this CPU multiplies bfloat16 by itself ({flag})"


def _get_gpu_capabilities() -> list[tuple[int, int]]:
    """The compute capability of every GPU; (0, 0) where it is not known."""
    details = map(
        tf.config.experimental.get_device_details,
        tf.config.list_physical_devices("GPU"),
    )
    return [each.get("compute_capability", (0, 0)) for each in details]


def _read_cpu_flags() -> set[str]:
    """What the processor can do, where the system says it as Linux does."""
    try:
        lines = CPU_INFO.read_text(encoding="ascii", errors="ignore").splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def choose_strategy(asked: str, batch_size: int) -> tf.distribute.Strategy:
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
    return create_mirrored_strategy(tuple(gpus))


@functools.cache  # a second one on the same devices would reuse its collectives' keys
def create_mirrored_strategy(devices: tuple[str, ...]) -> tf.distribute.Strategy:
    """The strategy that mirrors the networks on all `devices`, such as "GPU:0"."""
    return tf.distribute.MirroredStrategy(devices)
