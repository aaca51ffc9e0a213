"""Standard streams: what passes the gate, and how a command ends without them."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

from pyimagesearch.cli import run_command, show_lines
from pyimagesearch.errors import RunStoppedError, UserError
from pyimagesearch.terminal import Gate, OutputError, escape_controls, gate_streams

REPOSITORY = Path(__file__).parents[1]
PRINT = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
from pyimagesearch.process import prepare_process
prepare_process()
from pyimagesearch.cli import info, run_command, warning
"""
posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


def run(code, redirections):
    """Runs code as a command with redirections of a shell; keeps standard error."""
    script = f'"$0" -c "$1" {redirections}'
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", script, sys.executable, PRINT + code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


ENDLESS = "run_command(lambda: [info('a line') for _ in range(100_000)])"
UNFLUSHED = "run_command(lambda: print('a line'))"
CAUGHT = """
def main():
    try:
        info("a line")
    except Exception:
        sys.exit(99)
run_command(main)
"""
WARNED = "run_command(lambda: [warning('a line') for _ in range(9)])"
DEFECT = r"run_command(lambda: int('\x1b[2J'))"


@posix
@pytest.mark.parametrize(
    ("code", "redirections", "status", "said"),
    [
        (ENDLESS, "| head -1 >&2", 141, "[INFO] a line\n"),
        (ENDLESS, "2>&1 | true", 141, ""),
        (UNFLUSHED, ">&-", 2, "[ERROR] standard output is closed: redirect it to a "),
        (UNFLUSHED, ">&- 2>&-", 2, ""),
        (WARNED, "2>&-", 0, ""),
        ("run_command(lambda: 1)", "<&-", 0, ""),
        (WARNED, "2>&1 >/dev/null | true", 0, ""),
    ],
)
def test_closed_streams(code, redirections, status, said):
    done = run(code, redirections)
    assert done.returncode == status
    assert done.stderr[: len(said) or None] == said
    assert done.stderr.count("\n") <= 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("code", [ENDLESS, UNFLUSHED, CAUGHT])
def test_standard_output_that_is_full(code):
    done = run(code, ">/dev/full")
    assert (done.returncode, done.stderr) == (
        1,
        "[ERROR] standard output cannot be written: No space left on device\n",
    )
    assert run(code, ">/dev/full 2>/dev/full").returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_standard_error_that_is_full_ends_nothing():
    assert run(WARNED, "2>/dev/full").returncode == 0


@posix
def test_the_traceback_of_a_defect_is_escaped():
    done = run(DEFECT, "")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert r"'\x1b[2J'" in done.stderr
    assert "\x1b" not in done.stderr


def test_libraries_print_through_the_gate(capsys):
    before = sys.stdout, sys.stderr

    def main():
        print("a\x1b[2Jb\x07", "\u202egnp.exe")
        print("an\x9b error", file=sys.stderr)

    run_command(main)
    printed = capsys.readouterr()
    assert printed.out == "a\\x1b[2Jb\\x07 \\u202egnp.exe\n"
    assert printed.err == "an\\x9b error\n"
    assert (sys.stdout, sys.stderr) == before


def test_a_progress_bar_keeps_its_moves_and_colors(capsys):
    def draw():
        bar = keras.utils.Progbar(2, verbose=1, unit_name="image")
        for number in (1, 2):
            bar.update(number, [("images/s", 3.0)])

    draw()
    bare = capsys.readouterr().out
    with gate_streams():
        draw()
    moves = {character for character in bare if ord(character) < 32}
    gated = capsys.readouterr().out
    assert {character for character in gated if ord(character) < 32} == moves
    assert "\\x" not in gated


def test_lines_of_a_table_stay_lines(capsys):
    show_lines("a\tb\nc\rd\x1b[31m")
    assert capsys.readouterr().out == "a\\tb\nc\\rd\\x1b[31m\n"


def test_an_error_is_one_line_also_with_a_line_end_in_it():
    assert str(UserError("a\nb\udce9")) == r"a\nb\udce9"
    with pytest.raises(SystemExit) as ended:
        run_command(lambda: (_ for _ in ()).throw(RunStoppedError("a\nb", 5)))
    assert ended.value.code == 5


@pytest.mark.parametrize("text", ["\u2028", "\u2029", "\u202e", "\u2066", "\x85", "\0"])
def test_what_breaks_or_turns_a_line_is_escaped(text):
    assert escape_controls(f"a{text}b") == f"a{repr(text)[1:-1]}b"


def test_names_of_other_scripts_are_not_escaped():
    assert escape_controls("Grüße 漢字 שלום مرحبا 👩‍🎨") == "Grüße 漢字 שלום مرحبا 👩‍🎨"


class Failing(io.TextIOBase):
    def write(self, text):
        raise OSError(errno.EAGAIN, "would block")

    flush = write


def test_an_error_of_output_passes_what_catches_exceptions():
    gate = Gate(Failing(), is_output=True)
    with pytest.raises(OutputError) as error:
        try:
            gate.write("a")
        except Exception:
            pytest.fail("it is no Exception")
    assert gate.error is error.value
    assert error.value.cause.errno == errno.EAGAIN


def test_an_error_of_standard_error_is_ignored():
    assert Gate(Failing(), is_output=False).write("abc") == 3
