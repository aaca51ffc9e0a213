"""Messages between two processes, as JSON lines over TCP."""

import contextlib
import json
import socket
import threading
from typing import Any

from pyimagesearch.schemas import Record, SchemaError, Text, parse_json

MAX_MESSAGE = 16_000_000  # bytes; the settings of a run have a few thousand
PART = 1 << 20  # bytes that are received at once, at most
MESSAGE = Record({"kind": Text()})


class Connection:
    """One end of a connection.

    Several threads may send, and one receives.

    Args:
        connected: socket.socket, connected.
        timeout: float, seconds of silence after which the other end is lost. It sends
            something more often; see `membership.ALIVE_SECONDS`.
    """

    def __init__(self, connected: socket.socket, timeout: float):
        connected.settimeout(timeout)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connected
        self._received = b""
        self._lock = threading.Lock()

    def send(self, kind: str, **content: Any) -> None:
        """Send a message.

        Args:
            kind: str, what it is about.
            **content: its entries, of types that JSON has.

        Raises:
            OSError: if the other end is gone.
        """
        line = json.dumps({"kind": kind, **content}).encode() + b"\n"
        with self._lock:
            self._socket.sendall(line)

    def receive(self) -> dict[str, Any]:
        """Wait for a message.

        Returns:
            dict, the message, with "kind".

        Raises:
            OSError: if the other end is gone or silent, or sends something else.
        """
        while b"\n" not in self._received:
            part = self._socket.recv(PART)
            if not part:
                raise ConnectionResetError("the connection was closed")
            self._received += part
            if len(self._received) > MAX_MESSAGE:
                raise ConnectionAbortedError("a message is too long")
        line, _, self._received = self._received.partition(b"\n")
        try:
            message = parse_json(line.decode())
            MESSAGE.check(message)
        except (SchemaError, UnicodeDecodeError) as error:
            raise ConnectionAbortedError(f"not a message: {error}") from error
        return message

    def wait_for_end(self) -> None:
        """Wait until the other end is closed, silent, or gone."""
        try:
            while True:
                self.receive()
        except OSError:
            self.close()

    def close(self) -> None:
        """Close this end; a thread that waits for a message is told so."""
        with contextlib.suppress(OSError):  # it is closed, at either end
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
