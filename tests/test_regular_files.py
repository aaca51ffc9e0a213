"""What is a regular file, and what every reader says about what is not."""

import os
import socket
import subprocess
import sys

import pytest

from pyimagesearch.datasets.folders import open_pair_list
from pyimagesearch.datasets.image_decoding import read_header, read_stored_image
from pyimagesearch.datasets.image_files import list_image_files
from pyimagesearch.datasets.palettes import read_palette
from pyimagesearch.errors import UserError
from pyimagesearch.networks.torch_file import read_state_dict
from pyimagesearch.regular_files import find_irregularity
from pyimagesearch.translation.generator import load_generator

pytestmark = pytest.mark.skipif(
    not hasattr(os, "mkfifo") or sys.platform == "win32", reason="needs a POSIX system"
)


def make_pipe(path):
    os.mkfifo(path)


def make_link_to_zeros(path):
    path.symlink_to("/dev/zero")


def make_link_to_itself(path):
    path.symlink_to(path)


def make_links_to_each_other(path):
    other = path.with_name("other")
    other.symlink_to(path)
    path.symlink_to(other)


def make_link_to_pipe(path):
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


IRREGULAR = {
    "pipe": (make_pipe, "is a named pipe, not a regular file"),
    "zeros": (make_link_to_zeros, "is a link to a device, not a regular file"),
    "itself": (make_link_to_itself, "is a link that leads back to itself"),
    "two": (make_links_to_each_other, "is a link that leads back to itself"),
    "link": (make_link_to_pipe, "is a link to a named pipe, not a regular file"),
    "folder": (os.mkdir, "is a folder, not a regular file"),
}
kinds = pytest.mark.parametrize(
    ("make", "sentence"), IRREGULAR.values(), ids=IRREGULAR.keys()
)


@kinds
def test_it_is_said_what_is_no_regular_file(tmp_path, make, sentence):
    make(tmp_path / "x.png")
    assert find_irregularity(tmp_path / "x.png") == sentence


def test_regular_files_and_missing_ones_are_left_to_their_readers(tmp_path):
    (tmp_path / "a").touch()
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "c").symlink_to("gone")
    for name in ("a", "b", "c", "gone"):
        assert find_irregularity(tmp_path / name) is None
    assert find_irregularity(tmp_path / "a\0b") == "has a name that no file can have"


def test_a_socket_is_no_regular_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("x.png")
        sentence = find_irregularity(tmp_path / "x.png")
    assert sentence == "is a socket, not a regular file"


READERS = {
    "image": (read_stored_image, "x.png"),
    "header": (read_header, "x.png"),
    "palette": (read_palette, "x.csv"),
    "manifest": (open_pair_list, "x.csv"),
    "weights": (read_state_dict, "x.pth"),
    "generator": (load_generator, "x.keras"),
}


@pytest.mark.parametrize(("read", "name"), READERS.values(), ids=READERS.keys())
@kinds
def test_every_reader_says_so_at_once(tmp_path, read, name, make, sentence):
    if (make, read) == (os.mkdir, open_pair_list):
        pytest.skip("a folder of pairs")
    make(tmp_path / name)
    with pytest.raises(UserError) as error:
        read(tmp_path / name)
    assert sentence in str(error.value)
    assert name in str(error.value)


def test_a_scan_lists_regular_files_only(tmp_path):
    make_pipe(tmp_path / "1.png")
    make_link_to_zeros(tmp_path / "2.png")
    make_link_to_itself(tmp_path / "3.png")
    (tmp_path / "4.png").touch()
    assert list_image_files(tmp_path) == [tmp_path / "4.png"]


def test_an_endless_device_costs_no_memory(tmp_path):
    make_link_to_zeros(tmp_path / "x.png")
    code = (
        "import resource, sys\n"
        "from pyimagesearch.datasets.image_decoding import read_stored_image\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "try: read_stored_image(sys.argv[1])\n"
        "except ValueError as error: print(error)\n"
    )
    path = tmp_path / "x.png"
    ended = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60
    )
    assert ended.stdout == f"{path} is a link to a device, not a regular file\n"
