"""Processes that meet, agree, and lose each other: here, they are threads."""

import contextlib
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pyimagesearch.cli import _State as CliState
from pyimagesearch.cluster import membership, rendezvous
from pyimagesearch.cluster.cluster_spec import ClusterSpec
from pyimagesearch.cluster.local_workers import choose_addresses
from pyimagesearch.cluster.membership import Cluster, join_cluster
from pyimagesearch.errors import RunStoppedError, UserError

FACTS = {"tensorflow": "2.21.0", "the flags": "--seed 3"}
SECONDS = 20


@pytest.fixture(autouse=True)
def joined(monkeypatch):
    """Ends what would end with the process: its members, and that it is silent."""
    members = []

    def join(*arguments):
        members.append(membership.join_cluster(*arguments))
        return members[-1]

    monkeypatch.setattr(sys.modules[__name__], "join_cluster", join)
    yield members
    CliState.is_silent = False
    members = [member for member in members if member.size > 1]
    for member in members:
        member._is_leaving.set()
    for member in members:
        close(member)


def close(member):
    """Close the connections of a member, as the end of its process does."""
    for connection in member._connections.values():
        connection.close()


@pytest.fixture
def ends(monkeypatch):
    """Collects how processes end, instead of ending this one."""
    collected = []

    def end(line, status):
        collected.append((line, status))

    monkeypatch.setattr(membership, "end_process", end)
    return collected


def make_specs(count, source="--workers"):
    addresses = tuple(choose_addresses(count))
    return [ClusterSpec(addresses, index, source) for index in range(count)]


def join_all(specs, facts=None, timeout=SECONDS):
    """Join all members at once; returns members, or what they raise."""
    facts = facts or [FACTS] * len(specs)

    def join(spec, facts):
        try:
            return join_cluster(spec, facts, timeout)
        except UserError as error:
            return error

    with ThreadPoolExecutor(len(specs)) as pool:
        return list(pool.map(join, specs, facts))


@pytest.fixture
def members():
    """Three members of a cluster, the chief first."""
    return join_all(make_specs(3))


def call_all(members, function):
    with ThreadPoolExecutor(len(members)) as pool:
        return list(pool.map(function, members))


def test_a_process_alone_needs_nobody():
    with join_cluster(None, {}, 1.0) as cluster:
        assert (cluster.size, cluster.index, cluster.is_chief) == (1, 0, True)
        assert cluster.share(lambda: (1, 2)) == (1, 2)
        assert cluster.gather(5) == [5]
        assert [cluster.agree_on_stop(n) for n in (None, 15)] == [None, 15]
        assert cluster.agree_on_end(2) == 2
    assert type(cluster) is Cluster


def test_all_have_what_the_chief_makes_and_it_has_what_all_have(members):
    chief, *others = members
    assert [member.is_chief for member in members] == [True, False, False]
    made = call_all(members, lambda m: m.share(lambda: {"seed": 3, "by": m.index}))
    assert made == [{"seed": 3, "by": 0}] * 3
    values = call_all(members, lambda member: member.gather({"pairs": member.index}))
    assert values == [[{"pairs": 0}, {"pairs": 1}, {"pairs": 2}], [], []]


def test_values_are_gathered_in_the_order_of_the_workers():
    """Not in the order in which they came: a message names a worker by its place."""

    def join(spec):
        time.sleep(0.5 * (spec.index == 1))  # comes last
        return join_cluster(spec, FACTS, SECONDS)

    with ThreadPoolExecutor(3) as pool:
        members = list(pool.map(join, make_specs(3)))
    values = call_all(members, lambda member: member.gather(member.index))
    assert values == [[0, 1, 2], [], []]


