"""Named datasets in the cache: complete or absent, and with the requested origin."""

import errno
import hashlib
import json
import re
import tarfile

import pytest

from pyimagesearch.datasets import catalog
from pyimagesearch.datasets.download import (
    ALTERNATIVES,
    check_dataset_record,
    download_dataset,
    write_dataset_record,
)
from pyimagesearch.errors import UserError

pytestmark = pytest.mark.usefixtures("impatient", "dataset_cache")

DATASET = catalog.CatalogEntry("facades", train=2, val=1, test=0, direction="BtoA")
URL = "http://host/facades.tar.gz"
SHA256 = "ab" * 32


@pytest.fixture
def archive_file(tmp_path, archive_content):
    path = tmp_path / "local archive.tar.gz"
    path.write_bytes(archive_content)
    return path


@pytest.fixture
def official(monkeypatch, server):
    """Use the test's server as the official one, and set what it should hold."""
    monkeypatch.setattr(catalog, "SERVER", server.url.removesuffix("/facades.tar.gz"))

    def expect(**expected):
        entry = catalog.CatalogEntry("facades", direction="BtoA", **expected)
        monkeypatch.setitem(catalog.CATALOG, "facades", entry)

    return expect


def fail_to_download(*args, **kwargs):
    """Return the message of a failing download, without the alternatives at its end."""
    with pytest.raises(UserError) as error:
        download_dataset(*args, **kwargs)
    message = str(error.value)
    assert message.endswith(f"; {ALTERNATIVES}")
    assert "\n" not in message
    return message.removesuffix(f"; {ALTERNATIVES}")


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
    download_dataset("facades", server.url)
    server.faults = [500] * 9
    capsys.readouterr()

    check_cached(download_dataset("facades"))
    check_cached(download_dataset("facades", server.url))
    assert capsys.readouterr().out == ""
    assert len(server.requests) == 1


def test_a_cached_dataset_of_another_url_is_an_error(server):
    folder = download_dataset("facades", server.url)

    with pytest.raises(UserError) as error:
        download_dataset("facades", "http://mirror/facades.tar.gz")

    assert str(error.value) == (
        f"{folder} was made from {server.url}, not from --dataset-url "
        "http://mirror/facades.tar.gz: remove the folder to fetch the dataset again, "
        "or leave out --dataset-url to use it as it is"
    )


@pytest.mark.parametrize("form", ["path", "file://"])
def test_a_local_archive_is_not_copied(archive_file, form, check_cached):
    url = str(archive_file) if form == "path" else archive_file.as_uri()

    folder = download_dataset("facades", url)

    check_cached(folder)
    record = json.loads((folder / "dataset.json").read_text())
    assert record["url"] == str(archive_file)
    assert archive_file.exists()


def test_the_checksum_of_the_archive_is_checked(server, left_in_cache, check_cached):
    digest = hashlib.sha256(server.content).hexdigest()
    wrong = "0" * 64

    assert fail_to_download("facades", server.url, sha256=wrong) == (
        f"the SHA-256 of {server.url} is {digest}, not the {wrong} of --dataset-sha256"
    )
    assert left_in_cache() == []
    check_cached(download_dataset("facades", server.url, digest.upper()))


def test_the_official_archive_must_match_the_catalog(
    official, server, left_in_cache, check_cached
):
    size = len(server.content)
    official(train=6, val=2, test=0, archive_bytes=size + 1)
    assert fail_to_download("facades") == (
        f"{server.url} has {size:,} bytes instead of the expected {size + 1:,}"
    )
    official(train=6, val=1, test=3, archive_bytes=size)
    assert fail_to_download("facades") == (
        f"{server.url} contains 6 train and 2 val images instead of 6 train and 1 val "
        "and 3 test images"
    )
    assert left_in_cache() == []
    official(train=6, val=2, test=0)
    check_cached(download_dataset("facades"))


@pytest.mark.parametrize(
    ("name", "url", "message"),
    [
        ("facade", None, "--dataset facade is not one of cityscapes, facades, maps"),
        ("streets", None, "--dataset streets is rendered on this machine"),
        ("maps", "ftp://host/maps.tar.gz", "--dataset-url ftp://host/maps.tar.gz is "),
        ("maps", "/no/maps.tar.gz", "--dataset-url /no/maps.tar.gz is not a file"),
        ("maps", "file:///no/maps.tgz", "--dataset-url /no/maps.tgz is not a file"),
    ],
)
def test_wrong_flags_are_named(name, url, message):
    with pytest.raises(UserError, match=re.escape(message)):
        download_dataset(name, url)


def test_a_failure_leaves_nothing(server, left_in_cache):
    server.faults = [404]

    assert fail_to_download("facades", server.url) == (
        f"{server.url} cannot be fetched: the server answered 404 Not Found"
    )
    assert left_in_cache() == []


@pytest.mark.parametrize("content", [b"<html>log in</html>", b"\x1f\x8b\x08broken"])
def test_a_file_that_is_no_archive_leaves_nothing(server, content, left_in_cache):
    server.content = content

    assert fail_to_download("facades", server.url) == (
        f"{server.url} is not a tar archive, or is damaged"
    )
    assert left_in_cache() == []


