"""Downloads that are killed, and downloads that run at the same time."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pyimagesearch.datasets import transfer
from pyimagesearch.datasets.download import download_dataset

WAIT_SECONDS = 10  # for another process, at most
DOWNLOAD = """
import sys
from pyimagesearch.datasets.download import download_dataset
print(download_dataset("facades", sys.argv[1]))
"""
STUCK_WHILE_UNPACKING = """
import tarfile, time
extract = tarfile.TarFile.extract
def extract_one(self, member, *args, **kwargs):
    extract(self, member, *args, **kwargs)
    time.sleep(60)
tarfile.TarFile.extract = extract_one
"""


@pytest.fixture
def start():
    """Start processes that run Python code, and kill them after the test."""
    processes = []

    def run(code, url):
        process = subprocess.Popen(
            [sys.executable, "-c", code, url],
            cwd=Path(__file__).parents[2],  # where the package is
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def wait_for(condition):
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_killed_while_downloading(
    server, start, dataset_cache, left_in_cache, check_cached
):
    server.faults = ["stall"]
    process = start(DOWNLOAD, server.url)
    part = dataset_cache / ".facades.part"
    assert server.halfway.wait(WAIT_SECONDS)
    wait_for(lambda: part.exists() and part.stat().st_size > transfer.CHUNK_BYTES)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert "facades" not in left_in_cache()
    held = part.stat().st_size

    check_cached(download_dataset("facades", server.url))

    assert [request.get("Range") for request in server.requests] == [
        None,
        f"bytes={held}-",
    ]


def test_killed_while_unpacking(
    server, start, dataset_cache, left_in_cache, check_cached
):
    process = start(STUCK_WHILE_UNPACKING + DOWNLOAD, server.url)
    partial = dataset_cache / ".facades.partial"
    wait_for(lambda: list(partial.rglob("*.jpg")))
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert "facades" not in left_in_cache()
    assert partial.is_dir()

    check_cached(download_dataset("facades", server.url))

    assert len(server.requests) == 1


def test_two_runs_share_one_download(server, start, dataset_cache, check_cached):
    folder = dataset_cache / "facades"
    server.faults = ["late"]
    first = start(DOWNLOAD, server.url)
    wait_for(lambda: server.requests)
    second = start(DOWNLOAD, server.url)
    assert second.stdout.readline() == (
        f"[INFO] waiting for another run that is creating {folder}\n"
    )
    server.released.set()

    assert second.communicate(timeout=WAIT_SECONDS)[0] == f"{folder}\n"
    assert first.communicate(timeout=WAIT_SECONDS)[0].endswith(f"{folder}\n")
    assert (first.returncode, second.returncode) == (0, 0)
    assert len(server.requests) == 1
    check_cached(folder)
