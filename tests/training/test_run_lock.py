"""The lock on a run's folder, with real processes."""

import errno
import json
import os
import platform
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf
from tiny import SIZE, random_image, write_image

import inference
import train_pix2pix
from pyimagesearch import evaluate
from pyimagesearch.errors import UserError
from pyimagesearch.training import run_lock
from pyimagesearch.training.run import Run
from pyimagesearch.training.run_lock import LOCK_FILE, OWNER_FILE, RunLock
from pyimagesearch.training.training_settings import parse_training_settings
from pyimagesearch.translation.generator import save_generator

REPOSITORY = Path(train_pix2pix.__file__).parent
# Waits for a line, locks the folder, says how that went, and waits for another line.
TAKE_LOCK = """
import sys
from pathlib import Path
from pyimagesearch.errors import UserError
from pyimagesearch.training.run_lock import RunLock
print("ready", flush=True)
sys.stdin.readline()
lock = RunLock(Path(sys.argv[1]))
try:
    lock.acquire()
    print("locked", flush=True)
except UserError as error:
    print(error, flush=True)
sys.stdin.readline()
"""
SINCE = r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d"
UNKNOWN = "another training writes to {}: wait for its end, stop it, or choose another"


@pytest.fixture
def start_process():
    """Start processes that lock a folder when they get a line."""
    started = []

    def start(folder):
        process = subprocess.Popen(
            [sys.executable, "-c", TAKE_LOCK, str(folder)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def send_line(process):
    process.stdin.write("\n")
    process.stdin.flush()


def take_lock(process):
    send_line(process)
    return process.stdout.readline().strip()


def test_a_second_process_is_refused_with_the_name_of_the_first(
    tmp_path, start_process
):
    first = start_process(tmp_path)
    assert take_lock(first) == "locked"
    for _ in range(2):  # an attempt that fails erases nothing
        with pytest.raises(UserError) as refused:
            RunLock(tmp_path).acquire()
        assert re.fullmatch(
            rf"another training writes to {re.escape(str(tmp_path))} \(process "
            rf"{first.pid} on {re.escape(platform.node())}, {SINCE}\): wait for its "
            rf"end, stop it, or choose another folder with --output",
            str(refused.value),
        )


def test_of_processes_that_start_together_one_goes_on(tmp_path, start_process):
    processes = [start_process(tmp_path) for _ in range(4)]
    for process in processes:
        send_line(process)
    said = {process: process.stdout.readline().strip() for process in processes}
    (winner,) = [process for process in processes if said[process] == "locked"]
    for process in processes:
        assert process is winner or f"(process {winner.pid} on " in said[process]


def test_a_killed_process_leaves_no_obstacle(tmp_path, start_process):
    first = start_process(tmp_path)
    assert take_lock(first) == "locked"
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert f"process {first.pid} " in (tmp_path / OWNER_FILE).read_text()
    lock = RunLock(tmp_path)
    lock.acquire()
    assert f"process {os.getpid()} " in (tmp_path / OWNER_FILE).read_text()


def test_the_end_of_a_process_or_of_the_object_releases(tmp_path, start_process):
    first = start_process(tmp_path)
    assert take_lock(first) == "locked"
    first.communicate("\n")
    assert not (tmp_path / OWNER_FILE).exists()
    lock = RunLock(tmp_path)
    lock.acquire()
    assert "another training" in take_lock(start_process(tmp_path))
    del lock
    assert {path.name for path in tmp_path.iterdir()} <= {LOCK_FILE}
    assert take_lock(start_process(tmp_path)) == "locked"


def test_acquire_and_release_can_be_repeated(tmp_path, start_process):
    with RunLock(tmp_path) as lock:
        lock.acquire()
        lock.acquire()
        assert "another training" in take_lock(start_process(tmp_path))
    lock.release()
    second = start_process(tmp_path)
    assert take_lock(second) == "locked"
    second.communicate("\n")
    lock.acquire()
    assert "another training" in take_lock(start_process(tmp_path))


def test_a_process_takes_its_own_lock_over(tmp_path, start_process):
    first, second = RunLock(tmp_path), RunLock(tmp_path / ".." / tmp_path.name)
    first.acquire()
    second.acquire()
    del first
    assert f"(process {os.getpid()} on " in take_lock(start_process(tmp_path))


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"process 12",
        b"\xff\xfe\x00",
        b"process 1 on host, since yesterday",
        b"process -1 on host, since 2026-01-01 10:00:00+00:00",
        b"process 99999999999999999999 on host, since 2026-01-01 10:00:00+00:00",
        b"process 1 on a\x1b[2J host, since 2026-01-01 10:00:00+00:00",
        b"process 1 on host, since 2026-01-01 10:00:00+00:00 " + b"x" * 10_000,
    ],
)
def test_an_unreadable_owner_is_not_named(
    tmp_path, start_process, monkeypatch, content
):
    monkeypatch.setattr(run_lock, "PATIENCE", 0.0)
    assert take_lock(start_process(tmp_path)) == "locked"
    (tmp_path / OWNER_FILE).unlink()
    if content is not None:
        (tmp_path / OWNER_FILE).write_bytes(content)
    with pytest.raises(UserError, match=re.escape(UNKNOWN.format(tmp_path))):
        RunLock(tmp_path).acquire()


