"""A training that is killed, again and again, ends as one that never was."""

import csv
import json
import random
import signal
import statistics
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny import random_image, write_image

import train_pix2pix
from pyimagesearch.atomic import TEMPORARY_PREFIX
from pyimagesearch.training.checkpoint import read_checkpoint
from pyimagesearch.translation.generator import load_generator

SCRIPT = str(Path(train_pix2pix.__file__))
KILLED = str(Path(__file__).with_name("killed.py"))
TIMES = {"seconds", "images_per_second"}  # differ from run to run
EPOCHS = 8  # of the short runs
SETTINGS = ("--image-size", "32", "--batch-size", "2", "--steps-per-epoch", "3")
SETTINGS += ("--lr-decay", "linear", "--augment", "crop", "--validation-steps", "1")
SETTINGS += ("--monitor-interval", "2", "--deterministic", "--resume")
WRITTEN = (  # each kind of file in its turn, and the first again at the end
    *(("run.json", 1), ("000.png", 1), ("history.csv", 1), ("losses.png", 1)),
    *(("last.npz", 1), ("generator.keras", 1), ("run.json", 2)),
)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    for seed in range(8):
        split = "train" if seed < 5 else "val"
        write_image(folder / split / f"{seed}.png", random_image(seed))
    return folder


