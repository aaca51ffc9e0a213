"""Ctrl-C, SIGTERM and SIGHUP end a command with one line, at any moment."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import pytest
from clips import write_clip
from tiny import random_image, write_image

from pyimagesearch import process
from pyimagesearch.atomic import TEMPORARY_PREFIX
from pyimagesearch.process import SIGNALS

REPOSITORY = Path(__file__).parents[1]
TRIALS, LONGEST = 20, 4.0  # seconds until the signal
INTERPRETER = 0.15  # seconds that Python may take before the first line of ours
TINY = ("--image-size", "32", "--batch-size", "1", "--epochs", "9999")
TINY += ("--steps-per-epoch", "3", "--validation-steps", "1", "--recipe", "quick")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")


def start(*words, program=None):
    """Starts a command, which gets signals also if pytest runs in the background."""
    # The handlers of Python's start are those that the process inherits.
    restore = "import os, signal, sys; "
    restore += "signal.signal(signal.SIGINT, signal.SIG_DFL); "
    restore += "signal.signal(signal.SIGHUP, signal.SIG_DFL); "
    restore += "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    program = ["-c", program] if program else words
    return subprocess.Popen(
        [sys.executable, "-c", restore, *map(str, program)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


PREPARE = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
from pyimagesearch.process import prepare_process
prepare_process()
from pathlib import Path
from pyimagesearch.atomic import write_atomic, write_atomic_folder
from pyimagesearch.cli import run_command
import time, threading

def wait():
    print("ready", flush=True)
    sleep()
def sleep():
    # Python runs a handler after the sleep if the signal comes just before it.
    for _ in range(300):
        time.sleep(0.1)
"""
MOMENTS = {
    "between imports": "wait()",
    "in an import": """
Path(sys.argv[-1], "slow.py").write_text(
    "try:\\n    from __main__ import wait; wait()\\n"
    "except BaseException as error:\\n    raise ImportError from error"
)
sys.path.insert(0, sys.argv[-1])
run_command(lambda: __import__("slow"))
""",
    "in a file": """
def main():
    with write_atomic(Path(sys.argv[-1], "a.txt")) as path:
        path.write_text("half")
        wait()
run_command(main)
""",
    "in a folder": """
def main():
    with write_atomic_folder(Path(sys.argv[-1], "a")) as path:
        (path / "half").touch()
        wait()
run_command(main)
""",
    "in a destructor": """
class Slow:
    def __del__(self):
        wait()
def main():
    with write_atomic(Path(sys.argv[-1], "a.txt")):
        Slow()
        sleep()
run_command(main)
""",
    "turned into another error": """
def main():
    try:
        wait()
    except BaseException:
        raise SystemError("of a library")
run_command(main)
""",
    "while a thread fails": """
def fail():
    time.sleep(0.3)
    raise ZeroDivisionError
def main():
    thread = threading.Thread(target=fail)
    thread.start()
    try:
        wait()
    finally:
        thread.join()
run_command(main)
""",
    "at exit": """
import atexit
atexit.register(wait)
run_command(lambda: None)
""",
}


@pytest.mark.parametrize("code", MOMENTS.values(), ids=MOMENTS)
def test_it_ends_with_one_line_and_leaves_no_file(tmp_path, code):
    with start(program=f"{PREPARE}\nsys.argv.append({str(tmp_path)!r})\n{code}") as it:
        assert it.stdout.readline() == "ready\n"
        it.send_signal(signal.SIGINT)
        _, said = it.communicate(timeout=20)
    assert (it.returncode, said) == (130, "[ERROR] interrupted\n")
    assert {path.name for path in tmp_path.iterdir()} <= {"slow.py", "__pycache__"}


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_other_signals_have_their_status(tmp_path, number, status):
    code = MOMENTS["in a file"]
    with start(program=f"{PREPARE}\nsys.argv.append({str(tmp_path)!r})\n{code}") as it:
        assert it.stdout.readline() == "ready\n"
        it.send_signal(number)
        _, said = it.communicate(timeout=20)
    assert (it.returncode, said) == (status, "[ERROR] interrupted\n")
    assert not list(tmp_path.iterdir())


def test_a_signal_that_is_ignored_stays_ignored():
    code = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    code += PREPARE + "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    with start(program=code) as it:
        assert it.communicate(timeout=20) == ("True\n", "")


