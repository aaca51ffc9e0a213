"""How a command ends, exit status and sentence, and what it prints."""

import errno
import functools
import io
import os
import shutil
import sys
from types import SimpleNamespace

import pytest
import tensorflow as tf

from pyimagesearch import __version__
from pyimagesearch.cli import (
    Parser,
    check_path,
    info,
    make_output_folder,
    parse_path,
    parse_size,
    run_command,
    warn_on_error,
    warning,
)
from pyimagesearch.errors import UserError


def ended(main):
    with pytest.raises(SystemExit) as end:
        run_command(main)
    return end.value.code


def raising(error):
    def main():
        raise error

    return main


def test_bad_input(capsys):
    assert ended(raising(UserError("--data is wrong"))) == 2
    assert capsys.readouterr().err == "[ERROR] --data is wrong\n"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk(capsys, tmp_path, monkeypatch, number):
    usage = SimpleNamespace(free=12_345_678)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    path, reason = tmp_path / "missing" / "a.keras", os.strerror(number)
    assert ended(raising(OSError(number, reason, str(path)))) == 2
    assert capsys.readouterr().err == (
        f"[ERROR] {path}: {reason} (12.3 MB free in {tmp_path})\n"
    )


def test_a_file_that_is_not_writable(capsys):
    assert ended(raising(OSError(13, "Permission denied", "a.keras"))) == 2
    assert capsys.readouterr().err == "[ERROR] a.keras: Permission denied\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a.png", "a.png"), ("é.png", "é.png"), (os.fsdecode(b"\xe9.png"), r"\udce9.png")],
)
def test_an_image_in_the_pipeline(capsys, name, shown):
    def read(_):
        raise UserError(f"{name} cannot be read")

    def main():
        numbers = tf.data.Dataset.range(1)
        list(numbers.map(lambda x: tf.numpy_function(read, [x], tf.int64)))

    assert ended(main) == 2
    assert capsys.readouterr().err == f"[ERROR] {shown} cannot be read\n"


def test_what_is_not_the_users_to_mend_keeps_its_traceback():
    with pytest.raises(tf.errors.InternalError, match="of ours"):
        run_command(raising(tf.errors.InternalError(None, None, "of ours")))
    with pytest.raises(ZeroDivisionError):
        run_command(raising(ZeroDivisionError()))
    with pytest.raises(OSError, match="of nothing"):
        run_command(raising(OSError("of nothing")))
    with pytest.raises(FileNotFoundError):  # a file of ours that should be there
        run_command(raising(FileNotFoundError(2, "No such file", "page.html")))


def test_ctrl_c(capsys):
    assert ended(raising(KeyboardInterrupt())) == 130
    assert "interrupted" in capsys.readouterr().err


def test_every_command_has_its_version(parser, capsys):
    with pytest.raises(SystemExit) as end:
        parser.parse_args(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"pix2pix-keras {__version__}\n"


def test_a_command_that_ends_well_says_nothing(capsys):
    run_command(lambda: None)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "size"), [("256", (256, 256)), ("128x512", (128, 512))]
)
def test_image_sizes_are_height_times_width(text, size):
    assert parse_size(text) == size


@pytest.fixture
def parser():
    parser = Parser("python do.py", "Does something.", "--size 8")
    parser.add_argument("--size", default=(64, 32), help="pixels")
    parser.add_argument("--sizes", default=[(64, 32), (8, 8)], help="all of them")
    parser.add_argument("--tile", type=int, default=0, help="pixels")
    parser.add_argument("--file", help="a file")
    parser.add_argument("--anew", action="store_true", help="begin")
    subparsers = parser.add_subparsers()
    sub = {"command": "python do.py it", "description": "it", "example": ""}
    subparsers.add_parser("it", **sub).add_argument("--number")
    return parser