@pytest.mark.parametrize("interrupted", [0, 2])
def test_all_stop_after_the_same_step(members, interrupted):
    """No step ends on one before it has begun on all, as with an all-reduce."""
    barrier = threading.Barrier(3)

    def train(member):
        for step in range(50):
            barrier.wait()
            if member.index == 1:
                time.sleep(0.01)  # slower than the others
            received = member.index == interrupted and step >= 3
            number = member.agree_on_stop(15 if received else None)
            if number:
                return step, number
        return None

    stops = call_all(members, train)
    assert len(set(stops)) == 1
    step, number = stops[0]
    assert number == 15 and 4 <= step < 50


@pytest.mark.parametrize("interrupted", [None, 0, 1])
def test_all_end_with_the_signal_that_one_has_received_last(members, interrupted):
    ends = call_all(
        members, lambda m: m.agree_on_end(2 if m.index == interrupted else None)
    )
    assert ends == [None if interrupted is None else 2] * 3


def test_a_lost_worker_ends_all_others_with_its_name(members, ends):
    chief, worker, lost = members
    chief.describe_loss(lambda: "3 epochs were saved")
    lost._is_leaving.set()
    close(lost)
    wait_for(lambda: len(ends) >= 2)
    address = chief.addresses[2]
    said = f"worker 2 ({address}) was lost (the connection was closed): 3 epochs were"
    of_chief = next(line for line, _ in ends if line.startswith(f"[ERROR] {said}"))
    assert of_chief.endswith("saved\n")
    others = [line for line, _ in ends if f"worker 0 ({chief.addresses[0]}) " in line]
    assert len(others) >= 1  # the others hear of it from the chief, or lose it
    assert {status for _, status in ends} == {1}


def test_a_silent_worker_is_lost(monkeypatch, ends):
    monkeypatch.setattr(membership, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(membership, "ALIVE_SECONDS", 0.1)
    chief, worker = join_all(make_specs(2))
    time.sleep(1.0)
    assert not ends  # both show that they are alive
    worker._is_leaving.set()  # it stops to show life, and stays connected
    wait_for(lambda: ends)
    assert f"worker 1 ({chief.addresses[1]}) was lost (timed out)" in ends[0][0]


def wait_for(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (UserError("no such folder"), 2, "no such folder"),
        (RunStoppedError("the disk is full", 1), 1, "the disk is full"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ValueError("one\ntwo"), 1, "ValueError: one"),
        (UserError("no folder \x1b[2J"), 2, "no folder \\x1b[2J"),
    ],
)
def test_an_error_of_one_ends_all(ends, error, status, reason):
    chief, worker = join_all(make_specs(2))
    with contextlib.suppress(type(error)), worker:
        raise error
    wait_for(lambda: ends)
    name = f"worker 1 ({chief.addresses[1]})"
    assert ends[0] == (f"[ERROR] {name} ended: {reason}\n", status)


def test_an_error_after_an_agreed_stop_ends_who_does_not_stop(monkeypatch, ends):
    monkeypatch.setattr(membership, "LEAVE_SECONDS", 0.5)
    chief, worker = join_all(make_specs(2))
    chief.agree_on_stop(15)
    wait_for(lambda: worker._stop)
    with contextlib.suppress(RunStoppedError), chief:
        raise RunStoppedError("the disk is full", 1)
    wait_for(lambda: ends)
    name = f"worker 0 ({chief.addresses[0]})"
    assert ends == [(f"[ERROR] {name} ended: the disk is full\n", 1)]


def test_all_leave_together(ends):
    members = join_all(make_specs(2))

    def leave(member):
        with member:
            pass
        if not member.is_chief:  # a process that ends closes its connections
            close(member)

    start = time.monotonic()
    call_all(members, leave)
    assert time.monotonic() - start < membership.LEAVE_SECONDS / 2
    assert not ends