def test_the_owner_may_be_on_another_host(tmp_path, start_process):
    assert take_lock(start_process(tmp_path)) == "locked"
    owner = "process 999999999 on colab-1.example, since 2026-01-01 10:00:00+01:00"
    (tmp_path / OWNER_FILE).write_text(owner)
    with pytest.raises(UserError, match=re.escape(f"({owner}): wait")):
        RunLock(tmp_path).acquire()


def test_the_name_of_a_killed_process_is_not_given_for_the_next(
    tmp_path, start_process, monkeypatch
):
    monkeypatch.setattr(run_lock, "PATIENCE", 0.0)
    assert take_lock(start_process(tmp_path)) == "locked"
    path = tmp_path / OWNER_FILE
    path.write_text(re.sub(r"\d+", "999999999", path.read_text(), count=1))
    with pytest.raises(UserError, match=re.escape(UNKNOWN.format(tmp_path))):
        RunLock(tmp_path).acquire()


@pytest.mark.skipif(run_lock.fcntl is None, reason="no filesystem there is like that")
def test_a_filesystem_without_locks_is_one_warning(tmp_path, monkeypatch, capsys):
    def flock(file, operation):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(run_lock.fcntl, "flock", flock)
    with RunLock(tmp_path) as lock:
        lock.acquire()
        lock.acquire()
    assert capsys.readouterr().err == (
        f"[WARNING] {tmp_path} cannot be locked ({os.strerror(errno.ENOLCK)}): start "
        f"no other training in this folder\n"
    )
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_taken_before_the_start_stays(
    tmp_path, pairs_folder, start_process
):
    folder = tmp_path / "run"
    flags = ["--data", str(pairs_folder), "--output", str(folder)]
    run = Run(parse_training_settings(flags))
    folder.mkdir()
    (folder / "run.json").write_text("{}")
    assert take_lock(start_process(folder)) == "locked"
    with pytest.raises(UserError, match="another training writes to"):
        run.start(model=None)
    assert (folder / "run.json").read_text() == "{}"
    assert not (folder / "previous").exists()


def test_a_second_training_ends_with_one_sentence(tmp_path, pairs_folder):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{}")
    lock = RunLock(tmp_path / "run")
    lock.acquire()
    flags = ["--data", str(pairs_folder), "--output", str(tmp_path / "run")]
    done = subprocess.run(
        [sys.executable, "train_pix2pix.py", *flags, "--image-size", "32"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("[")]
    assert said.startswith(f"[ERROR] another training writes to {tmp_path / 'run'} (")
    assert f"(process {os.getpid()} on " in said
    assert (tmp_path / "run" / "run.json").read_text() == "{}"


@pytest.fixture
def run_folder(tmp_path, pairs_folder, networks):
    """A run's folder with a generator and the record that evaluate needs."""
    folder = tmp_path / "run"
    save_generator(networks[0], folder / "models" / "generator.keras")
    settings = {"dataset": None, "data": str(pairs_folder), "direction": "AtoB"}
    (folder / "run.json").write_text(json.dumps({"settings": settings}))
    return folder


def test_a_running_training_can_be_translated_and_evaluated(
    tmp_path, run_folder, monkeypatch, start_process
):
    # It cannot be turned off again for the following tests.
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: None)
    training = start_process(run_folder)
    assert take_lock(training) == "locked"
    owner = (run_folder / OWNER_FILE).read_bytes()
    photo = write_image(tmp_path / "photo.png", random_image(0, SIZE, SIZE))
    for main, flags in (
        (inference.main, []),
        (inference.main, ["--input", str(photo)]),
        (evaluate.main, ["--gallery", "1"]),
    ):
        monkeypatch.setattr(sys, "argv", ["command", "--run", str(run_folder), *flags])
        main()
    for name in ("grid.png", "translated/photo.png"):
        assert (run_folder / "images" / name).is_file()
    assert (
        json.loads((run_folder / "report" / "metrics.json").read_text())["pairs"] == 3
    )
    assert (run_folder / OWNER_FILE).read_bytes() == owner
    with pytest.raises(UserError, match=f"process {training.pid} on "):
        RunLock(run_folder).acquire()
