"""Downloads from a server that stalls, disconnects, or changes its file."""

import errno
import io
import re
import shutil
import socket
from pathlib import Path

import pytest

from pyimagesearch.datasets import archives, transfer
from pyimagesearch.errors import UserError

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def part_file(tmp_path):
    return tmp_path / ".facades.part"


def list_ranges(server):
    return [request.get("Range") for request in server.requests]


def test_a_file_comes_in_one_request(server, part_file, capsys):
    transfer.fetch_file(server.url, part_file, len(server.content))

    assert part_file.read_bytes() == server.content
    assert list_ranges(server) == [None]
    assert server.requests[0]["Accept-Encoding"] == "identity"
    assert capsys.readouterr().out == (
        f"[INFO] downloading {server.url}, {len(server.content):,} bytes\n"
    )


def test_a_terminal_shows_a_progress_bar(server, part_file, capsys, monkeypatch):
    monkeypatch.setattr(transfer, "progbar_verbose", lambda: 1)
    server.content *= 10  # 4 MB
    server.faults = ["cut"]

    transfer.fetch_file(server.url, part_file)

    said = capsys.readouterr().out
    *lines, end = said.split("\n")
    assert end == ""
    # No message continues the line of an unfinished bar.
    assert sum(line.startswith("[INFO] ") for line in lines) == said.count("[INFO] ")
    assert "4/4" in lines[-1].split("\r")[-1]
    assert lines[-1].rstrip().endswith("/MB")  # padding hides a longer line


@pytest.mark.parametrize("fault", ["cut", "stall"])
def test_an_interrupted_download_is_resumed(server, part_file, capsys, fault):
    half = len(server.content) // 2
    server.faults = [fault]

    transfer.fetch_file(server.url, part_file)

    assert part_file.read_bytes() == server.content
    (start,) = re.findall(r"bytes=(\d+)-", list_ranges(server)[1])
    assert half - transfer.CHUNK_BYTES <= int(start) <= half
    assert server.requests[1]["If-Range"] == '"1"'
    assert f"({int(start):,} bytes are already here)" in capsys.readouterr().out


def test_a_later_call_resumes_a_failed_one(server, part_file):
    server.faults = ["cut", 404]
    with pytest.raises(UserError, match="404"):
        transfer.fetch_file(server.url, part_file)
    held = transfer.count_held_bytes(part_file, server.url)
    assert held == len(server.content) // 2

    transfer.fetch_file(server.url, part_file)

    assert list_ranges(server)[2] == f"bytes={held}-"
    assert part_file.read_bytes() == server.content


def test_a_complete_file_is_not_fetched_again(server, part_file):
    transfer.fetch_file(server.url, part_file)
    transfer.fetch_file(server.url, part_file)

    assert list_ranges(server) == [None]


def test_a_part_of_another_file_is_discarded(server, part_file):
    part_file.write_bytes(b"x" * 1000)
    transfer.write_origin(
        part_file, transfer.Origin("http://elsewhere", '"1"', len(server.content))
    )

    transfer.fetch_file(server.url, part_file)

    assert list_ranges(server) == [None]
    assert part_file.read_bytes() == server.content


@pytest.mark.parametrize(
    "origin",
    [
        *('{"url": "http', "[]", "{}", "[" * 90_000, " " * 100_001),
        '{"url": "URL", "validator": "1", "size": "1000"}',
        '{"url": "URL", "validator": "1", "size": 2000.0}',
        '{"url": "URL", "validator": "1", "size": true}',
        '{"url": "URL", "validator": "1", "size": 1%s}' % ("0" * 300),
        '{"url": "URL", "validator": "1\\r\\nHost: x", "size": 2000}',
        '{"url": "URL", "validator": "\\u20ac", "size": 2000}',
        '{"url": "URL", "validator": "", "size": 2000}',
        '{"url": "URL", "validator": ["1"], "size": 2000}',
        '{"url": "URL", "size": 2000}',
    ],
    ids=lambda text: text[:60],
)
def test_a_damaged_origin_is_ignored(server, part_file, origin):
    part_file.write_bytes(b"x" * 1000)
    part_file.with_name(".facades.part.json").write_text(
        origin.replace("URL", server.url)
    )

    transfer.fetch_file(server.url, part_file)

    assert list_ranges(server) == [None]
    assert part_file.read_bytes() == server.content