def test_a_worker_that_differs_stops_all_and_is_named():
    specs = make_specs(3)
    other = FACTS | {"the flags": "--seed 4"}
    results = join_all(specs, [FACTS, FACTS, other])
    said = (
        f"worker 2 ({specs[0].addresses[2]}) has the flags --seed 4, and worker 0 has "
        f"--seed 3: all must have the same"
    )
    assert str(results[0]) == said
    assert str(results[2]) == f"worker 0 ({specs[0].addresses[0]}) says: {said}"
    assert isinstance(results[1], UserError)


def test_a_number_that_is_taken_is_refused_and_the_others_go_on():
    specs = make_specs(3)
    twin = ClusterSpec(
        (specs[0].addresses[0], *choose_addresses(1), "127.0.0.1:1"), 1, "--workers"
    )
    with ThreadPoolExecutor(4) as pool:
        futures = [
            pool.submit(join_cluster, spec, FACTS, SECONDS) for spec in specs[:2]
        ]
        time.sleep(1.5)
        with pytest.raises(UserError, match="worker 1 is there already: give each"):
            join_cluster(twin, FACTS, SECONDS)
        futures.append(pool.submit(join_cluster, specs[2], FACTS, SECONDS))
        members = [future.result() for future in futures]
    assert call_all(members, lambda member: member.share(lambda: 7)) == [7, 7, 7]


def test_a_port_in_use_is_one_sentence():
    spec = make_specs(2)[1]
    with socket.socket() as user:
        user.bind(("", int(spec.addresses[1].split(":")[1])))
        user.listen()
        with pytest.raises(UserError, match=r"port \d+ of worker 1 .* is in use"):
            join_cluster(spec, FACTS, SECONDS)


def test_who_does_not_come_is_named_again_and_again(monkeypatch, capsys):
    monkeypatch.setattr(rendezvous, "REPORT_SECONDS", 0.3)
    monkeypatch.setattr(rendezvous, "FIRST_SECONDS", 0.1)
    monkeypatch.setattr(rendezvous, "RETRY_SECONDS", 0.05)
    specs = make_specs(3)
    results = join_all(specs[:2], timeout=1.5)
    missing = f"worker 2 ({specs[0].addresses[2]})"
    for result in results:
        assert f"{missing} did not come within 1.5 seconds" in str(result)
    lines = capsys.readouterr().out.splitlines()
    assert lines.count(f"[INFO] waiting for {missing}") >= 4  # of both

    (result,) = join_all([specs[1]], timeout=1.0)
    chief = f"worker 0 ({specs[0].addresses[0]})"
    assert f"{chief} did not come within 1 seconds (Connection refused)" in str(result)


def test_a_worker_that_cannot_be_reached_is_refused(monkeypatch):
    """Its address is another one than where it listens, as behind a firewall."""
    specs = make_specs(2)
    monkeypatch.setattr(rendezvous, "REACH_SECONDS", 1.0)
    wrong = (specs[0].addresses[0], choose_addresses(1)[0])
    chief = ClusterSpec(wrong, 0, "TF_CONFIG")
    results = join_all([chief, specs[1]])
    assert f"worker 1 ({wrong[1]}) has come from 127.0.0.1, but cannot be" in str(
        results[0]
    )
    assert "correct TF_CONFIG, or open the port" in str(results[1])


def test_strangers_are_ignored():
    specs = make_specs(2)
    with ThreadPoolExecutor(2) as pool:
        chief = pool.submit(join_cluster, specs[0], FACTS, SECONDS)
        time.sleep(0.7)
        port = int(specs[0].addresses[0].split(":")[1])
        for line in (b"GET / HTTP/1.1\r\n\r\n", b"{}\n", b'{"kind": "hello"}\n'):
            with socket.create_connection(("127.0.0.1", port)) as stranger:
                stranger.sendall(line)
                stranger.settimeout(SECONDS)
                assert stranger.recv(100) == b""
        worker = pool.submit(join_cluster, specs[1], FACTS, SECONDS)
        members = [chief.result(), worker.result()]
    assert call_all(members, lambda member: member.share(lambda: 1)) == [1, 1]
