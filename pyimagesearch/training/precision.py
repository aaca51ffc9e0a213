"""The precision that the networks compute in; weights and pictures stay float32."""

from pathlib import Path

import tensorflow as tf

from pyimagesearch.errors import UserError

BFLOAT16_CAPABILITY = (8, 0)  # of a GPU: NVIDIA's Ampere and later
FLOAT16_CAPABILITY = (7, 0)  # Volta and Turing
BFLOAT16_FLAGS = ("amx_bf16", "avx512_bf16")  # of a CPU
BFLOAT16_SIDE = 128  # pixels: below, a CPU spends more on conversions than it saves
CPU_INFO = Path("/proc/cpuinfo")


def chosen_precision(asked: str, image_size: tuple[int, int]) -> tuple[str, str]:
    """The Keras dtype policy of a training.

    Args:
        asked: "auto", "float32", "mixed_bfloat16" or "mixed_float16".
        image_size: (height, width) in pixels.

    Returns:
        (policy, reason): the name of the policy, and why in a few words.

    Raises:
        UserError: where float16 is asked of a CPU.
    """
    capabilities = _gpu_capabilities()
    if asked == "mixed_float16" and not capabilities:
        raise UserError(
            "--precision mixed_float16 needs a GPU, a CPU is several times slower in "
            "it than in float32: --precision auto takes what this machine is good at"
        )
    if asked != "auto":
        return asked, "as asked for"
    if capabilities:
        return _of_gpu(min(capabilities))
    return _of_cpu(min(image_size))


def _of_gpu(capability: tuple[int, int]) -> tuple[str, str]:
    of = "the GPU's compute capability is {}.{}".format(*capability)
    if capability >= BFLOAT16_CAPABILITY:
        return "mixed_bfloat16", of
    if capability >= FLOAT16_CAPABILITY:
        return "mixed_float16", of
    return "float32", of


def _of_cpu(side: int) -> tuple[str, str]:
    flag = next((flag for flag in BFLOAT16_FLAGS if flag in _cpu_flags()), None)
    if flag is None:
        return "float32", "this CPU does not multiply bfloat16 by itself"
    if side < BFLOAT16_SIDE:
        return "float32", f"images under {BFLOAT16_SIDE} px gain nothing from bfloat16"
    return "mixed_bfloat16", f"this CPU multiplies bfloat16 by itself ({flag})"


def _gpu_capabilities() -> list[tuple[int, int]]:
    """The compute capability of every GPU; (0, 0) where it is not known."""
    details = map(
        tf.config.experimental.get_device_details,
        tf.config.list_physical_devices("GPU"),
    )
    return [each.get("compute_capability", (0, 0)) for each in details]


def _cpu_flags() -> set[str]:
    """What the processor can do, where the system says it as Linux does."""
    try:
        lines = CPU_INFO.read_text(encoding="ascii", errors="ignore").splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())
