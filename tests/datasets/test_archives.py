"""Archives that are broken, unsafe or not a dataset."""

import shutil
import tarfile

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
