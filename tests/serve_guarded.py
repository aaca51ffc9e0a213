"""Runs the demo, and reports each connection to another machine that it attempts."""

import ipaddress
import socket

from pyimagesearch.demo.__main__ import main
from pyimagesearch.process import prepare_process

OUTSIDE = "[OUTSIDE]"


def guard(function, find_host):
    def connect(*arguments, **options):
        host = find_host(*arguments)
        if host is not None and not is_local(host):
            print(f"{OUTSIDE} {host}", flush=True)
            raise OSError(f"the test forbids {host}")
        return function(*arguments, **options)

    return connect


def is_local(host):
    try:
        return host in ("", "localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def find_address(_socket, address, *_):
    return address[0] if isinstance(address, tuple) else None


if __name__ == "__main__":
    from pyimagesearch.cli import run_command

    prepare_process()
    socket.socket.connect = guard(socket.socket.connect, find_address)
    socket.socket.connect_ex = guard(socket.socket.connect_ex, find_address)
    socket.getaddrinfo = guard(socket.getaddrinfo, lambda host, *_: host)
    run_command(main)
