"""`python kill_training.py NAME OCCURRENCE MOMENT FLAGS...`: train and get killed.

The process gets SIGKILL when the file NAME is written for the OCCURRENCE-th time.
MOMENT is "half" (half of the temporary file is written) or "after" (the file has just
been moved to its place).
"""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import train_pix2pix
from pyimagesearch import atomic
from pyimagesearch.cli import run_command


def kill_at(name, occurrence, moment):
    replace, names = os.replace, []

    def killing_replace(source, target):
        names.append(Path(target).name)
        if Path(target).name != name or names.count(name) < int(occurrence):
            return replace(source, target)
        if moment == "half":
            os.truncate(source, os.path.getsize(source) // 2)
        else:
            replace(source, target)
        os.kill(os.getpid(), signal.SIGKILL)

    atomic.os.replace = killing_replace


if __name__ == "__main__":
    kill_at(*sys.argv[1:4])
    sys.argv[1:4] = []
    run_command(train_pix2pix.main)