def test_help_gives_the_defaults_and_an_example(parser, capsys):
    with pytest.raises(SystemExit) as end:
        parser.parse_args(["--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith("usage: python do.py [FLAG ...]\n")
    for line in ("pixels [64x32]", "all of them [64x32 8x8]", "pixels [0]", "a file"):
        assert f"{line}\n" in said
    assert "begin\n" in said
    assert said.endswith("\nexample: python do.py --size 8\n")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["--sizee=8"], "--sizee=8: did you mean --size? (--help"),
        (["it", "--numbr=8"], "--numbr=8: did you mean --number? (--help"),
        (["--tile_=8"], "--tile_=8: did you mean --tile? (--help"),
        (["--colour=red"], "--colour=red (--help"),
        (["--load_pretrain"], "--load_pretrain (--help"),
    ],
)
def test_a_wrong_flag_is_answered_with_the_right_one(parser, words, meant):
    with pytest.raises(UserError) as error:
        parser.parse_args(words)
    assert f"unrecognized arguments: {meant} lists the flags)" in str(error.value)


def test_a_folder_that_can_be_written_is_made_and_left_empty(tmp_path):
    folder = make_output_folder(tmp_path / "a" / "b")
    assert folder == tmp_path / "a" / "b"
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", rb"\udce9 \xe9 \u2192"),
        ("cp1252", b"\\udce9 \xe9 \\u2192"),
        ("utf-8", b"\\udce9 \xc3\xa9 \xe2\x86\x92"),
    ],
)
def test_a_name_that_the_terminal_cannot_encode_is_escaped(
    monkeypatch, encoding, shown
):
    name = "\udce9 é →"

    def main():
        print(name)  # as in the table of the settings
        raise UserError(name)

    for name_of_stream in ("stdout", "stderr"):
        stream = io.TextIOWrapper(io.BytesIO(), encoding, newline="\n")
        monkeypatch.setattr(sys, name_of_stream, stream)
    info(name)
    warning(name)
    assert ended(main) == 2
    sys.stdout.flush()
    assert sys.stdout.buffer.getvalue() == b"[INFO] %b\n%b\n" % (shown, shown)
    assert sys.stderr.buffer.getvalue() == b"[WARNING] %b\n[ERROR] %b\n" % (
        shown,
        shown,
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("two\nlines\tand\rmore", r"two\nlines\tand\rmore"),
        ("\x00 \x7f \x9b", r"\x00 \x7f \x9b"),
        ("äöü 漢字 \\ 'x'", "äöü 漢字 \\ 'x'"),
    ],
)
def test_control_characters_are_escaped(text, shown, capsys):
    info(text)
    warning(text)
    with pytest.raises(SystemExit):
        run_command(functools.partial(_raise, UserError(text)))
    printed = capsys.readouterr()
    assert printed.out == f"[INFO] {shown}\n"
    assert printed.err == f"[WARNING] {shown}\n[ERROR] {shown}\n"


def _raise(error):
    raise error


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("a\0b", r"a\x00b has a NUL character, which no file name can have"),
        ("n" * 300, f"{'n' * 300} is too long for the file system: choose a shorter"),
        (f"gone/{'n' * 300}", "is too long for the file system"),
        ("n/" * 2100, "is too long for the file system"),
        ("~nobody.of.this.name/a", "names a user whose home folder is not known"),
    ],
)
def test_a_path_that_cannot_be_one(path, problem):
    parser = Parser("python do.py", "", "")
    parser.add_argument("--data", type=parse_path)
    with pytest.raises(UserError, match="argument --data: ") as error:
        parser.parse_args(["--data", path])
    assert problem in str(error.value)


@pytest.mark.parametrize("path", ["outputs", "a/b", "n" * 255, "é" * 100, "photos/**"])
def test_a_path_is_kept_as_it_is(path):
    assert check_path(path) == path


def test_a_current_folder_that_is_gone(tmp_path, monkeypatch, capsys):
    def getcwd():
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(os, "getcwd", getcwd)
    assert ended(lambda: None) == 2
    assert "the current folder does not exist any more" in capsys.readouterr().err


def test_a_log_is_warned_of_once(tmp_path, capsys):
    warned = set()
    for name in ("a", "a", "b"):
        with warn_on_error(tmp_path / name, "written", warned):
            raise OSError(errno.EISDIR, "Is a directory", str(tmp_path / name))
    sentence = "could not be written (Is a directory); the training continues"
    assert capsys.readouterr().err.splitlines() == [
        f"[WARNING] {tmp_path / name} {sentence}" for name in "ab"
    ]
