"""What the workers of a training agree on: settings, stops, losses and the end."""

import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from pyimagesearch.cli import BAD_INPUT, FAILED, SIGNALLED, be_silent, count, info
from pyimagesearch.cluster.cluster_spec import ClusterSpec
from pyimagesearch.cluster.connection import Connection
from pyimagesearch.cluster.rendezvous import accept_workers, join_chief
from pyimagesearch.errors import RunStoppedError, UserError
from pyimagesearch.process import end_process, get_interruption
from pyimagesearch.terminal import escape_controls

COMMUNICATION = ("UnavailableError", "AbortedError", "CancelledError", "InternalError")
ALIVE_SECONDS = 5.0  # between two signs of life
SILENCE_SECONDS = 30.0  # after which a worker is lost
LEAVE_SECONDS = 20.0  # in which all processes must end
Value = TypeVar("Value")


class Stop(NamedTuple):
    """The signal after which all processes stop, and after which step they do."""

    signal: int
    step: int


class Cluster:
    """The processes that train together; this class is for a process that is alone.

    Use it in a `with` block. Whatever ends the block ends the other processes too.

    Attributes:
        index: int, the number of this process.
        size: int, the number of processes.
        addresses: tuple of str, HOST:PORT of each process; empty if it is alone.
    """

    index = 0
    size = 1
    addresses: tuple[str, ...] = ()

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the files."""
        return self.index == 0

    def share(self, make: Callable[[], Value]) -> Value:
        """Return what the chief makes, on every process.

        Args:
            make: callable, which only the chief calls. It returns what JSON has; on
                other processes, tuples are lists.
        """
        return make()

    def gather(self, value: Any) -> list:
        """Return the values of all processes on the chief, and an empty list elsewhere.

        Args:
            value: what JSON has.
        """
        return [value]

    def agree_on_stop(self, number: int | None) -> int | None:
        """Agree after which step all processes stop. Call it after every step.

        Args:
            number: int, the signal that this process has received, or None.

        Returns:
            int, the signal after which all processes stop now, or None.
        """
        return number

    def agree_on_end(self, number: int | None) -> int | None:
        """Wait for all processes at the end, as the last `agree_on_stop`."""
        return number

    def describe_loss(self, get_hint: Callable[[], str]) -> None:
        """Set what is said after the name of a lost worker.

        Args:
            get_hint: callable, returns how to continue, in any thread.
        """

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, kind, error, trace) -> None:
        pass


class Member(Cluster):
    """A process of a cluster.

    Every process has a connection to the chief, and the chief one to each. A thread
    reads each of them. If another process is lost, it ends this one, because
    TensorFlow may wait for the lost one for a long time.

    Args:
        spec: ClusterSpec.
        connections: dict of Connection by the number of the other process.
    """

    def __init__(self, spec: ClusterSpec, connections: dict[int, Connection]):
        self.spec = spec
        self.index = spec.index
        self.addresses = spec.addresses
        self.size = len(spec.addresses)
        self._connections = dict(sorted(connections.items()))  # not as they came
        self._inbox: dict[int, queue.SimpleQueue] = {
            number: queue.SimpleQueue() for number in connections
        }
        self._is_leaving = threading.Event()
        self._get_hint: Callable[[], str] = str
        self._step = 0  # that this process has finished
        self._stop: Stop | None = None
        self._readers = [
            threading.Thread(target=self._read, args=each, daemon=True)
            for each in connections.items()
        ]
        threading.Thread(target=self._show_life, daemon=True).start()
        for reader in self._readers:
            reader.start()

    def describe_loss(self, get_hint):
        self._get_hint = get_hint

    def _show_life(self) -> None:
        while not self._is_leaving.wait(ALIVE_SECONDS):
            self._send_to_all("alive")

    def _send_to_all(self, kind: str, **content: Any) -> None:
        for connection in self._connections.values():
            # The reader of this connection finds out that it is lost.
            self._send(connection, kind, **content)

    @staticmethod
    def _send(connection: Connection, kind: str, **content: Any) -> None:
        try:
            connection.send(kind, **content)
        except OSError:
            connection.close()

    def _read(self, number: int, connection: Connection) -> None:
        """Read what another process sends, until it ends."""
        try:
            while True:
                message = connection.receive()
                if message["kind"] == "end":
                    self._follow_end(number, message)
                    connection.wait_for_end()
                    return
                self._handle(number, message)
        except (OSError, ValueError) as error:
            if not self._is_leaving.is_set():
                self._end_for_loss(number, error)

    def _handle(self, number: int, message: dict) -> None:
        if message["kind"] != "alive":
            self._inbox[number].put(message)

    def _receive(self, number: int, kind: str) -> dict:
        """Wait for a message; a lost sender ends this process."""
        message = self._inbox[number].get()
        if message["kind"] != kind:
            raise RuntimeError(f"worker {number} sent {message} instead of {kind}")
        return message

    def _follow_end(self, number: int, message: dict) -> None:
        """End as another process does, unless this one ends by itself."""
        status = int(message.get("status", FAILED))
        if not status:
            return
        # After an agreed stop, this process may be about to end in the same way.
        patience = LEAVE_SECONDS if self._stop else 0.0
        if not self._is_leaving.wait(patience):
            reason = f"{self.spec.name(number)} ended: {message.get('reason')}"
            self._pass_on(number, status, reason)
            end_process(f"[ERROR] {escape_controls(reason)}\n", status)

    def _end_for_loss(self, number: int, error: Exception) -> None:
        hint = self._get_hint()
        reason = f"{self.spec.name(number)} was lost ({error}){hint and f': {hint}'}"
        self._pass_on(number, FAILED, reason)
        end_process(f"[ERROR] {reason}\n", FAILED)

    def _get_due_stop(self) -> int | None:
        if self._stop is None or self._step < self._stop.step:
            return None
        self._is_leaving.set()
        return self._stop.signal

    def _pass_on(self, number: int, status: int, reason: str) -> None:
        """Tell the others why this process and that of a number end."""

    def __exit__(self, kind, error, trace):
        if _is_about_communication(error):
            # The thread that reads finds the lost worker, and ends this process.
            time.sleep(SILENCE_SECONDS + ALIVE_SECONDS)
        is_agreed = error is None or self._stop is not None
        self._is_leaving.set()
        status, reason = _describe_end(error)
        self._send_to_all("end", status=status, reason=reason)
        if is_agreed:
            self._wait_for_others()

    def _wait_for_others(self) -> None:
        """Let the chief end last: TensorFlow's service runs in its process."""


