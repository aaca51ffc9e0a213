"""How a process ends while threads of `tf.data` call Python to make batches."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from tiny import make_pairs

from pyimagesearch.data_preprocess import make_batches, stop_pipelines
from pyimagesearch.datasets.stream import TrainStream

# OpenCV works without the interpreter's lock. Its thread that takes the lock again
# while the interpreter finalizes is what aborts the process.
SCRIPT = """
import atexit, os, signal, sys
sys.path.insert(0, {root!r})
import cv2, numpy as np, tensorflow as tf
from pyimagesearch.cli import run_command
from pyimagesearch.data_preprocess import make_batches
from pyimagesearch.datasets.pairs import PairArrays
from pyimagesearch.datasets.stream import TrainStream
from pyimagesearch.errors import UserError

atexit.register(print, "the last function at exit")
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
devices = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], devices
)
image = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
file = cv2.imencode(".png", image)[1]

class SlowStream(TrainStream):
    def make_batch(self, step):
        for _ in range(100):
            cv2.imdecode(file, cv2.IMREAD_COLOR)
        return super().make_batch(step)

def main():
    sides = np.zeros((2, 1, 32, 32, 3), np.uint8)
    batches = make_batches(SlowStream(PairArrays(tuple(sides)), 2, 0))
    if {is_distributed}:
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
        batches = strategy.experimental_distribute_dataset(batches)
    batches = iter(batches)
    cycle = [batches]
    cycle.append(cycle)
    next(batches)
    {ending}

run_command(main)
"""
ENDINGS = {
    "bad input": ("raise UserError('bad')", 2),
    "no memory": ("raise MemoryError", 1),
    "Ctrl-C": ("os.kill(os.getpid(), signal.SIGINT); input()", 130),
    "a defect": ("raise ZeroDivisionError", 1),
    "a global iterator": ("globals().update(kept=batches)", 0),
}


def leave(ending, is_distributed):
    root = str(Path(__file__).parents[1])
    script = SCRIPT.format(root=root, ending=ending, is_distributed=is_distributed)
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("is_distributed", [False, True])
@pytest.mark.parametrize(("ending", "status"), ENDINGS.values(), ids=ENDINGS)
def test_the_process_keeps_its_exit_status(ending, status, is_distributed):
    done = leave(ending, is_distributed)
    assert done.returncode == status, done.stderr
    assert "terminate called" not in done.stderr
    assert done.stdout.endswith("the last function at exit\n")


@pytest.mark.slow  # among other tests: it stops what they have left
def test_no_thread_calls_python_after_the_pipelines_have_stopped():
    begun, ended = [], []
    first_two = threading.Semaphore(2)

    class SlowStream(TrainStream):
        def make_batch(self, step):
            begun.append(step)
            if not first_two.acquire(blocking=False):
                started.set()
                threading.Event().wait(0.3)
            ended.append(step)
            return super().make_batch(step)

    started = threading.Event()
    images = make_pairs(np.zeros((1, 32, 64, 3), np.uint8))
    batches = iter(make_batches(SlowStream(images, 1, seed=0)))
    next(batches)
    assert started.wait(10)

    handler = signal.getsignal(signal.SIGINT)
    try:
        stop_pipelines()
    finally:
        signal.signal(signal.SIGINT, handler)
    stopped = len(begun)
    assert len(ended) == stopped
    threading.Event().wait(0.5)
    assert len(begun) == stopped
    assert not vars(batches)
