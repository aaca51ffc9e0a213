"""Trainings of several processes on this machine, for tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from tiny import random_image, write_image

from pyimagesearch.cluster.local_workers import choose_addresses
from pyimagesearch.run_record import read_history
from pyimagesearch.training.checkpoint import read_checkpoint

SCRIPT = str(Path(__file__).with_name("train_without_dropout.py"))
SETTINGS = ("--image-size", "32", "--batch-size", "5", "--validation-steps", "1")
SETTINGS += ("--steps-per-epoch", "4", "--augment", "crop", "--precision", "float32")
SMALL = ("--network", "paper", "--width", "4", "--norm", "batch")
SECONDS = 240  # that any test waits for a process


def write_pairs(folder, train=11, val=11):
    """Write pairs; 11 are split unevenly, and their last batch of 8 has 3."""
    for number in range(train + val):
        split = "train" if number < train else "val"
        write_image(folder / split / f"{number:02d}.png", random_image(number))
    return folder


class LocalTraining:
    """A run that any number of processes train or resume."""

    def __init__(self, pairs, folder, *flags):
        self.folder = folder
        self.flags = ("--data", str(pairs), "--output", str(folder), *SETTINGS, *flags)

    def start(self, workers, *flags, devices=1, own_flags=(), describe=None):
        """Start the processes.

        `own_flags` has further flags for some of them. `describe` returns environment
        variables that describe the cluster, for (addresses, number); without it, flags
        do.
        """
        addresses = choose_addresses(workers)
        processes = []
        for number in range(workers):
            environment = os.environ | {"DEVICES": str(devices)}
            cluster = ("--workers", ",".join(addresses), "--worker", str(number))
            if describe:
                environment |= describe(addresses, number)
            if describe or workers == 1:
                cluster = ()
            own = own_flags[number] if number < len(own_flags) else ()
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-u", SCRIPT]
                    + [*self.flags, *flags, *own, *cluster],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    env=environment,
                )
            )
        return processes

    def finish(self, workers, *flags, **options):
        """Train to the end; return what the first process has printed."""
        outputs = finish(self.start(workers, *flags, **options))
        assert [status for status, *_ in outputs] == [0] * workers, outputs
        return outputs[0][1]

    def read_history(self):
        """Read the history, without times."""
        rows = read_history(self.folder / "logs/history.csv")
        return [
            {name: v for name, v in row.items() if "second" not in name} for row in rows
        ]

    def read_weights(self):
        """Read all variables of the checkpoint as one vector."""
        checkpoint = read_checkpoint(self.folder / "checkpoints/last.npz")
        arrays = checkpoint.variables
        return np.concatenate([arrays[name].ravel() for name in sorted(arrays)])

    def read_record(self):
        return json.loads((self.folder / "run.json").read_text())


def finish(processes):
    """Wait for processes; return (status, output, errors) of each."""
    outputs = [process.communicate(timeout=SECONDS) for process in processes]
    return [
        (process.returncode, *output)
        for process, output in zip(processes, outputs, strict=True)
    ]