class Training:
    """A run that goes on in one process after the other."""

    def __init__(self, pairs, folder, epochs, *flags):
        self.folder = folder
        self.flags = ("--data", str(pairs), "--output", str(folder), *SETTINGS)
        self.flags += ("--epochs", str(epochs), *flags)

    def start(self, *command):
        return subprocess.Popen(
            [sys.executable, "-u", *(command or (SCRIPT,)), *self.flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self):
        process = self.start()
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0, said
        return said

    def finish_timed(self):
        """The seconds that its start takes, and those of an epoch, in the median."""
        start = time.perf_counter()
        with self.start() as process:
            times = [
                time.perf_counter()
                for line in process.stdout
                if line.startswith("Epoch ")
            ]
        assert process.returncode == 0
        return times[0] - start, statistics.median(map(float.__sub__, times[1:], times))

    def kill_while_it_writes(self, name, moment, occasion=1):
        process = self.start(KILLED, name, str(occasion), moment)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, said

    def kill_after(self, epochs, seconds):
        """Kills it so long after it has begun so many epochs; 0: after its start."""
        process = self.start()
        begun = 0
        while begun < epochs:
            line = process.stdout.readline()
            assert line, "the training ended before it was killed"
            begun += line.startswith("Epoch ")
        time.sleep(seconds)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL

    def epochs_kept(self):
        checkpoint = read_checkpoint(self.folder / "checkpoints" / "last.npz")
        return checkpoint.epochs if checkpoint else 0

    def assert_whole(self):
        """Whoever opens a file finds all of it."""
        self.epochs_kept()  # reads the whole checkpoint
        for path in self.folder.rglob("*"):
            if path.name.startswith(TEMPORARY_PREFIX):
                continue
            if path.suffix == ".png":
                assert cv2.imread(str(path)) is not None, path
            elif path.suffix == ".json":
                json.loads(path.read_text())
            elif path.suffix == ".csv":
                assert path.read_bytes().endswith(b"\n"), path
            elif path.suffix == ".keras":
                with zipfile.ZipFile(path) as file:
                    assert file.testzip() is None, path


@pytest.fixture(scope="module")
def uninterrupted(pairs, tmp_path_factory):
    training = Training(pairs, tmp_path_factory.mktemp("whole") / "run", EPOCHS)
    training.finish()
    return training


def rows(folder):
    with (folder / "logs" / "history.csv").open(newline="") as file:
        return [without_times(row) for row in csv.DictReader(file)]


def without_times(row):
    return {name: value for name, value in row.items() if name not in TIMES}


def assert_same(folder, expected):
    """All that is left of two runs is the same to the byte, but for the times."""
    path = Path("checkpoints", "last.npz")
    ours, theirs = read_checkpoint(folder / path), read_checkpoint(expected / path)
    assert (ours.epochs, ours.steps) == (theirs.epochs, theirs.steps)
    assert ours.variables.keys() == theirs.variables.keys()
    for name, value in ours.variables.items():
        assert value.tobytes() == theirs.variables[name].tobytes(), name
    assert list(map(without_times, ours.history)) == list(
        map(without_times, theirs.history)
    )
    assert rows(folder) == rows(expected)
    generators = [
        load_generator(run / "models" / "generator.keras") for run in (folder, expected)
    ]
    for weight, value in zip(*(g.get_weights() for g in generators), strict=True):
        np.testing.assert_array_equal(weight, value)
    pictures = sorted(path.name for path in (expected / "images").glob("*.png"))
    assert pictures == sorted(path.name for path in (folder / "images").glob("*.png"))
    for name in pictures:
        ours, theirs = (
            cv2.imread(str(r / "images" / name)) for r in (folder, expected)
        )
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
    validations = [
        json.loads((run / "run.json").read_text())["results"]["validation"]
        for run in (folder, expected)
    ]
    assert validations[0] == validations[1]
    assert not list(folder.rglob(f"{TEMPORARY_PREFIX}*"))


def test_killed_in_an_epoch_and_in_the_checkpoint_it_ends_the_same(
    pairs, tmp_path, uninterrupted
):
    training = Training(pairs, tmp_path / "run", EPOCHS)
    training.kill_after(epochs=3, seconds=random.random() / 4)
    training.assert_whole()
    kept = training.epochs_kept()
    assert 2 <= kept < EPOCHS
    training.kill_while_it_writes("last.npz", "half")
    training.assert_whole()
    assert training.epochs_kept() == kept
    said = training.finish()
    assert f"resuming after {kept} epochs from" in said
    assert_same(training.folder, uninterrupted.folder)


@pytest.mark.slow
def test_killed_at_twenty_random_moments_it_ends_the_same(pairs, tmp_path):
    kills, epochs, seed = 20, 80, random.randrange(1000)
    chance = random.Random(seed)
    whole = Training(pairs, tmp_path / "whole", epochs)
    start, an_epoch = whole.finish_timed()

    training = Training(pairs, tmp_path / "killed", epochs)
    after_a_checkpoint = 0
    for number in range(kills):
        begun = chance.choice((0, 1, 2, 2, 3))  # the first traces the graph
        seconds = chance.random() * (an_epoch if begun else start)
        training.kill_after(begun, seconds)
        training.assert_whole()
        kept = training.epochs_kept()
        after_a_checkpoint += kept > 0
        print(
            f"seed {seed}, kill {number + 1}: {seconds:.3f} s after "
            f"{f'the begin of epoch {begun} of the process' if begun else 'its start'}"
            f"; {kept} epochs kept"
        )
    assert after_a_checkpoint > kills / 2
    assert training.epochs_kept() < epochs
    training.finish()
    assert_same(training.folder, whole.folder)


@pytest.mark.slow
def test_a_finished_run_is_extended_to_what_the_longer_one_would_be(pairs, tmp_path):
    whole = Training(pairs, tmp_path / "whole", 3, "--lr-decay", "none")
    whole.finish()
    for epochs in (1, 3):
        extended = Training(pairs, tmp_path / "run", epochs, "--lr-decay", "none")
        said = extended.finish()
    assert "training for 2 epochs" in said
    # The first run drew a grid after its last epoch, 0, which has one anyway.
    assert_same(extended.folder, whole.folder)


@pytest.mark.slow
def test_killed_while_each_kind_of_file_is_written_it_ends_the_same(
    pairs, tmp_path, uninterrupted
):
    training = Training(pairs, tmp_path / "run", EPOCHS)
    for name, occasion in WRITTEN:
        for moment in ("half", "after"):
            training.kill_while_it_writes(name, moment, occasion)
            training.assert_whole()
            print(f"{name}, {moment}: {training.epochs_kept()} epochs kept")
    training.finish()
    assert_same(training.folder, uninterrupted.folder)