def test_a_server_that_ignores_ranges_is_read_from_the_start(server, part_file):
    server.faults = ["cut", "whole"]

    transfer.fetch_file(server.url, part_file)

    assert list_ranges(server)[1] is not None
    assert part_file.read_bytes() == server.content


def test_a_file_that_has_changed_is_read_from_the_start(server, part_file):
    server.faults = ["cut", 404]
    with pytest.raises(UserError):
        transfer.fetch_file(server.url, part_file)
    server.content, server.etag = b"new" + server.content, '"2"'

    transfer.fetch_file(server.url, part_file)

    assert part_file.read_bytes() == server.content


def test_a_file_that_has_shrunk_is_read_from_the_start(server, part_file):
    server.faults = ["cut", 416]

    transfer.fetch_file(server.url, part_file)

    assert [bool(asked) for asked in list_ranges(server)] == [False, True, False]
    assert part_file.read_bytes() == server.content


@pytest.mark.parametrize("etag", [None, 'W/"1"'])
def test_versions_that_cannot_be_told_apart_are_not_mixed(server, part_file, etag):
    server.etag = etag
    server.faults = ["cut"] * 3

    with pytest.raises(UserError, match="was interrupted"):
        transfer.fetch_file(server.url, part_file)

    assert list_ranges(server) == [None] * 3
    assert not list(part_file.parent.iterdir())


def test_a_server_error_is_retried(server, part_file, capsys):
    server.faults = [500, 503]

    transfer.fetch_file(server.url, part_file)

    assert part_file.read_bytes() == server.content
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"[INFO] {server.url}: the server answered 500 Internal Server Error; "
        "next attempt in 0.01 s",
        f"[INFO] {server.url}: the server answered 503 Service Unavailable; "
        "next attempt in 0.02 s",
    ]


@pytest.mark.parametrize(
    ("faults", "requests", "reason"),
    [
        ([404], 1, "the server answered 404 Not Found"),
        ([403], 1, "the server answered 403 Forbidden"),
        ([500] * 3, 3, "the server answered 500 Internal Server Error (3 attempts)"),
        (["cut"] * 3, 3, "the connection was interrupted (3 attempts)"),
        (["stall"] * 3, 3, "no data arrived for 0.3 s (3 attempts)"),
        (["long"] * 3, 3, "the connection was interrupted (3 attempts)"),
    ],
)
def test_a_permanent_failure_is_one_message(
    server, part_file, faults, requests, reason
):
    server.faults = faults

    with pytest.raises(UserError) as error:
        transfer.fetch_file(server.url, part_file)

    assert str(error.value) == f"{server.url} cannot be fetched: {reason}"
    assert len(server.requests) == requests


def test_an_unreachable_host(part_file):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/facades.tar.gz"

    with pytest.raises(UserError) as error:
        transfer.fetch_file(url, part_file)

    assert str(error.value) == (
        f"{url} cannot be fetched: the host is unknown or does not answer: check the "
        "network (3 attempts)"
    )


def test_an_invalid_url(part_file):
    with pytest.raises(UserError, match="http:// cannot be fetched: Invalid URL"):
        transfer.fetch_file("http://", part_file)


def test_an_unexpected_size_is_an_error(server, part_file):
    with pytest.raises(UserError) as error:
        transfer.fetch_file(server.url, part_file, expected_bytes=30_168_306)

    assert str(error.value) == (
        f"{server.url} has {len(server.content):,} bytes instead of the expected "
        "30,168,306"
    )
    assert not list(part_file.parent.iterdir())


def test_a_lack_of_space_is_an_error_before_the_download(
    server, part_file, monkeypatch
):
    monkeypatch.setattr(archives, "SPARE_BYTES", 0)
    free = shutil.disk_usage(part_file.parent)._replace(
        free=2 * len(server.content) - 1
    )
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: free)

    with pytest.raises(
        OSError, match="0.00 GB available: free some space there"
    ) as error:
        transfer.fetch_file(server.url, part_file)

    assert archives.is_disk_full(error.value)
    assert not list(part_file.parent.iterdir())


