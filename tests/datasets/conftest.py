"""Archives, and a server on 127.0.0.1 that serves one, with faults on request."""

import contextlib
import io
import random
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pyimagesearch.datasets import transfer

IMAGE_BYTES = 50_000


@pytest.fixture
def impatient(monkeypatch):
    """Make downloads fail within a second."""
    monkeypatch.setattr(transfer, "PAUSES", (0.01, 0.02))
    monkeypatch.setattr(transfer, "READ_SECONDS", 0.3)


@pytest.fixture
def dataset_cache(tmp_path, monkeypatch):
    """An empty dataset cache, also for subprocesses."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras" / "datasets"


@pytest.fixture
def left_in_cache(dataset_cache):
    """List the names in the cache, except for the locks, which stay."""

    def list_names():
        return sorted(
            path.name for path in dataset_cache.iterdir() if path.suffix != ".lock"
        )

    return list_names


@pytest.fixture
def check_cached(dataset_cache, left_in_cache):
    """Check that the cache holds the dataset of the good archive, and nothing else."""

    def check(folder):
        assert folder == dataset_cache / "facades"
        assert left_in_cache() == ["facades"]
        names = sorted(path.name for path in folder.iterdir())
        assert names == ["dataset.json", "train", "val"]
        assert len(list((folder / "train").iterdir())) == 6
        assert len(list((folder / "val").iterdir())) == 2

    return check


@pytest.fixture(scope="session")
def tar_bytes():
    """Pack files by name; a TarInfo is a member of another kind."""

    def pack(files, mode="w:gz"):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode) as tar:
            for name, content in files.items():
                if isinstance(content, tarfile.TarInfo):
                    tar.addfile(content)
                    continue
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return buffer.getvalue()

    return pack


@pytest.fixture(scope="session")
def dataset_files():
    """The files of a dataset in the layout of the archives, filled with noise."""

    def files(top="facades/", train=6, val=2, seed=0):
        noise = random.Random(seed)
        counts = {"train": train, "val": val}
        return {
            f"{top}{split}/{number}.jpg": noise.randbytes(IMAGE_BYTES)
            for split, count in counts.items()
            for number in range(1, count + 1)
        }

    return files


@pytest.fixture(scope="session")
def archive_content(tar_bytes, dataset_files):
    """A good archive: six training and two validation images."""
    return tar_bytes(dataset_files())


class ArchiveServer:
    """A server of one file that records its requests.

    Attributes:
        content: bytes, the file.
        reason: str, what follows the status of a fault; None for the usual phrase.
        etag: str, its version; None to send no validator.
        faults: list, the fault of each of the next requests: "cut", "stall", "drip",
            "late", "long", "whole", "unsized", or an HTTP status.
        requests: list of dict, the headers of each request.
        halfway: Event, set after half of a body is sent, before a stall.
        released: Event that late and stalled answers wait for.
    """

    def __init__(self, content: bytes, url: str):
        self.content = content
        self.url = url
        self.reason = None
        self.etag = '"1"'
        self.faults = []
        self.requests = []
        self.halfway = threading.Event()
        self.released = threading.Event()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests.append(dict(handler.headers))
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, int):
            handler.send_response(fault, self.reason)
            handler.end_headers()
            return
        body = self._send_headers(handler, fault)
        if fault in ("cut", "stall", "drip"):
            handler.wfile.write(body[: len(body) // 2])
            self.halfway.set()
            if fault == "stall":
                self.released.wait()
            while fault == "drip" and not self.released.wait(0.02):
                handler.wfile.write(b".")
            return
        if fault == "late":
            self.released.wait()
        handler.wfile.write(body)

    def _send_headers(self, handler: BaseHTTPRequestHandler, fault: object) -> bytes:
        size, requested = len(self.content), handler.headers.get("Range")
        start = int(requested.removeprefix("bytes=")[:-1]) if requested else 0
        is_current = handler.headers.get("If-Range") == self.etag
        if not is_current or fault == "whole":
            start = 0
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        if self.etag:
            handler.send_header("ETag", self.etag)
        length = size - start + (1000 if fault == "long" else 0)
        if fault != "unsized":
            handler.send_header("Content-Length", str(length))
        handler.end_headers()
        return self.content[start:]


@pytest.fixture
def server(archive_content, monkeypatch):
    """An `ArchiveServer` of the good archive."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            with contextlib.suppress(ConnectionError):  # the client was killed
                archive_server.answer(self)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        url = f"http://127.0.0.1:{http_server.server_port}/facades.tar.gz"
        archive_server = ArchiveServer(archive_content, url)
        thread = threading.Thread(target=http_server.serve_forever, args=(0.02,))
        thread.start()
        yield archive_server
        archive_server.released.set()
        http_server.shutdown()
        thread.join()
