"""Archives that are broken, unsafe or not a dataset."""

import contextlib
import gzip
import io
import random
import shutil
import tarfile
from pathlib import Path

import pytest

from pyimagesearch.datasets import archives
from pyimagesearch.errors import UserError

IMAGE = b"an image"


def make_member(name, kind, size=0, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, target
    return info


@pytest.fixture
def unpack(tmp_path):
    """Unpack the bytes of an archive; return the counts and the folder."""

    def run(content):
        folder = tmp_path / "folder"
        folder.mkdir()
        packed = tmp_path / "set.tar.gz"
        packed.write_bytes(content)
        return archives.unpack_archive(packed, folder, "http://host/set.tar.gz"), folder

    return run


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("top", ["facades/", "./", ""])
def test_a_dataset_is_unpacked(unpack, tar_bytes, dataset_files, top, mode):
    files = dataset_files(top)
    files[f"{top}README"] = b"left out"
    files[f"{top}train/._1.jpg"] = b"not an image"

    counts, folder = unpack(tar_bytes(files, mode))

    assert counts == {"train": 6, "val": 2}
    assert sorted(path.name for path in folder.iterdir()) == ["train", "val"]
    assert (folder / "val" / "2.jpg").read_bytes() == files[f"{top}val/2.jpg"]


UNSAFE = {
    "parent": ({"facades/../../evil.jpg": IMAGE}, "points outside its folder"),
    "windows parent": ({"facades\\..\\..\\evil.jpg": IMAGE}, "points outside"),
    "absolute": ({"/evil.jpg": IMAGE}, "points outside its folder"),
    "windows drive": ({"C:/evil.jpg": IMAGE}, "points outside its folder"),
    "windows share": ({"\\\\host\\evil.jpg": IMAGE}, "points outside its folder"),
    "link out": (
        {"link": make_member("facades/train", tarfile.SYMTYPE, target="/etc")},
        "'facades/train' in it is a link or a device",
    ),
    "link inside": (
        {"link": make_member("facades/val", tarfile.SYMTYPE, target="train")},
        "'facades/val' in it is a link or a device",
    ),
    "hard link": (
        {"link": make_member("facades/1.jpg", tarfile.LNKTYPE, target="/etc/passwd")},
        "'facades/1.jpg' in it is a link or a device",
    ),
    "device": ({"null": make_member("null", tarfile.CHRTYPE)}, "is a link or a device"),
    "block": ({"disk": make_member("disk", tarfile.BLKTYPE)}, "is a link or a device"),
    "pipe": ({"pipe": make_member("pipe", tarfile.FIFOTYPE)}, "is a link or a device"),
}


@pytest.mark.parametrize(("files", "reason"), UNSAFE.values(), ids=UNSAFE.keys())
def test_an_unsafe_archive_is_refused(
    unpack, tar_bytes, dataset_files, tmp_path, files, reason
):
    with pytest.raises(UserError) as error:
        unpack(tar_bytes(dataset_files() | files))

    assert str(error.value).startswith("http://host/set.tar.gz is not safe to unpack: ")
    assert reason in str(error.value)
    assert not list(tmp_path.rglob("evil*"))
    assert not (tmp_path / "folder" / "train").exists()


def test_an_archive_that_would_fill_the_disk_is_refused(
    unpack, tar_bytes, dataset_files, tmp_path, monkeypatch
):
    free = 1_000_000
    usage = shutil.disk_usage(tmp_path)._replace(free=archives.SPARE_BYTES + free)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    zeros = {f"facades/train/{name}.jpg": bytes(free // 2) for name in "abc"}

    with pytest.raises(UserError) as error:
        unpack(tar_bytes(zeros | dataset_files()))

    assert str(error.value) == (
        "http://host/set.tar.gz is not safe to unpack: unpacked, it would fill the disk"
    )
    written = [path.stat().st_size for path in tmp_path.rglob("*.jpg")]
    assert sum(written) == free


def test_too_many_members_are_refused(unpack, tar_bytes, dataset_files, monkeypatch):
    monkeypatch.setattr(archives, "MAX_MEMBERS", 7)

    with pytest.raises(
        UserError, match="not safe to unpack: it has more than 7 members"
    ):
        unpack(tar_bytes(dataset_files(train=6, val=2)))


def test_a_lack_of_space_is_an_error_before_unpacking(
    unpack, archive_content, tmp_path, monkeypatch
):
    free = archives.SPARE_BYTES + len(archive_content) - 1
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)

    with pytest.raises(OSError, match="unpacking http://host/set.tar.gz") as error:
        unpack(archive_content)

    assert archives.is_disk_full(error.value)
    assert not list((tmp_path / "folder").iterdir())


BROKEN = {
    "page": lambda content: b"<html>Please log in to the hotel's network</html>",
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "all but its checksum": lambda content: content[:-8],
    "a bit flipped": lambda content: (
        content[:200_000] + bytes([content[200_000] ^ 1]) + content[200_001:]
    ),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_archive_is_refused(unpack, archive_content, broken, tmp_path):
    with pytest.raises(UserError) as error:
        unpack(broken(archive_content))

    assert str(error.value) == (
        "http://host/set.tar.gz is not a tar archive, or is damaged"
    )
    assert not (tmp_path / "folder" / "train").exists()


@pytest.mark.parametrize(
    ("files", "content"),
    [
        ({"notes.txt": b"text"}, "no images"),
        ({"facades/train/1.jpg": IMAGE}, "1 train images"),
        ({"facades/val/1.jpg": IMAGE, "facades/test/1.PNG": IMAGE}, "1 val and 1 test"),
        ({"facades/train/1.txt": b"", "facades/val/1.jpg": IMAGE}, "1 val images"),
        ({"sets/facades/train/1.jpg": IMAGE, "sets/facades/val/1.jpg": IMAGE}, "no"),
    ],
)
def test_an_archive_without_a_dataset_is_refused(unpack, tar_bytes, files, content):
    with pytest.raises(UserError) as error:
        unpack(tar_bytes(files))

    assert f"http://host/set.tar.gz is not a dataset: it contains {content}" in str(
        error.value
    )
    assert "images in train/ and in val/ or test/ are required" in str(error.value)


def test_an_old_python_is_refused(unpack, archive_content, monkeypatch):
    monkeypatch.delattr(tarfile, "data_filter")

    with pytest.raises(UserError, match=r"use 3\.10\.12, 3\.11\.4 or newer"):
        unpack(archive_content)


def make_header(name, kind, size, content=b""):
    """A header with its content, padded as in an archive; `size` may be a lie."""
    member = make_member(name, kind, size).tobuf(tarfile.GNU_FORMAT)
    return member + content + bytes(-len(content) % 512)


def make_pax_header(**entries):
    records = b""
    for key, value in entries.items():
        rest = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(rest)
        while len(str(length)) + len(rest) != length:
            length = len(str(length)) + len(rest)
        records += str(length).encode() + rest
    return make_header("pax", tarfile.XHDTYPE, len(records), records)


def make_sparse_member(size):
    header = bytearray(make_header("a", tarfile.GNUTYPE_SPARSE, 0))
    header[386:410] = b"00000000000\0" * 2
    header[483:495] = b"%011o\0" % size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


FILE = make_header("a", tarfile.REGTYPE, 5, b"image")
LONG_NAME = make_header("././@LongLink", tarfile.GNUTYPE_LONGNAME, 5, b"name\0")
HOSTILE = {
    "nested folders": (
        lambda: make_pax_header(path="/".join("d" * 1900)) + FILE,
        "it has more than 32 folders in each other",
    ),
    "nested folders one by one": (
        lambda: b"".join(
            make_header("/".join("d" * n), tarfile.DIRTYPE, 0) for n in range(1, 50)
        ),
        "it has more than 32 folders in each other",
    ),
    "long name of 3 GB": (
        lambda: make_header("L", tarfile.GNUTYPE_LONGNAME, 3 << 30),
        "it has a header of 3,221,225,472 bytes",
    ),
    "long link of 3 GB": (
        lambda: make_header("K", tarfile.GNUTYPE_LONGLINK, 3 << 30),
        "it has a header of 3,221,225,472 bytes",
    ),
    "pax header of 3 GB": (
        lambda: make_header("x", tarfile.XHDTYPE, 3 << 30),
        "it has a header of 3,221,225,472 bytes",
    ),
    "global header of 3 GB": (
        lambda: make_header("g", tarfile.XGLTYPE, 3 << 30),
        "it has a header of 3,221,225,472 bytes",
    ),
    "long names of long names": (
        lambda: LONG_NAME * 3000 + FILE,
        "it has more than 8 headers for one member",
    ),
    "pax headers of pax headers": (
        lambda: make_pax_header(path="a") * 3000 + FILE,
        "it has more than 8 headers for one member",
    ),
    "sparse file of 60 GB": (lambda: make_sparse_member(60 << 30), "a sparse file"),
    "sparse file in a pax header": (
        lambda: make_pax_header(GNU__sparse__major=1, GNU__sparse__minor=0) + FILE,
        "it has a sparse file",
    ),
    "sparse file in an old pax header": (
        lambda: (
            make_pax_header(GNU__sparse__map="0,5", GNU__sparse__size=1 << 40) + FILE
        ),
        "it has a sparse file",
    ),
    "negative size": (
        lambda: make_pax_header(size=-1000) + FILE,
        "is a sparse file, or has no valid size",
    ),
    "file of 1 TB": (
        lambda: make_header("a", tarfile.REGTYPE, 1 << 60),
        "unpacked, it would fill the disk",
    ),
    "long name of a file": (
        lambda: make_pax_header(path="n" * 300) + FILE,
        "File name too long for a name in it",
    ),
    "a file as a folder": (
        lambda: FILE + make_header("a/b", tarfile.REGTYPE, 5, b"image"),
        "Not a directory for a name in it",
    ),
    "control characters": (
        lambda: make_header("../\x1b[2J\n", tarfile.REGTYPE, 5, b"image"),
        r"'../\x1b[2J\n' in it points outside its folder",
    ),
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["tar", "tar.gz"])
@pytest.mark.parametrize(("make", "problem"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_archive_is_refused(unpack, tmp_path, make, problem, pack):
    with pytest.raises(UserError) as error:
        unpack(pack(make() + bytes(1024)))
    said = str(error.value)
    assert said.startswith("http://host/set.tar.gz is not safe to unpack: ")
    assert problem in said
    assert len(said) < 200
    shutil.rmtree(tmp_path)  # no RecursionError


def test_headers_are_refused_before_their_content_is_read(
    unpack,
):
    header = make_header("x", tarfile.XHDTYPE, archives.MAX_HEADER_BYTES + 1)
    with pytest.raises(UserError, match="a header of 262,145 bytes"):
        unpack(header)  # the content is missing


def test_ordinary_long_names_and_attributes_are_unpacked(unpack):
    name = "/".join(["facades", "train", "n" * 150, "m" * 150, "1.jpg"])
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        for path in (name, "facades/val/1.jpg"):
            member = make_member(path, tarfile.REGTYPE, len(IMAGE))
            member.pax_headers = {"SCHILY.xattr.user.note": "x" * 100_000}
            tar.addfile(member, io.BytesIO(IMAGE))
    counts, folder = unpack(buffer.getvalue())
    assert counts == {"train": 1, "val": 1}
    unpacked = folder / Path(name).relative_to("facades")
    assert unpacked.read_bytes() == IMAGE


def test_many_global_headers_are_refused(unpack):
    headers = b"".join(
        make_header("g", tarfile.XGLTYPE, 14, b"14 k%03d=value\n" % n) + FILE
        for n in range(200)
    )
    with pytest.raises(UserError, match="it has more than 100 global headers"):
        unpack(headers)


def test_damaged_archives_are_unpacked_or_refused(tmp_path, tar_bytes, dataset_files):
    rng = random.Random(0)
    good = {name: content[:700] for name, content in dataset_files().items()}
    for number in range(300):
        mode = ("w", "w:gz", "w:bz2", "w:xz")[number % 4]
        data = bytearray(tar_bytes(good, mode))
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        packed = tmp_path / "set.tar"
        packed.write_bytes(data[: rng.randrange(len(data) // 2, 2 * len(data))])
        folder = tmp_path / "folder"
        folder.mkdir()
        with contextlib.suppress(UserError):
            archives.unpack_archive(packed, folder, "set.tar")
        shutil.rmtree(folder)
