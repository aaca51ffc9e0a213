"""Errors of the file system, as each library reports them."""

import contextlib
import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.atomic import write_atomic, write_atomic_folder
from pyimagesearch.cli import run_command
from pyimagesearch.disk import describe_os_error, find_os_error
from pyimagesearch.export.formats import _write_saved_model
from pyimagesearch.translation.generator import save_generator

FULL = "No space left on device"
LIMIT = 10_000  # bytes of a file


@contextlib.contextmanager
def limit_files():
    """No file may grow beyond `LIMIT`: like a full disk, but without one.

    Not a fixture: pytest writes its own report while fixtures are active.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def write_bytes(path):
    with write_atomic(path) as temporary:
        temporary.write_bytes(bytes(2 * LIMIT))


def write_npy(path):
    with write_atomic(path) as temporary:
        np.save(temporary, np.zeros(LIMIT))


def write_npz(path):
    with write_atomic(path) as temporary:
        np.savez(temporary, a=np.zeros(LIMIT))


def create_generator():
    layers = [keras.Input((8, 8, 3)), keras.layers.Conv2D(LIMIT // 30, 3)]
    return keras.Sequential([*layers, keras.layers.Conv2D(3, 1)])


def write_keras(path):
    save_generator(create_generator(), path)


def write_saved_model(path):
    with write_atomic_folder(path) as temporary:
        _write_saved_model(create_generator(), temporary)


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (write_bytes, "a.bin"),
        (write_npy, "a.npy"),
        (write_npz, "a.npz"),
        (write_keras, "a.keras"),
        (write_saved_model, "a"),
    ],
)
def test_every_writer_names_the_file_and_what_is_free(tmp_path, capsys, write, name):
    with limit_files(), pytest.raises(SystemExit) as ended:
        run_command(lambda: write(tmp_path / name))
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(f"[ERROR] {tmp_path / name}: ")
    assert said.endswith(f" free in {tmp_path})\n")
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("EISDIR", tf.errors.FailedPreconditionError),
        ("ENOTDIR", tf.errors.FailedPreconditionError),
        ("EACCES", tf.errors.PermissionDeniedError),
        ("ENOSPC", tf.errors.ResourceExhaustedError),
        ("EDQUOT", tf.errors.ResourceExhaustedError),
    ],
)
def test_errors_of_tensorflow_have_a_number_and_a_file(number, error, capsys):
    number = getattr(errno, number)
    reason = os.strerror(number)
    start = "{{function_node __wrapped__Flush_device_/job:localhost/device:CPU:0}} "
    raised = error(None, None, f"{start}/gone/a b/events.v2; {reason} [Op:Flush]")
    found = find_os_error(raised)
    assert (found.errno, found.filename) == (number, "/gone/a b/events.v2")

    def main():
        raise raised

    with pytest.raises(SystemExit) as ended:
        run_command(main)
    assert ended.value.code == 2
    assert f"[ERROR] /gone/a b/events.v2: {reason}" in capsys.readouterr().err


def test_a_lack_of_memory_is_no_full_disk(capsys):
    def main():
        message = "OOM when allocating tensor with shape[64]"
        raise tf.errors.ResourceExhaustedError(None, None, message)

    with pytest.raises(SystemExit) as ended:
        run_command(main)
    assert ended.value.code == 1
    assert "[ERROR] out of memory: reduce --batch-size" in capsys.readouterr().err


def test_a_full_disk_is_found_behind_another_error():
    try:
        try:
            raise OSError(errno.ENOSPC, FULL, "a")
        finally:
            raise ValueError("the archive has an open entry")
    except ValueError as error:
        assert find_os_error(error).filename == "a"


def test_other_errors_are_not_of_the_disk():
    try:
        try:
            raise FileNotFoundError(errno.ENOENT, "gone", "a")
        finally:
            raise ValueError
    except ValueError as error:
        assert find_os_error(error) is None
    assert find_os_error(ValueError(FULL)) is None
    assert find_os_error(OSError("of nothing")) is None


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path):
    (tmp_path / "logs").touch()
    with pytest.raises(NotADirectoryError) as error:
        write_bytes(tmp_path / "logs" / "a.csv")
    assert describe_os_error(error.value) == f"{tmp_path / 'logs'}: Not a directory"


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounts a small disk"
)
def test_a_training_on_a_small_disk(tmp_path, pairs_folder):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("no mounts here")
    try:
        flags = ["--data", pairs_folder, "--output", disk / "run", "--epochs", "2"]
        flags += ["--image-size", "32", "--batch-size", "1", "--steps-per-epoch", "2"]
        script = Path(__file__).parents[1] / "train_pix2pix.py"
        done = subprocess.run(
            [sys.executable, str(script), *map(str, flags)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        left = [path.name for path in disk.rglob(".unfinished*")]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith(f"[ERROR] {disk}/run/")
    assert f"{FULL} (" in last and " MB free in " in last
    assert "Traceback" not in done.stderr
    assert not left
