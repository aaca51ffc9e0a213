"""`python -m pyimagesearch.launch`: start the workers of a training on this machine."""

from pyimagesearch.process import SIGNALS, prepare_process

if __name__ == "__main__":
    prepare_process()  # before the imports, which take long

import argparse
import contextlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import IO

from pyimagesearch.cli import INTEGER, SIGNALLED, Parser, run_command, warning
from pyimagesearch.errors import RunStoppedError, UserError

POLL_SECONDS = 0.1
END_SECONDS = 90.0  # that the others have, after one worker has ended
SHOWN_BYTES = 4000  # of the errors of a worker that is not the chief


def main() -> None:
    settings = parse_launch_settings()
    addresses = choose_addresses(settings.workers)
    with start_workers(settings.flags, addresses) as workers:
        status = wait_for_workers(workers)
    if status:
        raise RunStoppedError("the training has ended, see above", status)


def parse_launch_settings(arguments: list[str] | None = None) -> argparse.Namespace:
    """Parse the flags.

    Args:
        arguments: list of str, the command line without the command, or None for that
            of the process.

    Returns:
        Namespace with "workers" and "flags", those of the training.

    Raises:
        UserError: if a flag is wrong, or the command to launch is not "train".
    """
    parser = Parser(
        "python -m pyimagesearch.launch",
        "Start several workers of one training on this machine, and show the output of "
        "the first one.",
        "--workers 2 -- train --dataset streets --recipe quick",
        usage="%(prog)s [FLAG ...] -- train [FLAG ...]",
    )
    parser.add_argument("--workers", **INTEGER, default=2, help="number of processes")
    arguments = sys.argv[1:] if arguments is None else arguments
    place = arguments.index("--") if "--" in arguments else len(arguments)
    settings = parser.parse_args(arguments[:place])
    command = arguments[place + 1 : place + 2]
    if command != ["train"]:
        raise UserError(
            "end the flags of launch with -- and the command to start, which is train: "
            "--workers 2 -- train --dataset streets"
        )
    settings.flags = arguments[place + 2 :]
    return settings


def choose_addresses(count: int) -> list[str]:
    """Choose addresses on this machine, with ports that are free now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]


class LocalWorker:
    """A process of a training on this machine.

    The chief, number 0, writes to the standard streams of this process.

    Args:
        flags: list of str, of the training.
        number: int, of the worker.
    """

    def __init__(self, flags: list[str], number: int):
        self.number = number
        self.errors: IO | None = None
        if number > 0:
            self.errors = tempfile.TemporaryFile()  # noqa: SIM115, closed at the end
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pyimagesearch", "train", *flags],
            stdin=subprocess.DEVNULL,
            stdout=None if number == 0 else subprocess.DEVNULL,
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


@contextlib.contextmanager
def start_workers(flags: list[str], addresses: list[str]) -> Iterator[list]:
    """Start all workers, forward signals to them, and end them at the end.

    Args:
        flags: list of str, of the training.
        addresses: list of str, one HOST:PORT for each worker; a single one trains
            alone.

    Yields:
        list of LocalWorker.
    """
    cluster = ["--workers", ",".join(addresses)] if len(addresses) > 1 else []
    workers: list[LocalWorker] = []

    def forward(number, frame):
        for worker in workers:
            if worker.get_status() is None:
                worker.process.send_signal(number)

    before = {number: signal.signal(number, forward) for number in SIGNALS}
    try:
        for number in range(len(addresses)):
            own = [*cluster, "--worker", str(number)] if cluster else []
            workers.append(LocalWorker([*flags, *own], number))
        yield workers
    finally:
        for worker in workers:
            if worker.get_status() is None:
                worker.process.kill()
            worker.process.wait()
            if worker.errors:
                worker.errors.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_workers(workers: list[LocalWorker]) -> int:
    """Wait until all workers have ended, or one has and the others do not follow.

    Args:
        workers: list of LocalWorker.

    Returns:
        int, the exit status of the first one that has failed, or 0.
    """
    running, statuses = list(workers), []
    deadline = None
    while running and (deadline is None or time.monotonic() < deadline):
        for worker in list(running):
            status = worker.get_status()
            if status is None:
                continue
            running.remove(worker)
            deadline = deadline or time.monotonic() + END_SECONDS
            if status and not any(statuses):
                worker.show_errors()
            statuses.append(status)
        time.sleep(POLL_SECONDS)
    if running:
        names = ", ".join(str(worker.number) for worker in running)
        warning(f"ending worker {names}, which did not follow within {END_SECONDS:g} s")
    return next(filter(None, statuses), 0)


if __name__ == "__main__":
    run_command(main)
