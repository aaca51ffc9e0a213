"""What the benchmarks share: measurements in turn, peak memory, and the table."""

import statistics
import threading
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import psutil
import tensorflow as tf

from pyimagesearch.cli import info

MEMORY_INTERVAL = 0.02  # seconds between two readings of the memory


class Result(NamedTuple):
    """The figures of one image size.

    Attributes:
        by_name: dict, the figures by measurement, as returned by `measure_in_turn`.
        notes: dict, other figures by their description.
    """

    by_name: dict[str, dict[str, float]]
    notes: dict[str, float | str]


def measure_in_turn(
    measurements: dict[str, Callable[[], float]], rounds: int
) -> dict[str, dict[str, float]]:
    """Measure several things in turn, so that a slow minute slows all of them.

    Args:
        measurements: dict of callables that return a rate, the baseline first.
        rounds: int, how often each is called.

    Returns:
        dict by measurement. Each has "per_second" (median), "lowest", "highest"; the
        ratio to the baseline in the same round, as "ratio" (median), "lowest_ratio",
        "highest_ratio"; and "peak_memory" in bytes.
    """
    rates = {name: [] for name in measurements}
    memory = dict.fromkeys(measurements, 0)
    for number in range(1, rounds + 1):
        info(f"round {number} of {rounds}")
        for name, measure in measurements.items():
            with PeakMemory() as peak:
                rates[name].append(measure())
            memory[name] = max(memory[name], peak.bytes)
    baseline = next(iter(rates.values()))
    figures = {}
    for name, values in rates.items():
        ratios = np.divide(values, baseline).tolist()
        figures[name] = {
            "per_second": statistics.median(values),
            "lowest": min(values),
            "highest": max(values),
            "ratio": statistics.median(ratios),
            "lowest_ratio": min(ratios),
            "highest_ratio": max(ratios),
            "peak_memory": memory[name],
        }
    return figures


def format_result(result: Result, unit: str, batch_size: int) -> str:
    """Format the figures of one image size as a table, with the notes below it."""
    lines = [f"{'':<18}{unit + '/s':>24}{'ratio':>24}{'s/batch':>9}{'peak MB':>9}"]
    for name, row in result.by_name.items():
        rate = _format_range(row["per_second"], row["lowest"], row["highest"])
        ratio = _format_range(row["ratio"], row["lowest_ratio"], row["highest_ratio"])
        seconds, memory = batch_size / row["per_second"], row["peak_memory"] / 1e6
        lines.append(f"{name:<18}{rate:>24}{ratio:>24}{seconds:>9.3g}{memory:>9,.0f}")
    for name, value in result.notes.items():
        lines.append(f"{name}: {value if isinstance(value, str) else _format(value)}")
    return "\n".join(lines)


def _format_range(median, lowest, highest):
    return f"{_format(median)} ({_format(lowest)} - {_format(highest)})"


def _format(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


class PeakMemory:
    """Context manager that records the peak memory of the code inside it.

    Attributes:
        bytes: int, the peak on the first GPU; without a GPU, the peak resident memory
            of the process. Known after the context ends.
    """

    def __enter__(self):
        self.bytes = 0
        self._gpus = [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
        if self._gpus:
            tf.config.experimental.reset_memory_stats(self._gpus[0])
            return self
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_):
        if self._gpus:
            memory = tf.config.experimental.get_memory_info(self._gpus[0])
            self.bytes = memory["peak"]
            return
        self._ended.set()
        self._thread.join()

    def _watch(self):
        process = psutil.Process()
        while True:
            self.bytes = max(self.bytes, process.memory_info().rss)
            if self._ended.wait(MEMORY_INTERVAL):
                return
