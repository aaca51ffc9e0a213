"""What the benchmarks share: measurements in turn, peak memory, and the table."""

import statistics
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import tensorflow as tf

from pyimagesearch.cli import info

MEMORY_INTERVAL = 0.02  # seconds between two readings of the memory


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
            rate, peak = measure_peak_memory(measure)
            rates[name].append(rate)
            memory[name] = max(memory[name], peak)
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


def format_figures(figures: dict, notes: dict, unit: str, batch_size: int) -> str:
    """Format what `measure_in_turn` returns as a table, with the notes below it."""
    width = max(18, 1 + max(map(len, figures)))
    lines = [f"{'':<{width}}{unit + '/s':>24}{'ratio':>24}{'s/batch':>9}{'peak MB':>9}"]
    for name, row in figures.items():
        rate = _format_range(row["per_second"], row["lowest"], row["highest"])
        ratio = _format_range(row["ratio"], row["lowest_ratio"], row["highest_ratio"])
        seconds, memory = batch_size / row["per_second"], row["peak_memory"] / 1e6
        lines.append(
            f"{name:<{width}}{rate:>24}{ratio:>24}{seconds:>9.3g}{memory:>9,.0f}"
        )
    for name, value in notes.items():
        lines.append(f"{name}: {value if isinstance(value, str) else _format(value)}")
    return "\n".join(lines)


def _format_range(median, lowest, highest):
    return f"{_format(median)} ({_format(lowest)} - {_format(highest)})"


def _format(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def measure_peak_memory(function: Callable[[], float]) -> tuple[float, int]:
    """Call a function and measure the peak memory during the call.

    Returns the function's result and bytes: the peak on the first GPU, or without a
    GPU, the peak resident memory of the process.
    """
    gpus = tf.config.list_logical_devices("GPU")
    if gpus:
        tf.config.experimental.reset_memory_stats(gpus[0].name)
        result = function()
        return result, tf.config.experimental.get_memory_info(gpus[0].name)["peak"]
    process, readings, ended = psutil.Process(), [], threading.Event()

    def watch() -> None:
        while not ended.is_set():
            readings.append(process.memory_info().rss)
            ended.wait(MEMORY_INTERVAL)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(watch)
        try:
            result = function()
        finally:
            ended.set()
    return result, max(readings)