def test_an_unsafe_archive_leaves_nothing(
    server, tar_bytes, dataset_files, dataset_cache, left_in_cache
):
    server.content = tar_bytes(dataset_files() | {"../evil": b"evil"})

    assert fail_to_download("facades", server.url) == (
        f"{server.url} is not safe to unpack: '../evil' in it points outside its folder"
    )
    assert left_in_cache() == []
    assert not (dataset_cache / "evil").exists()


def test_a_partial_download_is_kept_and_resumed(server, left_in_cache, check_cached):
    server.faults = ["cut", 404]

    assert fail_to_download("facades", server.url) == (
        f"{server.url} cannot be fetched: the server answered 404 Not Found; 0.2 MB "
        "are kept, and the next run resumes the download"
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
        message = fail_to_download("facades", server.url)

    partial = dataset_cache / ".facades.partial" / "unpacked"
    assert message == (
        f"{dataset_cache / 'facades'} cannot be created: No space left on device: "
        f"{partial}; 0.4 MB are kept, and the next run resumes the download"
    )
    assert left_in_cache() == [".facades.part", ".facades.part.json"]
    check_cached(download_dataset("facades", server.url))
    assert len(server.requests) == 1


def test_a_cache_that_cannot_be_created(archive_file, tmp_path):
    (tmp_path / "keras").write_text("a file")

    assert fail_to_download("facades", str(archive_file)).startswith(
        f"{tmp_path / 'keras' / 'datasets' / 'facades'} cannot be created: "
    )


@pytest.fixture
def folder(tmp_path):
    """A complete dataset without a record of its origin."""
    for name in ("train/1.jpg", "train/2.jpg", "val/1.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"an image")
    return tmp_path


@pytest.fixture
def recorded_folder(folder):
    write_dataset_record(folder, URL, 1000, SHA256, {"train": 2, "val": 1})
    return folder


def test_the_record_of_a_dataset(recorded_folder):
    assert json.loads((recorded_folder / "dataset.json").read_text()) == {
        "url": URL,
        "bytes": 1000,
        "sha256": SHA256,
        "counts": {"train": 2, "val": 1},
    }


@pytest.mark.parametrize("url", [None, URL])
@pytest.mark.parametrize("sha256", [None, SHA256, SHA256.upper()])
def test_the_recorded_dataset_is_accepted(recorded_folder, capsys, url, sha256):
    check_dataset_record(recorded_folder, DATASET, url, sha256)

    assert capsys.readouterr().out == ""


def test_a_recorded_url_must_be_the_requested_one(recorded_folder):
    with pytest.raises(UserError) as error:
        check_dataset_record(recorded_folder, DATASET, "/data/facades.tar", None)

    assert str(error.value) == (
        f"{recorded_folder} was made from {URL}, not from --dataset-url "
        "/data/facades.tar: remove the folder to fetch the dataset again, or leave out "
        "--dataset-url to use it as it is"
    )


def test_the_same_checksum_from_another_url_is_the_same_dataset(
    recorded_folder, capsys
):
    check_dataset_record(recorded_folder, DATASET, "/data/facades.tar", SHA256)

    assert capsys.readouterr() == ("", "")


def test_another_checksum_is_an_error(recorded_folder):
    with pytest.raises(UserError) as error:
        check_dataset_record(recorded_folder, DATASET, URL, "0" * 64)

    assert str(error.value) == (
        f"the SHA-256 of the archive of {recorded_folder} is {SHA256}, not the "
        f"{'0' * 64} of --dataset-sha256: remove the folder to fetch the dataset again"
    )


DAMAGED = [
    *("", "{}", "[]", '{"url": ', '{"url": "u"}', '{"url": 7, "sha256": "ab"}'),
    *('{"url": "u", "sha256": 7}', '{"url": "u", "sha256": ["ab"]}'),
    *('{"url": "u", "sha256": "AB\\n"}', '{"url": "\\u0000", "sha256": "ab"}'),
    '{"url": "u", "sha256": "ab", "bytes": -1}',
    '{"url": "u", "sha256": "ab", "counts": {"train": "many"}}',
    '{"url": "u", "url": "v", "sha256": "ab"}',
    *("[" * 90_000, "\xff", " " * 100_001),
]


@pytest.mark.parametrize("record", [None, *DAMAGED], ids=lambda text: str(text)[:40])
def test_a_complete_folder_without_a_record_is_accepted(folder, capsys, record):
    if record is not None:
        (folder / "dataset.json").write_text(record, encoding="latin-1")

    check_dataset_record(folder, DATASET, None, None)
    assert capsys.readouterr() == ("", "")
    check_dataset_record(folder, DATASET, URL, None)
    assert capsys.readouterr().err == (
        f"[WARNING] using {folder}, whose origin is unknown: remove the folder to "
        f"fetch the dataset from --dataset-url {URL}\n"
    )
    with pytest.raises(UserError, match="is unknown, not the ababab"):
        check_dataset_record(folder, DATASET, None, SHA256)


@pytest.mark.parametrize("url", [None, URL])
def test_an_incomplete_folder_without_a_record_is_an_error(folder, url):
    (folder / "train" / "1.jpg").unlink()

    with pytest.raises(UserError) as error:
        check_dataset_record(folder, DATASET, url, None)

    assert str(error.value) == (
        f"{folder} contains 1 train and 1 val images instead of 2 train and 1 val "
        "images, and has no valid dataset.json: move it away to fetch the dataset "
        f"again, or use it as it is with --data {folder}"
    )
