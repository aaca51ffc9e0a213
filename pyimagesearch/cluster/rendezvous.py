"""The start of a cluster: every worker connects to the chief, which compares them.

The chief listens at its own address, where TensorFlow's server listens afterwards; the
connections stay open. So each worker needs one port.
"""

import errno
import socket
import time
from collections.abc import Callable

from pyimagesearch.cli import info
from pyimagesearch.cluster.cluster_spec import ClusterSpec, split_address
from pyimagesearch.cluster.connection import Connection
from pyimagesearch.errors import UserError
from pyimagesearch.schemas import Integer, Record, SchemaError, Text

REPORT_SECONDS = 30.0  # between two lines about who is missing
FIRST_SECONDS = 3.0  # before the first one
RETRY_SECONDS = 0.5
REACH_SECONDS = 10.0  # in which a worker must be reached at its address
HELLO = Record({"worker": Integer(), "facts": Record(rest=Text())})


class Waiting:
    """The time that a worker has to come, and the lines about it.

    Args:
        spec: ClusterSpec.
        timeout: float, seconds.
    """

    def __init__(self, spec: ClusterSpec, timeout: float):
        self.spec = spec
        self.timeout = timeout
        self.start = time.monotonic()
        self.reported = self.start - REPORT_SECONDS + FIRST_SECONDS

    def check(self, missing: list[int], reason: str = "") -> None:
        """Say who is missing, if the last line about it is old enough.

        Args:
            missing: list of int, the workers that have not come.
            reason: str, why, or "".

        Raises:
            UserError: if the time is over.
        """
        now = time.monotonic()
        names = ", ".join(map(self.spec.name, missing))
        detail = f" ({reason})" if reason else ""
        if now > self.start + self.timeout:
            raise UserError(
                f"{names} did not come within {self.timeout:g} seconds{detail}: start "
                f"the same command there, or set --worker-timeout"
            )
        if now > self.reported + REPORT_SECONDS:
            self.reported = now
            info(f"waiting for {names}{detail}")


def listen(spec: ClusterSpec) -> socket.socket:
    """Listen at the port of this worker.

    Raises:
        UserError: if the port is in use or cannot be used.
    """
    host, port = split_address(spec.addresses[spec.index])
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        # Without this, a port is taken for a minute after a connection has ended.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("", port))
        listener.listen(len(spec.addresses))
    except OSError as error:
        listener.close()
        in_use = error.errno == errno.EADDRINUSE
        reason = "is in use" if in_use else f"cannot be used ({error.strerror})"
        raise UserError(
            f"port {port} of {spec.name(spec.index)} {reason}: end the process that "
            f"uses it, or choose another port in {spec.source}"
        ) from error
    return listener


def accept_workers(
    spec: ClusterSpec, facts: dict[str, str], timeout: float, silence: float
) -> dict[int, Connection]:
    """Wait for all workers, and compare them with the chief, which this process is.

    Args:
        spec: ClusterSpec.
        facts: dict of str, what must be the same on all; see `join_cluster`.
        timeout: float, seconds to wait.
        silence: float, seconds; see `Connection`.

    Returns:
        dict of Connection by the number of the worker.

    Raises:
        UserError: if a worker does not come, cannot be reached, or differs.
    """
    joined: dict[int, Connection] = {}
    waiting = Waiting(spec, timeout)
    with listen(spec) as listener:
        listener.settimeout(RETRY_SECONDS)
        try:
            while missing := _list_missing(spec, joined):
                waiting.check(missing)
                _tell(joined, "waiting", missing=missing)
                _accept_one(listener, spec, facts, joined, silence)
        except BaseException as error:
            reason = str(error) if isinstance(error, UserError) else "it ended"
            _tell(joined, "refused", reason=reason)
            for connection in joined.values():
                connection.close()
            raise
    _tell(joined, "welcome")
    return joined


def _list_missing(spec, joined):
    return [n for n in range(1, len(spec.addresses)) if n not in joined]


def _tell(joined, kind, **content):
    """Send a message to all; one that is gone can come again."""
    for number, connection in list(joined.items()):
        if not _try_to_send(connection, kind, **content):
            del joined[number]


def _try_to_send(connection, kind, **content):
    try:
        connection.send(kind, **content)
    except OSError:
        connection.close()
        return False
    return True


def _accept_one(listener, spec, facts, joined, silence):
    """Accept one connection, if there is one, and the worker that it is from."""
    try:
        connected, address = listener.accept()
    except TimeoutError:
        return
    connection = Connection(connected, silence)
    connected.settimeout(REACH_SECONDS)
    try:
        hello = connection.receive()
        HELLO.check(hello)
    except (OSError, SchemaError):  # not one of ours
        connection.close()
        return
    number, theirs = hello["worker"], hello["facts"]
    if number in joined or not 0 < number < len(spec.addresses):
        problem = "is there already" if number in joined else "is not in the cluster"
        reason = f"worker {number} {problem}: give each process its own number"
        _try_to_send(connection, "refused", reason=reason)
        connection.close()
        return
    joined[number] = connection
    for name, value in facts.items():
        if theirs.get(name) != value:
            raise UserError(
                f"{spec.name(number)} has {name} {theirs.get(name)}, and worker 0 has "
                f"{value}: all must have the same"
            )
    _check_reachable(spec, number, address[0])
    connected.settimeout(silence)


def _check_reachable(spec, number, source):
    """Check that a worker listens where the cluster says, as TensorFlow will need."""
    try:
        address = split_address(spec.addresses[number])
        socket.create_connection(address, REACH_SECONDS).close()
    except OSError as error:
        raise UserError(
            f"{spec.name(number)} has come from {source}, but cannot be reached at its "
            f"address ({error.strerror or error}): correct {spec.source}, or open the "
            f"port"
        ) from error


def join_chief(
    spec: ClusterSpec, facts: dict[str, str], timeout: float, silence: float
) -> Connection:
    """Connect to the chief, and wait until all workers are there.

    Args:
        spec, facts, timeout, silence: see `accept_workers`.

    Returns:
        Connection.

    Raises:
        UserError: if the chief does not come, or refuses this worker.
    """
    with listen(spec):  # while the chief checks that it can be reached
        waiting = Waiting(spec, timeout)
        connection = _connect(spec, silence, waiting.check)
        try:
            connection.send("hello", worker=spec.index, facts=facts)
            while (message := connection.receive())["kind"] != "welcome":
                if message["kind"] == "refused":
                    raise UserError(f"{spec.name(0)} says: {message.get('reason')}")
                waiting.check(list(message.get("missing", [0])))
        except (OSError, UserError) as error:
            connection.close()
            if isinstance(error, UserError):
                raise
            raise UserError(
                f"{spec.name(0)} was lost before all workers were there ({error}): "
                f"start all again"
            ) from error
    return connection


def _connect(spec, silence, check: Callable[[list[int], str], None]) -> Connection:
    """Connect to the chief, as often as it takes."""
    reason = ""
    while True:
        try:
            address = split_address(spec.addresses[0])
            return Connection(socket.create_connection(address, 10.0), silence)
        except OSError as error:
            reason = error.strerror or str(error)
        check([0], reason)
        time.sleep(RETRY_SECONDS)
