"""Named datasets in the cache: whole or not at all, whatever happens on the way."""

import errno
import hashlib
import json
import re
import tarfile

import pytest

from pyimagesearch.datasets import catalog
from pyimagesearch.datasets.download import ALTERNATIVES, download_dataset
from pyimagesearch.errors import UserError

pytestmark = pytest.mark.usefixtures("impatient", "dataset_cache")


@pytest.fixture
def archive_file(tmp_path, archive_content):
    path = tmp_path / "local archive.tar.gz"
    path.write_bytes(archive_content)
    return path


@pytest.fixture
def official(monkeypatch, server):
    """Puts the test's server in the place of the official one."""
    monkeypatch.setattr(catalog, "SERVER", server.url.removesuffix("/facades.tar.gz"))

    def expect(**expected):
        entry = catalog.CatalogEntry("facades", direction="BtoA", **expected)
        monkeypatch.setitem(catalog.CATALOG, "facades", entry)

    return expect


def failure(*args, **kwargs):
    """The sentence of a download that fails, less the ways round, which it names."""
    with pytest.raises(UserError) as error:
        download_dataset(*args, **kwargs)
    sentence = str(error.value)
    assert sentence.endswith(f"; {ALTERNATIVES}")
    assert "\n" not in sentence
    return sentence.removesuffix(f"; {ALTERNATIVES}")


def test_an_archive_becomes_a_folder(server, capsys, check_cached):
    folder = download_dataset("facades", server.url)

    check_cached(folder)
    assert json.loads((folder / "dataset.json").read_text()) == {
        "url": server.url,
        "bytes": len(server.content),
        "sha256": hashlib.sha256(server.content).hexdigest(),
        "counts": {"train": 6, "val": 2},
    }
    assert capsys.readouterr().out.splitlines() == [
        f"[INFO] downloading {server.url}, {len(server.content):,} bytes",
        f"[INFO] unpacking {server.url}",
    ]


def test_a_cached_dataset_needs_no_network(server, capsys, check_cached):
    folder = download_dataset("facades", server.url)
    server.faults = [500] * 9
    capsys.readouterr()

    check_cached(download_dataset("facades"))
    check_cached(download_dataset("facades", server.url))
    assert capsys.readouterr().out == ""
    check_cached(download_dataset("facades", "http://mirror/facades.tar.gz"))
    assert capsys.readouterr().out == (
        f"[INFO] using {folder}, whose origin is {server.url}, and not "
        "http://mirror/facades.tar.gz: delete the folder to fetch it anew\n"
    )
    assert len(server.requests) == 1


@pytest.mark.parametrize("form", ["path", "file://"])
def test_a_local_archive_is_read_where_it_is(archive_file, form, check_cached):
    url = str(archive_file) if form == "path" else archive_file.as_uri()

    folder = download_dataset("facades", url)

    check_cached(folder)
    record = json.loads((folder / "dataset.json").read_text())
    assert record["url"] == str(archive_file)
    assert archive_file.exists()


def test_a_checksum_is_held_against_the_archive(server, left_in_cache, check_cached):
    digest = hashlib.sha256(server.content).hexdigest()
    wrong = "0" * 64

    assert failure("facades", server.url, sha256=wrong) == (
        f"{server.url} has the sha256 {digest}, and not the {wrong} of --dataset-sha256"
    )
    assert left_in_cache() == []
    check_cached(download_dataset("facades", server.url, digest.upper()))


def test_the_official_archive_has_to_hold_what_is_catalogued(
    official, server, left_in_cache, check_cached
):
    size = len(server.content)
    official(train=6, val=2, test=0, archive_bytes=size + 1)
    assert failure("facades") == (
        f"{server.url} has {size:,} bytes where {size + 1:,} were expected"
    )
    official(train=6, val=1, test=3, archive_bytes=size)
    assert failure("facades") == (
        f"{server.url} holds 6 train and 2 val images where 6 train and 1 val and 3 "
        "test images were expected"
    )
    assert left_in_cache() == []
    official(train=6, val=2, test=0)
    check_cached(download_dataset("facades"))


@pytest.mark.parametrize(
    ("name", "url", "sentence"),
    [
        ("facade", None, "--dataset facade is not one of cityscapes, facades, maps"),
        ("streets", None, "--dataset streets is rendered here"),
        ("maps", "ftp://host/maps.tar.gz", "--dataset-url ftp://host/maps.tar.gz is "),
        ("maps", "/no/maps.tar.gz", "--dataset-url /no/maps.tar.gz is not a file"),
        ("maps", "file:///no/maps.tgz", "--dataset-url /no/maps.tgz is not a file"),
    ],
)
def test_what_cannot_be_fetched(name, url, sentence):
    with pytest.raises(UserError, match=re.escape(sentence)):
        download_dataset(name, url)


def test_a_failure_leaves_nothing(server, left_in_cache):
    server.faults = [404]

    assert failure("facades", server.url) == (
        f"{server.url} cannot be fetched: it answered 404 Not Found"
    )
    assert left_in_cache() == []


@pytest.mark.parametrize("content", [b"<html>log in</html>", b"\x1f\x8b\x08broken"])
def test_no_archive_leaves_nothing(server, content, left_in_cache):
    server.content = content

    assert failure("facades", server.url) == (
        f"{server.url} is not a tar archive, or a broken one"
    )
    assert left_in_cache() == []


def test_a_hostile_archive_leaves_nothing(
    server, tar_bytes, dataset_files, dataset_cache, left_in_cache
):
    server.content = tar_bytes(dataset_files() | {"../evil": b"evil"})

    assert failure("facades", server.url) == (
        f"{server.url} is refused: '../evil' in it points out of its folder"
    )
    assert left_in_cache() == []
    assert not (dataset_cache / "evil").exists()


def test_what_came_before_a_failure_is_kept(server, left_in_cache, check_cached):
    server.faults = ["cut", 404]

    assert failure("facades", server.url) == (
        f"{server.url} cannot be fetched: it answered 404 Not Found; the 0.2 MB that "
        "came are kept, and a next run goes on there"
    )
    assert left_in_cache() == [".facades.part", ".facades.part.json"]
    check_cached(download_dataset("facades", server.url))
    assert server.requests[-1]["Range"] == f"bytes={len(server.content) // 2}-"


def test_a_disk_that_fills_up_while_unpacking(
    server, monkeypatch, dataset_cache, left_in_cache, check_cached
):
    def extract_one(self, member, path, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as full:
        full.setattr(tarfile.TarFile, "extract", extract_one)
        sentence = failure("facades", server.url)

    partial = dataset_cache / ".facades.partial" / "unpacked"
    assert sentence == (
        f"{dataset_cache / 'facades'} cannot be made: No space left on device: "
        f"{partial}; the 0.4 MB that came are kept, and a next run goes on there"
    )
    assert left_in_cache() == [".facades.part", ".facades.part.json"]
    check_cached(download_dataset("facades", server.url))
    assert len(server.requests) == 1


def test_a_cache_that_cannot_be_made(archive_file, tmp_path):
    (tmp_path / "keras").write_text("a file")

    assert failure("facades", str(archive_file)).startswith(
        f"{tmp_path / 'keras' / 'datasets' / 'facades'} cannot be made: "
    )
