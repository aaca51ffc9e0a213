"""`python killed.py NAME OCCASION MOMENT FLAGS...`: a training, killed in a file.

It gets SIGKILL when the file called NAME is written for the OCCASION-th time: MOMENT
"half" is when half of it is on the disk, "after" when it has just been moved to its
place.
"""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import train_pix2pix
from pyimagesearch import atomic
from pyimagesearch.cli import run_command


def kill_at(name, occasion, moment):
    replace, times = os.replace, []

    def killing_replace(source, target):
        times.append(Path(target).name)
        if Path(target).name != name or times.count(name) < int(occasion):
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
