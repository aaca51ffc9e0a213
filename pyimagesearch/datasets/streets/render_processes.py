"""Render street scenes in several processes: Python threads would wait for each other.

`python -m pyimagesearch.datasets.streets.render_processes` is one of them.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

MIN_SCENES = 40  # that take as long as a process needs to start, several times
ROOT = Path(__file__).parents[3]  # of the package, for the processes' import
MODULE = "pyimagesearch.datasets.streets.render_processes"


def write_scenes(
    folder: Path,
    scenes: list[tuple[str, int]],
    size: int,
    write: Callable[[Path, int, int], None],
    show: Callable[[int], None],
) -> None:
    """Write scenes with one process for each core, and end when all are written.

    The other processes have no output. What one of them leaves out, because it cannot
    be started or is killed, this process writes itself, or raises what is in the way.

    Args:
        folder: Path, an existing folder.
        scenes: list of (name, index): the file, relative to `folder`, and the number of
            each scene.
        size: int, pixels a side.
        write: callable, writes the file of a scene: its path, index and size.
        show: callable, gets the number of written files; until the end it is an
            estimate.
    """
    cores = _count_cores() if len(scenes) >= MIN_SCENES else 1
    with _start_helpers(folder, scenes, size, cores - 1) as helpers:
        own = scenes[::cores]
        for number, (name, index) in enumerate(own, start=1):
            write(folder / name, index, size)
            show(min(number * cores, len(scenes) - 1))  # about
        for helper in helpers:
            helper.wait()
    for name, index in scenes:
        if not (folder / name).exists():
            write(folder / name, index, size)
    show(len(scenes))


def _count_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def _start_helpers(folder, scenes, size, number) -> Iterator[list[subprocess.Popen]]:
    """Start processes that write every scene but those of this process."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    helpers = []
    try:
        for share in range(1, number + 1):
            words = [f"{name}:{index}" for name, index in scenes[share :: number + 1]]
            with contextlib.suppress(OSError):
                helpers.append(
                    subprocess.Popen(
                        [sys.executable, "-m", MODULE, str(folder), str(size), *words],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                        env={**os.environ, "PYTHONPATH": path},
                    )
                )
        yield helpers
    finally:
        for helper in helpers:
            helper.kill()
            helper.wait()


def main() -> None:
    """Write the scenes that the command line names."""
    from pyimagesearch.datasets.streets.street_dataset import write_scene

    folder, size, *words = sys.argv[1:]
    for word in words:
        name, index = word.rsplit(":", 1)
        write_scene(Path(folder, name), int(index), int(size))


if __name__ == "__main__":
    main()
