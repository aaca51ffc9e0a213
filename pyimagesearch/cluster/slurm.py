"""The addresses of the tasks of a Slurm job step.

TensorFlow's `SlurmClusterResolver` sorts the nodes by their names, so that node10 comes
before node9, where Slurm counts its tasks in the order of its node list. It also needs
GPUs. Therefore this module reads Slurm's variables itself.
"""

import itertools
import re
from collections.abc import Iterator, Mapping

FIRST_PORT = 20_000  # of the jobs whose number ends in 000
JOBS = 1000  # that get ports of their own
PORTS = 16  # for each of them, which is how many tasks can share a node
_PART = re.compile(r"[^,\[\]]+|\[[\d,-]+\]")


def list_addresses(environment: Mapping[str, str]) -> tuple[str, ...]:
    """List the addresses of all tasks, in the order of their numbers.

    The tasks of one node have consecutive ports, which the number of the job decides,
    so that two jobs on one node do not meet.

    Args:
        environment: mapping of str to str, with Slurm's variables of a job step.

    Returns:
        tuple of str, HOST:PORT of every task.

    Raises:
        KeyError: if a variable is missing.
        ValueError: if a variable is not of Slurm's format.
    """
    nodes = list(expand_nodes(environment["SLURM_STEP_NODELIST"]))
    tasks = list(expand_counts(environment["SLURM_STEP_TASKS_PER_NODE"]))
    if len(nodes) != len(tasks):
        raise ValueError(f"{len(nodes)} nodes, and tasks for {len(tasks)}")
    if max(tasks) > PORTS:
        raise ValueError(f"{max(tasks)} tasks on one node, and at most {PORTS} can be")
    job = int(environment["SLURM_JOB_ID"])
    first = FIRST_PORT + PORTS * (job % JOBS)
    return tuple(
        f"{node}:{first + number}"
        for node, count in zip(nodes, tasks, strict=True)
        for number in range(count)
    )


def expand_nodes(text: str) -> Iterator[str]:
    """Expand a node list such as "gpu[08-10,12],login1".

    Args:
        text: str.

    Yields:
        str, the name of each node.

    Raises:
        ValueError: if the text is no node list.
    """
    names = re.findall(r"(?:[^,\[]|\[[^\]]*\])+", text)
    if ",".join(names) != text:
        raise ValueError(f"{text} is not a list of nodes")
    for name in names:
        parts = _PART.findall(name)
        if "".join(parts) != name:
            raise ValueError(f"{name} is not a name of nodes")
        expanded = [
            list(_expand_numbers(part[1:-1])) if part.startswith("[") else [part]
            for part in parts
        ]
        yield from map("".join, itertools.product(*expanded))


def _expand_numbers(text: str) -> Iterator[str]:
    """Expand "08-10,12" into "08", "09", "10" and "12"."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        for number in range(int(first), int(last or first) + 1):
            yield f"{number:0{len(first)}d}"


def expand_counts(text: str) -> Iterator[int]:
    """Expand the tasks of each node, such as "2(x3),1" into 2, 2, 2 and 1.

    Raises:
        ValueError: if the text is not of this form.
    """
    for part in text.split(","):
        found = re.fullmatch(r"(\d+)(?:\(x(\d+)\))?", part)
        if not found:
            raise ValueError(f"{part} is not a number of tasks")
        yield from [int(found[1])] * int(found[2] or 1)
