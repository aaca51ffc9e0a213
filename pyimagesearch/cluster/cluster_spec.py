"""Which processes train together: from flags, from `TF_CONFIG`, or from Slurm."""

import argparse
import os
import re
import socket
from collections.abc import Mapping
from typing import NamedTuple

from pyimagesearch.cluster.slurm import list_addresses
from pyimagesearch.errors import UserError
from pyimagesearch.schemas import (
    Integer,
    Items,
    Record,
    SchemaError,
    Text,
    parse_json,
)

TF_CONFIG = "TF_CONFIG"
JOBS = ("chief", "master", "worker")  # in the order of their indices
LARGEST_PORT = 65535
_TF_CONFIG = Record(
    {
        "cluster": Record(rest=Items(Text())),
        "task": Record({"type": Text(), "index": Integer()}),
    }
)


class ClusterSpec(NamedTuple):
    """The addresses of all workers, and which of them this process is."""

    addresses: tuple[str, ...]  # HOST:PORT of each worker; the first is the chief
    index: int  # of this process
    source: str  # where they are from: "--workers", "TF_CONFIG" or "Slurm"

    def name(self, index: int) -> str:
        """Name a worker in messages, such as "worker 1 (10.0.0.2:2222)"."""
        return f"worker {index} ({self.addresses[index]})"


def split_address(address: str) -> tuple[str, int]:
    """Split HOST:PORT; the host of an IPv6 address is in brackets.

    Args:
        address: str, as `parse_address` accepts it.

    Returns:
        tuple (host, port) of str and int.
    """
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def parse_address(text: str) -> str:
    """Check a text of the form HOST:PORT; an argparse type."""
    found = re.fullmatch(r"(?:[\w.-]+|\[[\da-fA-F:.]+\]):(\d{1,5})", text)
    if not found or not 0 < int(found[1]) <= LARGEST_PORT:
        raise argparse.ArgumentTypeError(
            f"{text} is not an address HOST:PORT with a port from 1 to {LARGEST_PORT}"
        )
    return text


def parse_addresses(text: str) -> tuple[str, ...]:
    """Parse addresses HOST:PORT that are separated by commas; an argparse type."""
    addresses = tuple(parse_address(part.strip()) for part in text.split(","))
    twice = [each for each in addresses if addresses.count(each) > 1]
    if twice:
        raise argparse.ArgumentTypeError(f"{twice[0]} is there twice")
    return addresses


def find_cluster(
    strategy: str,
    workers: tuple[str, ...] | None,
    index: int | None,
    environment: Mapping[str, str] = os.environ,
) -> ClusterSpec | None:
    """Find the cluster that this process belongs to.

    The flags win over `TF_CONFIG`, which Kubeflow and others set, and it over Slurm,
    if `srun` started several tasks.

    Args:
        strategy: str, `--strategy`. If it is neither "auto" nor "multiworker", this
            process trains alone.
        workers: tuple of str, `--workers`, or None.
        index: int, `--worker`, or None.
        environment: mapping of str to str, the environment variables.

    Returns:
        ClusterSpec, or None for a process that trains alone.

    Raises:
        UserError: if the description of the cluster is wrong, or missing with
            `--strategy multiworker`.
    """
    if workers is None and index is not None:
        raise UserError(f"--worker {index} needs the addresses of all: add --workers")
    if strategy not in ("auto", "multiworker"):
        if workers:
            raise UserError(
                f"--strategy {strategy} trains in one process: leave out --workers, or "
                f"use --strategy multiworker"
            )
        return None
    if workers:
        spec = _check_flags(workers, index)
    elif TF_CONFIG in environment:
        spec = _parse_tf_config(environment[TF_CONFIG])
    else:
        spec = _ask_slurm(environment)
    if strategy == "multiworker" and spec is None:
        raise UserError(
            f"--strategy multiworker needs several workers: describe them with "
            f"--workers HOST:PORT,HOST:PORT and --worker N, with {TF_CONFIG}, or start "
            f"them with srun"
        )
    return spec


def _check_flags(workers: tuple[str, ...], index: int | None) -> ClusterSpec:
    numbers = f"0 to {len(workers) - 1}"
    if len(workers) < 2:
        raise UserError(
            f"--workers {workers[0]} is one address: give those of all workers, "
            f"separated by commas"
        )
    if index is None:
        raise UserError(
            f"--workers needs --worker N, the number of this one, from {numbers}"
        )
    if index >= len(workers):
        raise UserError(
            f"--worker {index} is not one of the {len(workers)} workers, {numbers}"
        )
    spec = ClusterSpec(workers, index, "--workers")
    for number, address in enumerate(workers):
        host, port = split_address(address)
        try:
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise UserError(
                f"the host of {spec.name(number)} is unknown ({error.strerror}): "
                f"correct --workers"
            ) from error
    return spec


def _parse_tf_config(text: str) -> ClusterSpec | None:
    try:
        content = parse_json(text)
        if content == {}:
            return None
        _TF_CONFIG.check(content)
        cluster, task = content["cluster"], content["task"]
        kind, number = task["type"], task["index"]
        others = [job for job in cluster if job not in (*JOBS, "evaluator")]
        if others:
            raise SchemaError(f'it has a job "{others[0]}": only {", ".join(JOBS)} can')
        if kind not in cluster or number >= len(cluster[kind]):
            raise SchemaError(f'its task, "{kind}" {number}, is not in its cluster')
        if kind not in JOBS:
            raise SchemaError(
                f'its task is "{kind}", and the workers evaluate themselves: leave it '
                f"out"
            )
        jobs = [job for job in JOBS if job in cluster]
        addresses = parse_addresses(",".join(a for job in jobs for a in cluster[job]))
    except (SchemaError, argparse.ArgumentTypeError) as error:
        raise UserError(
            f"the environment variable {TF_CONFIG} does not describe a cluster: "
            f"{error}. Correct it, unset it, or use --strategy none"
        ) from error
    if len(addresses) == 1:
        return None
    before = sum(len(cluster[job]) for job in jobs[: jobs.index(kind)])
    return ClusterSpec(addresses, before + number, TF_CONFIG)


def _ask_slurm(environment: Mapping[str, str]) -> ClusterSpec | None:
    tasks = environment.get("SLURM_STEP_NUM_TASKS", "1")
    if not tasks.isdecimal() or int(tasks) < 2:
        return None
    try:
        addresses = list_addresses(environment)
        index = int(environment["SLURM_PROCID"])
        if index >= len(addresses):
            raise ValueError(f"task {index} of {len(addresses)}")
    except (ValueError, KeyError) as error:
        raise UserError(
            f"the variables of Slurm do not describe a cluster ({error}): give "
            f"--workers and --worker, or --strategy none"
        ) from error
    return ClusterSpec(addresses, index, "Slurm")
