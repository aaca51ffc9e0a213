"""Workers of a training that run on this machine, as processes of their own."""

import contextlib
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import IO

from pyimagesearch.cli import SIGNALLED, warning
from pyimagesearch.process import SIGNALS

SHOWN_BYTES = 4000  # of the errors of a worker that is not the chief


def choose_addresses(count: int) -> list[str]:
    """Choose addresses on this machine, with ports that are free now.

    Args:
        count: int, the number of workers.

    Returns:
        list of str, such as "127.0.0.1:40217".
    """
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]


class LocalWorker:
    """A process that trains.

    Args:
        flags: list of str, of the training.
        number: int, of the worker.
        is_shown: bool, whether it writes to the standard streams of this process.
    """

    def __init__(self, flags: list[str], number: int, is_shown: bool):
        self.number = number
        self.errors: IO | None = None
        if not is_shown:
            self.errors = tempfile.TemporaryFile()  # noqa: SIM115, closed by `end`
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pyimagesearch", "train", *flags],
            stdin=subprocess.DEVNULL,
            stdout=None if is_shown else subprocess.DEVNULL,
            stderr=self.errors,
            # Ctrl-C goes to this process, which forwards it once to each.
            start_new_session=True,
        )

    def get_status(self) -> int | None:
        """Return the exit status as a shell shows it, or None while it runs."""
        status = self.process.poll()
        return SIGNALLED - status if status is not None and status < 0 else status

    def show_errors(self) -> None:
        """Print the end of what the worker has written to its standard error."""
        if self.errors:
            size = self.errors.seek(0, 2)
            self.errors.seek(max(0, size - SHOWN_BYTES))
            for line in self.errors.read().decode(errors="replace").splitlines():
                warning(f"worker {self.number}: {line}")

    def end(self) -> None:
        """End the process, if it has not ended."""
        if self.get_status() is None:
            self.process.kill()
        self.process.wait()
        if self.errors:
            self.errors.close()


@contextlib.contextmanager
def start_workers(
    flags: list[str], count: int, *, is_chief_shown: bool = True
) -> Iterator[list[LocalWorker]]:
    """Start all workers, forward signals to them, and end them at the end.

    Args:
        flags: list of str, of the training.
        count: int, the number of workers; a single one trains alone.
        is_chief_shown: bool, whether the chief writes to the standard streams.

    Yields:
        list of LocalWorker.
    """
    addresses = choose_addresses(count)
    cluster = ["--workers", ",".join(addresses)] if count > 1 else []
    workers: list[LocalWorker] = []

    def forward(number, frame):
        for worker in workers:
            if worker.get_status() is None:
                worker.process.send_signal(number)

    before = {number: signal.signal(number, forward) for number in SIGNALS}
    try:
        for number in range(count):
            own = [*cluster, "--worker", str(number)] if cluster else []
            is_shown = is_chief_shown and number == 0
            workers.append(LocalWorker([*flags, *own], number, is_shown))
        yield workers
    finally:
        for worker in workers:
            worker.end()
        for number, handler in before.items():
            signal.signal(number, handler)
