"""The repository's commands, as a notebook's cells run them."""

import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from IPython.display import display

from pyimagesearch.notebook.pictures import curves, newest_grid

FIRST, LAST = 10, 8  # lines that are shown of a long output
COLUMNS = 160  # of a line
TAIL = 20  # lines of what went wrong


class CommandFailedError(Exception):
    """A command that did not end well; a cell shows its sentence, and no traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def run(*words: str | Path, watch: Path | str | None = None) -> None:
    """Runs `python WORDS` and shows what it says, the middle of much left out.

    The notebook's stop button is passed on, so that a training ends at its next step.

    Args:
        *words: a script or `-m` and a module, and flags.
        watch: the folder of a run, whose newest grid and curves are shown and replaced
            as they come.

    Raises:
        CommandFailedError: with what the command wrote to its standard error.
    """
    said, views = _Log(), {}
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        subprocess.Popen(
            [sys.executable, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # else the kernel's own signal would be a second
        ) as process,
    ):
        for line in _lines(process):
            said.add(line)
            if watch:
                _look(Path(watch), views)
        status = process.wait()
        errors.seek(0)
        complaints = errors.read().splitlines()
    if status:
        raise CommandFailedError(_reason(complaints, status))
    for line in complaints:
        if line.startswith("[WARNING]"):  # TensorFlow's own start-up lines are not
            said.add(line)


def _lines(process: subprocess.Popen) -> Iterator[str]:
    """What the process says, until it ends; an interrupt asks it to."""
    while True:
        try:
            line = process.stdout.readline()
        except KeyboardInterrupt:
            process.terminate()
            continue
        if not line:
            return
        yield line.rstrip()


def _look(run_folder: Path, views: dict) -> None:
    for draw in (newest_grid, curves):
        picture = draw(run_folder)
        if picture is None:
            continue
        if draw in views:
            views[draw].update(picture)
        else:
            views[draw] = display(picture, display_id=True)


def _reason(complaints: list[str], status: int) -> str:
    sentences = [line for line in complaints if line.startswith("[ERROR]")]
    tail = "\n".join(sentences or complaints[-TAIL:])
    return tail or f"the command ended with exit status {status}"


class _Log:
    """The first and the last lines of an output, in one place that is replaced."""

    def __init__(self):
        self.first, self.last = [], deque(maxlen=LAST)
        self.count = 0
        self.view = None

    def add(self, line: str) -> None:
        self.count += 1
        kept = self.first if self.count <= FIRST else self.last
        kept.append(line if len(line) <= COLUMNS else line[:COLUMNS] + "...")
        left_out = self.count - len(self.first) - len(self.last)
        middle = [f"... {left_out} lines ..."] if left_out else []
        text = {"text/plain": "\n".join([*self.first, *middle, *self.last])}
        if self.view is None:
            self.view = display(text, raw=True, display_id=True)
        else:
            self.view.update(text, raw=True)