def test_a_full_disk_keeps_the_partial_download(server, part_file, monkeypatch):
    class FullDisk(io.FileIO):
        def write(self, chunk):
            if self.tell() > 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(chunk)

    def open_on_full_disk(path, mode="r", *args, **kwargs):
        if path == part_file:
            return FullDisk(path, mode)
        return open_path(path, mode, *args, **kwargs)

    open_path = Path.open
    with monkeypatch.context() as full:
        full.setattr(Path, "open", open_on_full_disk)
        with pytest.raises(OSError, match="No space left") as error:
            transfer.fetch_file(server.url, part_file)
    assert archives.is_disk_full(error.value)
    held = transfer.count_held_bytes(part_file, server.url)
    assert 0 < held <= transfer.CHUNK_BYTES

    transfer.fetch_file(server.url, part_file)

    assert list_ranges(server) == [None, f"bytes={held}-"]
    assert part_file.read_bytes() == server.content


@pytest.fixture
def strict_pace(monkeypatch):
    """Expect at least 50,000 bytes in a fifth of a second."""
    monkeypatch.setattr(transfer, "SLOW_SECONDS", 0.2)
    monkeypatch.setattr(transfer, "SLOW_BYTES", 50_000)


def test_the_pace_is_a_kilobyte_per_second():
    assert transfer.SLOW_BYTES / transfer.SLOW_SECONDS == 1000


@pytest.mark.usefixtures("strict_pace")
def test_a_server_that_sends_byte_by_byte_is_given_up(server, part_file):
    server.faults = ["drip"] * 3
    with pytest.raises(UserError) as error:
        transfer.fetch_file(server.url, part_file)
    assert re.fullmatch(
        re.escape(server.url) + r" cannot be fetched: only \d+ bytes arrived in 0\.2 "
        r"s, and at least 50,000 are expected \(3 attempts\)",
        str(error.value),
    )
    half = len(server.content) // 2
    assert transfer.count_held_bytes(part_file, server.url) >= half


@pytest.mark.usefixtures("strict_pace")
def test_a_download_that_was_too_slow_is_resumed(server, part_file, capsys):
    server.content = server.content[: len(server.content) // 2] + b"." * 300_000
    server.faults = ["drip"]
    transfer.fetch_file(server.url, part_file)
    assert part_file.read_bytes() == server.content
    (start,) = re.findall(r"bytes=(\d+)-", list_ranges(server)[1])
    assert int(start) > len(server.content) // 2
    assert "bytes arrived in 0.2 s, and at least 50,000" in capsys.readouterr().out


def test_a_file_without_a_length_is_fetched(server, part_file):
    server.faults = ["unsized"]
    transfer.fetch_file(server.url, part_file)
    assert part_file.read_bytes() == server.content


@pytest.mark.parametrize("fault", ["unsized", None])
def test_space_is_left_while_a_file_arrives(server, part_file, monkeypatch, fault):
    server.faults = [fault]
    monkeypatch.setattr(transfer, "CHECKED_BYTES", 50_000)
    used, usage = [], shutil.disk_usage(part_file.parent)

    def fill(folder):  # another program writes as much as fits
        used.append(part_file.stat().st_size if part_file.exists() else 0)
        free = archives.SPARE_BYTES + (90_000 if used[-1] else 10**9)
        return usage._replace(free=free)

    monkeypatch.setattr(shutil, "disk_usage", fill)
    with pytest.raises(OSError, match=r"downloading .* needs .* GB, but") as error:
        transfer.fetch_file(server.url, part_file)
    assert archives.is_disk_full(error.value)
    assert used[-1] <= 200_000 < len(server.content)
    assert part_file.exists() == (fault is None)  # what can be resumed


def test_a_file_longer_than_expected_is_not_read_to_its_end(server, part_file):
    expected = len(server.content)
    server.content += bytes(5_000_000)
    server.faults = ["unsized"]
    with pytest.raises(UserError, match=f"more than the expected {expected:,} bytes"):
        transfer.fetch_file(server.url, part_file, expected)
    assert not list(part_file.parent.iterdir())


def test_control_characters_of_a_server_are_escaped(server, part_file, capsys):
    server.reason = "OK\x1b[2J\x9b"
    server.faults = [503, 404]
    with pytest.raises(UserError):
        transfer.fetch_file(server.url, part_file)
    said = capsys.readouterr().out
    assert "\x1b" not in said and "\x9b" not in said
    assert r"the server answered 503 OK\x1b[2J\x9b; next attempt" in said
