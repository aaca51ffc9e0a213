"""Choose the precision and the distribution strategy for the hardware."""

import functools
from pathlib import Path

import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.cluster.membership import Cluster
from pyimagesearch.errors import UserError

BFLOAT16_CAPABILITY = (8, 0)  # NVIDIA Ampere and later
FLOAT16_CAPABILITY = (7, 0)  # NVIDIA Volta and Turing

# How many times float32's images per second a training has in bfloat16 on CPUs with a
# feature, by network and side of the images in pixels: docs/performance.md. It is a
# table and not a measurement at the start, so that a training is the same whatever
# else the machine does. Features are in order of preference. A network that is not
# measured on such CPUs is taken to gain as much as the tutorial's.
BFLOAT16_SPEEDUPS = {
    "amx_bf16": {"tutorial": {96: 2.78, 128: 2.64, 256: 2.76}},
    "avx512_bf16": {
        "tutorial": {64: 1.55, 128: 1.74, 256: 1.68},
        "paper": {64: 1.29, 128: 1.4, 256: 1.6},
        "residual": {64: 1.17, 96: 1.27, 128: 1.29, 256: 1.52},
    },
}
MIN_SPEEDUP = 1.1  # times; below, bfloat16 is not worth its lower accuracy
CPU_INFO = Path("/proc/cpuinfo")


def choose_precision(
    asked: str, image_size: tuple[int, int], network: str
) -> tuple[str, str]:
    """Choose the Keras dtype policy. Weights and images are float32 in all of them.

    Args:
        asked: str, "auto", "float32", "mixed_bfloat16" or "mixed_float16".
        image_size: tuple of int, (height, width) in pixels.
        network: str, the value of `--network`.

    Returns:
        tuple (policy, reason) of str: the name of the policy, and why it was chosen.

    Raises:
        UserError: if `asked` is "mixed_float16" and there is no GPU.
    """
    capabilities = _get_gpu_capabilities()
    if asked == "mixed_float16" and not capabilities:
        raise UserError(
            "--precision mixed_float16 requires a GPU; on a CPU it is several times "
            "slower than float32: use --precision auto"
        )
    if asked != "auto":
        return asked, "set by --precision"
    if capabilities:
        return _choose_for_gpu(min(capabilities))
    return _choose_for_cpu(min(image_size), network)


def _choose_for_gpu(capability: tuple[int, int]) -> tuple[str, str]:
    reason = "the GPU's compute capability is {}.{}".format(*capability)
    if capability >= BFLOAT16_CAPABILITY:
        return "mixed_bfloat16", reason
    if capability >= FLOAT16_CAPABILITY:
        return "mixed_float16", reason
    return "float32", reason


def _choose_for_cpu(side: int, network: str) -> tuple[str, str]:
    flags = _read_cpu_flags()
    flag = next((flag for flag in BFLOAT16_SPEEDUPS if flag in flags), None)
    if flag is None:
        return "float32", "this CPU does not support bfloat16"
    by_network = BFLOAT16_SPEEDUPS[flag]
    measured_network = network if network in by_network else config.NETWORK
    speedups = by_network[measured_network]
    if side < min(speedups):
        reason = f"the speed of bfloat16 is not measured below {min(speedups)} px"
        return "float32", f"{reason} on CPUs with {flag}"
    measured_side, speedup = _find_speedup(speedups, side)
    reason = (
        f"on CPUs with {flag}, bfloat16 has {speedup} times the speed of float32, "
        f"measured with --network {measured_network} at {measured_side} px"
    )
    return "mixed_bfloat16" if speedup >= MIN_SPEEDUP else "float32", reason


def _find_speedup(speedups: dict[int, float], side: int) -> tuple[int, float]:
    """Return the measured side whose ratio to a side is closest to 1, and its value."""
    nearest = min(speedups, key=lambda measured: max(measured / side, side / measured))
    return nearest, speedups[nearest]


def _get_gpu_capabilities() -> list[tuple[int, int]]:
    """The compute capability of every GPU, (0, 0) if unknown."""
    gpus = tf.config.list_physical_devices("GPU")
    details = map(tf.config.experimental.get_device_details, gpus)
    return [each.get("compute_capability", (0, 0)) for each in details]


def _read_cpu_flags() -> set[str]:
    """The CPU's feature flags; none on systems other than Linux."""
    try:
        lines = CPU_INFO.read_text(encoding="ascii", errors="ignore").splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def choose_strategy(
    asked: str, batch_size: int, cluster: Cluster | None = None
) -> tf.distribute.Strategy:
    """Choose the strategy under whose scope the model is built.

    Args:
        asked: str. "none" uses one device. "mirrored" uses all GPUs, each with a copy
            of the networks and a part of every batch. "auto" is mirrored if there are
            several GPUs.
        batch_size: int, pairs per batch over all GPUs.
        cluster: Cluster. If it has several processes, the strategy is that of all of
            them. It must be chosen before TensorFlow computes anything.

    Raises:
        UserError: if `asked` is "mirrored" and there are fewer than two GPUs, or if
            there are fewer pairs than GPUs or workers.
    """
    if cluster and cluster.size > 1:
        return _create_multiworker_strategy(cluster, batch_size)
    gpus = [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
    if asked == "mirrored":
        if len(gpus) < 2:
            raise UserError(
                f"--strategy mirrored requires two or more GPUs, but TensorFlow finds "
                f"{len(gpus)}: use --strategy auto"
            )
        if batch_size < len(gpus):
            raise UserError(
                f"--strategy mirrored requires one pair per GPU, but --batch-size is "
                f"{batch_size} and there are {len(gpus)} GPUs: increase --batch-size "
                f"or use --strategy auto"
            )
    gpus = gpus[:batch_size]
    if asked == "none" or len(gpus) < 2:
        return tf.distribute.get_strategy()
    return create_mirrored_strategy(tuple(gpus))


def _create_multiworker_strategy(cluster, batch_size):
    gpus = len(tf.config.list_physical_devices("GPU"))
    replicas = cluster.size * max(1, gpus)
    if batch_size < replicas:
        raise UserError(
            f"--batch-size is {batch_size}, and there are {replicas} replicas on "
            f"{cluster.size} workers: increase --batch-size"
        )
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(cluster.addresses)}),
        task_type="worker",
        task_id=cluster.index,
        num_accelerators={"GPU": gpus},
        rpc_layer="grpc",
    )
    return tf.distribute.MultiWorkerMirroredStrategy(resolver)


@functools.cache  # two strategies on the same devices would share collective keys
def create_mirrored_strategy(devices: tuple[str, ...]) -> tf.distribute.Strategy:
    """Create the strategy for devices such as ("GPU:0", "GPU:1"), once per process."""
    return tf.distribute.MirroredStrategy(devices)