class Chief(Member):
    """The process that writes the files, and decides."""

    def __init__(self, spec, connections):
        self._requests: list[int] = []  # signals that other workers have received
        super().__init__(spec, connections)

    def share(self, make):
        value = make()
        self._send_to_all("value", value=value)
        return value

    def gather(self, value):
        others = [self._receive(number, "value") for number in self._connections]
        return [value, *(message.get("value") for message in others)]

    def agree_on_stop(self, number):
        self._step += 1
        if self._stop is None:
            requests = [*([number] if number else []), *self._requests]
            if requests:
                # The others have not finished the next step, which waits for this
                # process. So all of them know where to stop when they have.
                self._stop = Stop(requests[0], self._step + 1)
                self._send_to_all("stop", **self._stop._asdict())
                for other in self._connections:
                    self._receive(other, "stopping")
        return self._get_due_stop()

    def agree_on_end(self, number):
        received = [
            self._receive(other, "finished").get("signal")
            for other in self._connections
        ]
        asked = [self._stop and self._stop.signal, number, *received]
        number = next(filter(None, asked), None)
        self._is_leaving.set()
        self._send_to_all("verdict", signal=number)
        return number

    def _handle(self, number, message):
        if message["kind"] == "interrupted":
            self._requests.append(int(message["signal"]))
        else:
            super()._handle(number, message)

    def _pass_on(self, number, status, reason):
        for other, connection in self._connections.items():
            if other != number:
                self._send(connection, "end", status=status, reason=reason)

    def _wait_for_others(self):
        deadline = time.monotonic() + LEAVE_SECONDS
        for reader in self._readers:
            reader.join(max(0.0, deadline - time.monotonic()))


class Worker(Member):
    """A process that is not the chief: it writes nothing but errors."""

    def __init__(self, spec, connections):
        self._is_asked = False  # whether the chief knows of this worker's signal
        super().__init__(spec, connections)

    def share(self, make):
        return self._receive(0, "value").get("value")

    def gather(self, value):
        self._send_to_all("value", value=value)
        return []

    def agree_on_stop(self, number):
        self._step += 1
        if number and not self._is_asked:
            self._is_asked = True
            self._send_to_all("interrupted", signal=number)
        return self._get_due_stop()

    def agree_on_end(self, number):
        self._send_to_all("finished", signal=number)
        number = self._receive(0, "verdict").get("signal")
        self._is_leaving.set()
        return number

    def _handle(self, number, message):
        if message["kind"] == "stop":
            self._stop = Stop(int(message["signal"]), int(message["step"]))
            self._send_to_all("stopping")
        else:
            super()._handle(number, message)


def _is_about_communication(error: BaseException | None) -> bool:
    """Return whether TensorFlow reports what a lost worker causes."""
    tensorflow = sys.modules.get("tensorflow")
    return (
        tensorflow is not None
        and isinstance(error, tensorflow.errors.OpError)
        and type(error).__name__ in COMMUNICATION
    )


def _describe_end(error: BaseException | None) -> tuple[int, str]:
    """Return the exit status of this process, and why it ends."""
    if error is None:
        return 0, ""
    if isinstance(error, UserError):
        return BAD_INPUT, str(error)
    if isinstance(error, RunStoppedError):
        return error.status, str(error)
    if isinstance(error, KeyboardInterrupt):
        return SIGNALLED + (get_interruption() or signal.SIGINT), "interrupted"
    return FAILED, f"{type(error).__name__}: {error}".splitlines()[0]


def join_cluster(
    spec: ClusterSpec | None, facts: dict[str, str], timeout: float
) -> Cluster:
    """Join the other processes of a cluster, and check that they are alike.

    Args:
        spec: ClusterSpec, or None if this process trains alone.
        facts: dict of str to str, what must be the same on all processes.
        timeout: float, seconds that the others have to come.

    Returns:
        Cluster.

    Raises:
        UserError: if a process does not come, cannot be reached, or differs.
    """
    if spec is None:
        return Cluster()
    arguments = spec, facts, timeout, SILENCE_SECONDS
    if spec.index:
        connection = join_chief(*arguments)
        be_silent()
        return Worker(spec, {0: connection})
    info(f"this is worker 0 of {len(spec.addresses)}, from {spec.source}")
    connections = accept_workers(*arguments)
    info(f"{count(len(connections), 'other worker')} joined")
    return Chief(spec, connections)