def test_an_import_of_the_package_takes_over_nothing():
    handlers = "[signal.getsignal(number) for number in (2, 15, 1)]"
    code = f"import signal, sys; before = {handlers}, sys.unraisablehook, sys.stdout\n"
    code += "import train_pix2pix, inference, pyimagesearch.evaluate\n"
    code += f"print(before == ({handlers}, sys.unraisablehook, sys.stdout))"
    with start(program=code) as it:
        assert it.communicate(timeout=60) == ("True\n", "")


def test_closed_descriptors_are_occupied():
    code = "import os\nfor number in range(3): os.close(number)\n"
    code += f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n"
    code += "from pyimagesearch.process import prepare_process\nprepare_process()\n"
    code += "sys.exit(os.open(os.devnull, os.O_RDONLY))"
    with start(program=code) as it:
        it.communicate(timeout=20)
    assert it.returncode == 3


def test_the_output_of_libraries_is_discarded_for_a_while(capfd):
    os.write(2, b"before ")
    with process.silence_libraries():
        os.write(2, b"inside ")
    os.write(2, b"after")
    assert capfd.readouterr().err == "before after"


def test_a_command_starts_with_its_signals():
    """The line after the imports of TensorFlow is too late."""
    with start("train_pix2pix.py", "--dry-run", "--recipe", "quick") as it:
        time.sleep(1)
        it.send_signal(signal.SIGINT)
        _, said = it.communicate(timeout=30)
    assert (it.returncode, said.splitlines()[-1]) == (130, "[ERROR] interrupted")
    assert "Traceback" not in said


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pairs to train on, photos and a generator that takes its time for them."""
    folder = tmp_path_factory.mktemp("data")
    for seed in range(8):
        split = "train" if seed < 5 else "val"
        write_image(folder / "pairs" / split / f"{seed}.png", random_image(seed))
    for seed in range(200):
        write_image(folder / "photos" / f"{seed}.png", random_image(seed, 256, 256))
    layers = [keras.layers.Conv2D(n, 9, padding="same") for n in (32, 32, 3)]
    generator = keras.Sequential([keras.Input((None, None, 3)), *layers])
    generator.save(folder / "generator.keras")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("command", ["train", "inference"])
def test_twenty_interrupts_at_random_moments(folder, tmp_path, command):
    seed = random.randrange(1000)
    rng = random.Random(seed)
    output = tmp_path / "output"
    words = {
        "train": ("train_pix2pix.py", "--data", folder / "pairs", *TINY),
        "inference": (
            *("inference.py", "--input", folder / "photos"),
            *("--model", folder / "generator.keras"),
        ),
    }[command]
    for trial in range(TRIALS):
        seconds = rng.random() * LONGEST
        with start(*words, "--output", output) as it:
            time.sleep(seconds)
            it.send_signal(signal.SIGINT)
            _, said = it.communicate(timeout=60)
        last = said.splitlines()[-1] if said else ""
        print(f"seed {seed}, {trial}: {seconds:.2f} s, {it.returncode}, {last}")
        assert not list(tmp_path.rglob(f"{TEMPORARY_PREFIX}*"))
        if seconds < INTERPRETER and "interrupted" not in said:
            assert "pyimagesearch" not in said  # the interpreter's start
            continue
        assert it.returncode == 130, said
        assert "Traceback" not in said and "Exception ignored" not in said
        assert last.startswith("[ERROR] interrupted")
        assert said.count("[ERROR]") == 1


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_video_leaves_no_file(folder, tmp_path, number):
    frames = [random_image(0, 256, 256)] * 400
    clip = write_clip(tmp_path / "clip.mp4", frames)
    words = ("inference.py", "--input", clip, "--model", folder / "generator.keras")
    output = tmp_path / "output"
    with start(*words, "--output", output) as it:
        deadline = time.monotonic() + 60
        while not list(output.glob(f"{TEMPORARY_PREFIX}*")):
            assert time.monotonic() < deadline and it.poll() is None
            time.sleep(0.05)
        time.sleep(1)
        it.send_signal(number)
        _, said = it.communicate(timeout=60)
    assert it.returncode == 128 + number, said
    assert said.splitlines()[-1] == "[ERROR] interrupted"
    assert "Traceback" not in said
    assert not list(output.iterdir())


def test_signals_are_named_once():
    assert len(set(SIGNALS)) == len(SIGNALS) == 3
    assert not process.is_prepared()  # pytest is no command of the package
