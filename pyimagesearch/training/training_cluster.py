"""The cluster of a training: what its workers compare, and what the chief decides."""

import importlib.metadata
import os
from argparse import Namespace
from collections.abc import Sequence

from pyimagesearch import DEFAULT_LOG_LEVEL, LOG_LEVEL, __version__, config
from pyimagesearch.cluster.cluster_spec import ClusterSpec, find_cluster
from pyimagesearch.cluster.membership import Cluster, join_cluster
from pyimagesearch.errors import UserError
from pyimagesearch.training.resume import describe_difference, format_value
from pyimagesearch.training.training_settings import (
    OF_THE_CLUSTER,
    parse_asked,
    parse_shared_settings,
    parse_training_settings,
)

# Flags that may differ between the workers.
OF_A_WORKER = (*OF_THE_CLUSTER, "data", "output", "init_from", "palette")


def join_training(arguments: Sequence[str] | None = None) -> Cluster:
    """Join the other workers of a training, if there are any.

    Args:
        arguments: sequence of str, the command line without the command, or None for
            that of the process.

    Returns:
        Cluster; one of a single process for a training on one machine.

    Raises:
        UserError: if a flag is wrong, or the workers do not come or differ.
    """
    asked = parse_asked(arguments)
    if asked.get("dry_run"):
        return Cluster()
    strategy = asked.get("strategy", config.STRATEGY)
    spec = find_cluster(strategy, asked.get("workers"), asked.get("worker"))
    facts = _collect_facts(asked, spec) if spec else {}
    timeout = asked.get("worker_timeout", config.WORKER_TIMEOUT)
    return join_cluster(spec, facts, timeout)


def _collect_facts(asked: dict, spec: ClusterSpec) -> dict[str, str]:
    """Collect what must be the same on all workers."""
    # TensorFlow warns of what is normal in a cluster, and workers print errors only.
    if os.environ.get(LOG_LEVEL) == DEFAULT_LOG_LEVEL:
        os.environ[LOG_LEVEL] = "3" if spec.index else "2"
    import tensorflow as tf

    flags = [
        f"--{name.replace('_', '-')} {format_value(value)}"
        for name, value in sorted(asked.items())
        if name not in OF_A_WORKER
    ]
    return {
        "pix2pix-keras": __version__,
        "tensorflow": tf.__version__,
        "keras": importlib.metadata.version("keras"),
        "the number of GPUs": str(len(tf.config.list_physical_devices("GPU"))),
        "the flags": " ".join(flags) or "none",
        "the addresses": ",".join(spec.addresses),
    }


def share_settings(
    cluster: Cluster, arguments: Sequence[str] | None = None
) -> Namespace:
    """Return the settings of the chief, which may be those of a run to resume.

    Args:
        cluster: Cluster, as returned by `join_training`.
        arguments: see `join_training`.

    Returns:
        Namespace, as returned by `parse_training_settings`.

    Raises:
        UserError: see `parse_training_settings`; also for `--jit-compile`.
    """
    if cluster.is_chief:
        settings = parse_training_settings(arguments)
        if cluster.size > 1 and settings.jit_compile is True:
            raise UserError(
                "--jit-compile is not supported on several workers: leave it out, or "
                "use --no-jit-compile"
            )
        cluster.share(lambda: vars(settings))
        return settings
    return parse_shared_settings(cluster.share(dict), parse_asked(arguments))


def check_workers_have_pairs(cluster: Cluster, pairs: dict) -> None:
    """Check that all workers have the same pairs.

    Args:
        cluster: Cluster.
        pairs: dict, the entry "pairs" of what `describe_run` returns.

    Raises:
        UserError: on the chief, if a worker has other ones.
    """
    for number, theirs in enumerate(cluster.gather(pairs)):
        difference = describe_difference(pairs, theirs)
        if difference:
            raise UserError(
                f"the pairs of worker {number} ({cluster.addresses[number]}) differ "
                f"from those of worker 0: {difference}. Give all workers the same "
                f"dataset"
            )
