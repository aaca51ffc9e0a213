"""The memory that something takes while it runs."""

import threading

import psutil
import tensorflow as tf

INTERVAL = 0.02  # seconds between two looks at the process


class PeakMemory:
    """The most memory in use within: on the first GPU, or else by this process.

    Attributes:
        bytes: known afterwards.
    """

    def __enter__(self):
        self.bytes = 0
        self._gpus = [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
        if self._gpus:
            tf.config.experimental.reset_memory_stats(self._gpus[0])
            return self
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_):
        if self._gpus:
            memory = tf.config.experimental.get_memory_info(self._gpus[0])
            self.bytes = memory["peak"]
            return
        self._over.set()
        self._thread.join()

    def _look(self):
        process = psutil.Process()
        while True:
            self.bytes = max(self.bytes, process.memory_info().rss)
            if self._over.wait(INTERVAL):
                return
