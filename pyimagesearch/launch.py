"""`python -m pyimagesearch.launch`: start the workers of a training on this machine."""

from pyimagesearch.process import prepare_process

if __name__ == "__main__":
    prepare_process()  # before the imports, which take long

import argparse
import sys
import time

from pyimagesearch.cli import INTEGER, Parser, run_command, warning
from pyimagesearch.cluster.local_workers import LocalWorker, start_workers
from pyimagesearch.errors import RunStoppedError, UserError

POLL_SECONDS = 0.1
END_SECONDS = 90.0  # that the others have, after one worker has ended


def main() -> None:
    settings = parse_launch_settings()
    with start_workers(settings.flags, settings.workers) as workers:
        status = wait_for_workers(workers)
    if status:
        raise RunStoppedError(
            "the training did not reach its end: see the lines above", status
        )


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
    if arguments[place + 1 : place + 2] != ["train"]:
        raise UserError(
            "end the flags of launch with -- and the command to start, which is train: "
            "--workers 2 -- train --dataset streets"
        )
    settings.flags = arguments[place + 2 :]
    return settings


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
