"""The port, the address, and the page without gradio."""

import socket
import sys

import pytest

from pyimagesearch.demo.server import find_port, open_demo
from pyimagesearch.errors import UserError


def test_a_free_port_is_taken_as_it_is():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert find_port("127.0.0.1", port) == port


def test_the_next_port_is_taken_if_one_is_in_use():
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]
        assert port < find_port("127.0.0.1", port) < port + 100


def test_without_a_free_port_both_flags_are_named():
    with (
        socket.create_server(("127.0.0.1", 65535)),
        pytest.raises(UserError, match=r"from 65535 to 65535 .*--port and --host"),
    ):
        find_port("127.0.0.1", 65535)


@pytest.mark.parametrize("host", ["192.0.2.1", "no address"])
def test_an_address_of_another_machine_is_refused(host):
    with pytest.raises(UserError, match=f"--host {host}"):
        find_port(host, 7860)


def test_without_gradio_the_error_says_how_to_install_it(
    parse, run_folder, monkeypatch
):
    monkeypatch.setitem(sys.modules, "gradio", None)
    settings = parse("--model", run_folder / "models" / "generator.keras")
    needs = r"the demo requires gradio: pip install -r requirements-demo\.txt"
    with pytest.raises(UserError, match=needs), open_demo(settings):
        pass
