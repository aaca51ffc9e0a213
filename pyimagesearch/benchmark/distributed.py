"""Measure what two workers gain on this machine, whole processes at a time."""

import contextlib
import os
import statistics
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import psutil

from pyimagesearch import config
from pyimagesearch.benchmark.rounds import MEMORY_INTERVAL, measure_in_turn
from pyimagesearch.cluster.local_workers import LocalWorker, start_workers
from pyimagesearch.errors import RunStoppedError, UserError
from pyimagesearch.run_record import read_history

EPOCHS = 4  # of which the first, which traces the graph, does not count
PAIRS = 16
# Workers, cores of each, and the share of the batch that is trained.
SETUPS = {
    "1 process 2 cores": (1, 2, 1.0),
    "1 process 1 core": (1, 1, 1.0),
    "2 workers 1 core": (2, 1, 1.0),
    "half batch 1 core": (1, 1, 0.5),
}
HALF, TWO_WORKERS = "half batch 1 core", "2 workers 1 core"


def measure_workers(settings: Namespace, size: tuple[int, int]) -> tuple[dict, dict]:
    """Measure trainings of one and of two processes, of the same batches.

    Returns what `measure_in_turn` returns, in images per second, with the memory of all
    processes of a training; and as notes the share of a step of two workers in which a
    worker does not compute: it sends, receives and waits. A process with one core and
    half of the batch shows how long the computation takes.

    Raises:
        UserError: if there are fewer than two cores to choose from.
        RunStoppedError: if a training fails.
    """
    cores = _get_cores()
    if len(cores) < 2:
        raise UserError("the benchmark of workers needs Linux and two cores")
    if settings.batch_size % 2:
        raise UserError(
            f"--batch-size {settings.batch_size} is odd: choose an even one"
        )
    memory = dict.fromkeys(SETUPS, 0)
    with tempfile.TemporaryDirectory() as folder:
        pairs = _write_noise(Path(folder, "pairs"), size)
        flags = [*_make_flags(settings, size), "--data", str(pairs)]

        def measure(name: str) -> float:
            rate, peak = _train(name, flags, settings.batch_size, cores, folder)
            memory[name] = max(memory[name], peak)
            return rate

        measurements = {name: partial(measure, name) for name in SETUPS}
        figures = measure_in_turn(measurements, settings.rounds)
    for name, row in figures.items():
        row["peak_memory"] = memory[name]
    # Both rates are of images, and a worker has half of those of a step.
    half, whole = (figures[name]["per_second"] for name in (HALF, TWO_WORKERS))
    share = 1 - (whole / 2) / half
    return figures, {"share of a step that is not computation": max(0.0, share)}


def _get_cores() -> list[int]:
    """Return the cores that this process may use; none on other systems than Linux."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    return sorted(os.sched_getaffinity(0))


def _write_noise(folder: Path, size: tuple[int, int]) -> Path:
    """Write side-by-side images."""
    (folder / "train").mkdir(parents=True)
    (folder / "val").mkdir()
    rng = np.random.default_rng(0)
    for number in range(PAIRS):
        image = rng.integers(0, 256, (size[0], 2 * size[1], 3), np.uint8)
        split = "val" if number == 0 else "train"
        cv2.imwrite(str(folder / split / f"{number}.png"), image)
    return folder


def _make_flags(settings: Namespace, size: tuple[int, int]) -> list[str]:
    return [
        *("--image-size", f"{size[0]}x{size[1]}", "--epochs", str(EPOCHS)),
        *("--steps-per-epoch", str(settings.steps), "--validation-steps", "1"),
        *("--monitor-interval", str(EPOCHS), "--checkpoint-interval", str(EPOCHS)),
        *("--keep-best", "none", "--augment", "crop", "--cache", "memory"),
        *("--network", settings.network, "--precision", "float32"),
    ]


def _train(name, flags, batch_size, cores, folder) -> tuple[float, int]:
    """Train once; return images per second, and the peak memory of all processes."""
    workers, cores_of_each, share = SETUPS[name]
    run = Path(folder, "run")
    flags = [*flags, "--output", str(run), "--batch-size", str(int(batch_size * share))]
    with (
        _use_cores(cores[:2], workers, cores_of_each) as assign,
        start_workers(flags, workers, is_chief_shown=False) as processes,
    ):
        assign(processes)
        peak = _watch(processes)
        failed = next((each for each in processes if each.get_status()), None)
        if failed:
            failed.show_errors()
            raise RunStoppedError(f"a training failed: {name}", failed.get_status())
    rows = read_history(run / config.HISTORY_FILE)
    return statistics.median(row["images_per_second"] for row in rows[1:]), peak


@contextlib.contextmanager
def _use_cores(cores: list[int], workers: int, cores_of_each: int) -> Iterator:
    """Give each process its cores.

    TensorFlow counts them when it starts, so a process inherits the first ones, before
    it is given its own.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores[:cores_of_each])

    def assign(processes: list[LocalWorker]) -> None:
        if workers > 1:
            for worker, core in zip(processes, cores, strict=True):
                psutil.Process(worker.process.pid).cpu_affinity([core])

    try:
        yield assign
    finally:
        os.sched_setaffinity(0, before)


def _watch(processes: list[LocalWorker]) -> int:
    """Wait for the end of all processes; return the peak of their memory together."""
    peak = 0
    running = [psutil.Process(each.process.pid) for each in processes]
    while any(each.get_status() is None for each in processes):
        memory = 0
        for process in running:
            with contextlib.suppress(psutil.Error):
                memory += process.memory_info().rss
        peak = max(peak, memory)
        time.sleep(MEMORY_INTERVAL)
    return peak
