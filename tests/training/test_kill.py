"""A training that is killed and resumed ends like an uninterrupted one."""

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
KILL_TRAINING = str(Path(__file__).with_name("kill_training.py"))
TIMES = {"seconds", "images_per_second"}  # differ from run to run
EPOCHS = 8
SETTINGS = ("--image-size", "32", "--batch-size", "2", "--steps-per-epoch", "3")
SETTINGS += ("--lr-decay", "linear", "--augment", "crop", "--validation-steps", "1")
SETTINGS += ("--monitor-interval", "2", "--deterministic", "--resume")
WRITTEN = (  # the order in which each kind of file is written, and run.json again
    *(("run.json", 1), ("000.png", 1), ("history.csv", 1), ("losses.png", 1)),
    *(("best-000.keras", 1), ("last.npz", 1), ("generator.keras", 1), ("run.json", 2)),
)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    for seed in range(8):
        split = "train" if seed < 5 else "val"
        write_image(folder / split / f"{seed}.png", random_image(seed))
    return folder


class Training:
    """A run that is resumed in one process after the other."""

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
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
        return output

    def finish_timed(self):
        """Finish; returns the seconds of the start and the median of an epoch."""
        start = time.perf_counter()
        with self.start() as process:
            times = [
                time.perf_counter()
                for line in process.stdout
                if line.startswith("Epoch ")
            ]
        assert process.returncode == 0
        return times[0] - start, statistics.median(map(float.__sub__, times[1:], times))

    def kill_while_writing(self, name, moment, occurrence=1):
        process = self.start(KILL_TRAINING, name, str(occurrence), moment)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, output

    def kill_after(self, epochs, seconds):
        """Kill the process some seconds after its n-th epoch begins (0: its start)."""
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

    def count_saved_epochs(self):
        checkpoint = read_checkpoint(self.folder / "checkpoints" / "last.npz")
        return checkpoint.epochs if checkpoint else 0

    def assert_complete(self):
        """Every file can be read."""
        self.count_saved_epochs()  # reads the checkpoint
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
    """The files of two runs have equal contents, except for times."""
    path = Path("checkpoints", "last.npz")
    ours, theirs = read_checkpoint(folder / path), read_checkpoint(expected / path)
    assert (ours.epochs, ours.steps) == (theirs.epochs, theirs.steps)
    assert (ours.pairs, ours.best) == (theirs.pairs, theirs.best)
    assert ours.variables.keys() == theirs.variables.keys()
    for name, value in ours.variables.items():
        assert value.tobytes() == theirs.variables[name].tobytes(), name
    assert list(map(without_times, ours.history)) == list(
        map(without_times, theirs.history)
    )
    assert rows(folder) == rows(expected)
    names = sorted(path.name for path in (expected / "models").iterdir())
    assert names == sorted(path.name for path in (folder / "models").iterdir())
    assert {"best.keras", "generator.keras"} <= set(names)
    for name in names:
        generators = [
            load_generator(run / "models" / name) for run in (folder, expected)
        ]
        for weight, value in zip(*(g.get_weights() for g in generators), strict=True):
            assert weight.tobytes() == value.tobytes(), name
    images = sorted(path.name for path in (expected / "images").glob("*.png"))
    assert images == sorted(path.name for path in (folder / "images").glob("*.png"))
    for name in images:
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
    assert [path.name for path in (folder / "checkpoints").iterdir()] == ["last.npz"]


@pytest.mark.slow
def test_kills_in_an_epoch_and_in_the_checkpoint(pairs, tmp_path, uninterrupted):
    training = Training(pairs, tmp_path / "run", EPOCHS)
    training.kill_after(epochs=3, seconds=random.random() / 4)
    training.assert_complete()
    kept = training.count_saved_epochs()
    assert 2 <= kept < EPOCHS
    training.kill_while_writing("last.npz", "half")
    training.assert_complete()
    assert training.count_saved_epochs() == kept
    output = training.finish()
    assert f"resuming after {kept} epochs from" in output
    assert_same(training.folder, uninterrupted.folder)


@pytest.mark.slow
def test_twenty_kills_at_random_moments(pairs, tmp_path):
    kills, epochs, seed = 20, 80, random.randrange(1000)
    rng = random.Random(seed)
    # A generator may be the best one before the checkpoint of its epoch is written.
    flags = ("--checkpoint-interval", "2", "--keep-every", "7", "--keep-best", "ssim")
    whole = Training(pairs, tmp_path / "whole", epochs, *flags)
    start, epoch_seconds = whole.finish_timed()

    training = Training(pairs, tmp_path / "killed", epochs, *flags)
    kills_after_a_checkpoint = 0
    for number in range(kills):
        begun = rng.choice((0, 1, 2, 3, 4))  # the first traces the graph
        seconds = rng.random() * (epoch_seconds if begun else start)
        training.kill_after(begun, seconds)
        training.assert_complete()
        kept = training.count_saved_epochs()
        kills_after_a_checkpoint += kept > 0
        print(
            f"seed {seed}, kill {number + 1}: {seconds:.3f} s after "
            f"{f'epoch {begun} of the process began' if begun else 'the start'}"
            f"; {kept} epochs saved"
        )
    assert kills_after_a_checkpoint > kills / 2
    assert training.count_saved_epochs() < epochs
    training.finish()
    assert_same(training.folder, whole.folder)


@pytest.mark.slow
def test_extended_run_equals_a_longer_one(pairs, tmp_path):
    whole = Training(pairs, tmp_path / "whole", 3, "--lr-decay", "none")
    whole.finish()
    for epochs in (1, 3):
        extended = Training(pairs, tmp_path / "run", epochs, "--lr-decay", "none")
        output = extended.finish()
    assert "training for 2 epochs" in output
    # The last epoch of the first run is epoch 0, which has a grid in both runs.
    assert_same(extended.folder, whole.folder)


@pytest.mark.slow
def test_a_changed_run_that_is_killed_equals_one_that_is_not(pairs, tmp_path):
    changes = ("--batch-size", "3", "--learning-rate", "0.001", "--augment", "resize")
    changes += ("--lr-decay", "none", "--average-weights", "--gan-loss", "hinge")
    for name in ("whole", "killed"):
        Training(pairs, tmp_path / name, 2).finish()
    whole = Training(pairs, tmp_path / "whole", EPOCHS, *changes)
    whole.finish()
    killed = Training(pairs, tmp_path / "killed", EPOCHS, *changes)
    killed.kill_after(epochs=1, seconds=0)
    killed.kill_after(epochs=3, seconds=random.random() / 4)
    killed.finish()
    assert_same(killed.folder, whole.folder)
    records = [
        json.loads((folder / "run.json").read_text())
        for folder in (whole.folder, killed.folder)
    ]
    assert records[0]["changes"] == records[1]["changes"]
    assert {change["epoch"] for change in records[0]["changes"]} == {2}


@pytest.mark.slow
def test_kills_while_each_kind_of_file_is_written(pairs, tmp_path, uninterrupted):
    training = Training(pairs, tmp_path / "run", EPOCHS)
    for name, occurrence in WRITTEN:
        for moment in ("half", "after"):
            training.kill_while_writing(name, moment, occurrence)
            training.assert_complete()
            print(f"{name}, {moment}: {training.count_saved_epochs()} epochs saved")
    training.finish()
    assert_same(training.folder, uninterrupted.folder)
