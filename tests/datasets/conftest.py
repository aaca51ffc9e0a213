"""Archives, and a server on 127.0.0.1 that serves one and misbehaves to order."""

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
    """Downloads that give up within a second."""
    monkeypatch.setattr(transfer, "PAUSES", (0.01, 0.02))
    monkeypatch.setattr(transfer, "READ_SECONDS", 0.3)


@pytest.fixture
def dataset_cache(tmp_path, monkeypatch):
    """An empty dataset cache, of subprocesses too."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras" / "datasets"


@pytest.fixture
def left_in_cache(dataset_cache):
    """Lists what is in the cache, but for the locks, which stay."""

    def names():
        return sorted(
            path.name for path in dataset_cache.iterdir() if path.suffix != ".lock"
        )

    return names


@pytest.fixture
def check_cached(dataset_cache, left_in_cache):
    """Checks that the cache holds the good archive's dataset, and nothing else."""

    def check(folder):
        assert folder == dataset_cache / "facades"
        assert left_in_cache() == ["facades"]
        holds = sorted(path.name for path in folder.iterdir())
        assert holds == ["dataset.json", "train", "val"]
        assert len(list((folder / "train").iterdir())) == 6
        assert len(list((folder / "val").iterdir())) == 2

    return check


@pytest.fixture(scope="session")
def tar_bytes():
    """Packs files by name; a TarInfo stands for a member of another kind."""

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
    """The files of a dataset in Berkeley's layout; noise, so that nothing shrinks."""

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
    """Serves one file, and notes what it is asked for.

    Attributes:
        content: the file.
        etag: its version; None to send no validator at all.
        faults: what to do wrong, one for each request to come: "cut", "stall", "late",
            "long", "whole", or a status. Once they are used up, all goes well.
        requests: the headers of each request that came.
        halfway: set once half of a body has gone out before a stall.
        released: what an answer that is to come late waits for.
    """

    def __init__(self, content: bytes, url: str):
        self.content = content
        self.url = url
        self.etag = '"1"'
        self.faults = []
        self.requests = []
        self.halfway = threading.Event()
        self.released = threading.Event()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests.append(dict(handler.headers))
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, int):
            handler.send_error(fault)
            return
        body = self._send_headers(handler, fault)
        if fault in ("cut", "stall"):
            handler.wfile.write(body[: len(body) // 2])
            self.halfway.set()
            if fault == "stall":
                self.released.wait()
            return
        if fault == "late":
            self.released.wait()
        handler.wfile.write(body)

    def _send_headers(self, handler: BaseHTTPRequestHandler, fault: object) -> bytes:
        size, asked = len(self.content), handler.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        current = handler.headers.get("If-Range") == self.etag
        if not current or fault == "whole":
            start = 0
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        if self.etag:
            handler.send_header("ETag", self.etag)
        length = size - start + (1000 if fault == "long" else 0)
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        return self.content[start:]


@pytest.fixture
def server(archive_content, monkeypatch):
    """An `ArchiveServer` of the good archive, for as long as the test runs."""
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
