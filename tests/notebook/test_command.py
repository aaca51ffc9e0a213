"""A command in a cell: what is shown of it, and how it ends."""

import signal
import threading
import time

import pytest

pytest.importorskip("IPython", reason="pip install -r requirements-notebook.txt")

from pyimagesearch.notebook import command
from pyimagesearch.notebook.command import CommandFailedError, run


@pytest.fixture
def outputs(monkeypatch):
    """The outputs of a cell, each the last that was put in its place."""
    shown = []

    class Handle:
        def __init__(self, content):
            self.place = len(shown)
            shown.append(content)

        def update(self, content, raw=False):
            shown[self.place] = content

    monkeypatch.setattr(
        command, "display", lambda content, raw=False, display_id=None: Handle(content)
    )
    return shown


def said(outputs):
    (output,) = outputs
    return output["text/plain"].splitlines()


def test_a_short_output_is_shown_whole_with_its_warnings(outputs):
    run(
        "-c",
        "import sys; print('one'); print('[WARNING] odd', file=sys.stderr); "
        "print('I0000 noise', file=sys.stderr); print('two')",
    )
    assert said(outputs) == ["one", "two", "[WARNING] odd"]


def test_the_middle_of_a_long_one_is_left_out(outputs):
    run("-c", "for i in range(1000): print(i, '-' * 1000)")
    lines = said(outputs)
    assert [line.split()[0] for line in lines] == [
        *map(str, range(10)),
        "...",
        *map(str, range(992, 1000)),
    ]
    assert lines[10] == "... 982 lines ..."
    assert max(map(len, lines)) == 163


def test_a_failure_stops_the_notebook_with_its_sentence(outputs):
    sentence = "[ERROR] --data is wrong"
    with pytest.raises(CommandFailedError) as error:
        run("-c", f"import sys; print('noise\\n{sentence}', file=sys.stderr); exit(2)")
    assert error.value._render_traceback_() == [sentence]
    with pytest.raises(CommandFailedError, match="ZeroDivisionError"):
        run("-c", "1 / 0")
    with pytest.raises(CommandFailedError, match="exit status 3"):
        run("-c", "exit(3)")


def test_the_stop_button_ends_the_command_as_it_likes(outputs):
    program = (
        "import signal, sys, time\n"
        "def stop(*_):\n"
        "    print('[ERROR] stopped', file=sys.stderr); sys.exit(143)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )

    def press():
        while not outputs:
            time.sleep(0.05)
        time.sleep(0.2)  # the kernel waits for the next line
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=press).start()
    start = time.monotonic()
    with pytest.raises(CommandFailedError, match=r"^\[ERROR\] stopped$"):
        run("-c", program)
    assert time.monotonic() - start < 30
    assert said(outputs) == ["ready"]
