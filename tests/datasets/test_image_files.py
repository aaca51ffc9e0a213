"""Pixels of all formats, depths, channels and orientations, and unreadable files."""

import os
import socket

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps
from tiny import random_image, write_image

from pyimagesearch.datasets.image_files import (
    describe_skipped,
    has_16_bits,
    list_image_files,
    read_image,
    scan_folder,
)
from pyimagesearch.errors import UserError


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "A.PNG", "a.Bmp"])
def test_lossless_formats_give_back_their_pixels(tmp_path, name):
    image = random_image(0)
    np.testing.assert_array_equal(
        read_image(write_image(tmp_path / name, image)), image
    )


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.webp"])
def test_lossy_formats_come_close(tmp_path, name):
    image = cv2.resize(random_image(0, 4, 8), (64, 32), interpolation=cv2.INTER_CUBIC)
    read = read_image(write_image(tmp_path / name, image))
    assert read.dtype == np.uint8
    assert np.abs(read.astype(int) - image).mean() < 6


def test_a_jpeg_is_decoded_as_accurately_as_its_coefficients(tmp_path):
    path = tmp_path / "a.jpg"
    image = np.full((16, 16, 3), (200, 30, 60), np.uint8)
    cv2.imwrite(str(path), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 100])
    assert np.abs(read_image(path).astype(int) - image).max() <= 1


def test_grey_images_get_three_equal_channels(tmp_path):
    grey = random_image(0, channels=1)
    read = read_image(write_image(tmp_path / "grey.png", grey))
    np.testing.assert_array_equal(read, np.repeat(grey, 3, axis=2))


def test_alpha_is_composed_on_white(tmp_path):
    image = np.array([[[200, 100, 0, 255], [200, 100, 0, 0], [200, 100, 0, 51]]])
    read = read_image(write_image(tmp_path / "a.png", image.astype(np.uint8)))
    # an alpha of 51/255: 0.2 * colour + 0.8 * 255
    assert read.tolist() == [[[200, 100, 0], [255, 255, 255], [244, 224, 204]]]


def test_16_bits_are_kept(tmp_path):
    image = random_image(0, dtype=np.uint16)
    path = write_image(tmp_path / "deep.png", image)
    np.testing.assert_array_equal(read_image(path), image)
    assert has_16_bits(path)
    assert not has_16_bits(write_image(tmp_path / "flat.png", random_image(0)))
    assert not has_16_bits(write_image(tmp_path / "flat.jpg", random_image(0)))


def test_16_bit_alpha_is_composed_on_16_bit_white(tmp_path):
    image = np.array([[[1000, 2000, 3000, 0], [1000, 2000, 3000, 65535]]], np.uint16)
    read = read_image(write_image(tmp_path / "deep.png", image))
    assert read.tolist() == [[[65535] * 3, [1000, 2000, 3000]]]


def test_the_exif_orientation_of_a_jpeg_is_applied(tmp_path):
    path = write_image(tmp_path / "a.jpg", random_image(0, 16, 32))
    stored = read_image(path)
    exif = b"\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01"
    exif += b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
    data = path.read_bytes()
    path.write_bytes(data[:2] + exif + data[2:])  # 6: rotate by 90 degrees clockwise
    np.testing.assert_array_equal(read_image(path), np.rot90(stored, -1))


# Pillow applies the orientation to the pixels that its own decoder returns.
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("extension", ["png", "webp"])
@pytest.mark.parametrize("channels", [3, 4])
def test_the_exif_orientation_of_a_png_or_webp_is_applied(
    tmp_path, extension, channels, orientation
):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    pixels = random_image(0, 5, 9, channels=channels)
    pixels[..., 3:] = 255
    path = tmp_path / f"a.{extension}"
    Image.fromarray(pixels).save(path, lossless=True, exif=exif.tobytes())
    with Image.open(path) as stored:
        assert stored.size == (9, 5)
        shown = np.asarray(ImageOps.exif_transpose(stored))[..., :3]
    np.testing.assert_array_equal(read_image(path), shown)


TEXT_ORIENTATION = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x026\0\0\0\0\0\0\0"


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"MM",
        b"MM\0*",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        TEXT_ORIENTATION,
    ],
)
@pytest.mark.parametrize("extension", ["png", "webp"])
def test_broken_exif_is_ignored(tmp_path, extension, exif):
    pixels = random_image(0, 5, 9)
    path = tmp_path / f"a.{extension}"
    Image.fromarray(pixels).save(path, lossless=True, exif=exif)
    np.testing.assert_array_equal(read_image(path), pixels)


@pytest.mark.parametrize("extension", ["png", "webp"])
@pytest.mark.parametrize(("limit", "is_read"), [(30, True), (10, False)])
def test_the_limit_of_pillow_on_the_size_is_no_error(
    tmp_path, monkeypatch, capsys, extension, limit, is_read
):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    pixels = random_image(0, 5, 9)
    path = tmp_path / f"a.{extension}"
    Image.fromarray(pixels).save(path, lossless=True, exif=exif.tobytes())
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)  # Pillow refuses twice that
    np.testing.assert_array_equal(
        read_image(path), pixels[::-1, ::-1] if is_read else pixels
    )
    said = f"[WARNING] {path} is too large for its EXIF orientation to be read\n"
    assert capsys.readouterr().err == ("" if is_read else said)


def test_an_image_without_exif_is_not_opened_by_pillow(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "open", None)
    pixels = random_image(0)
    np.testing.assert_array_equal(
        read_image(write_image(tmp_path / "a.png", pixels)), pixels
    )


def test_other_depths_raise(tmp_path):
    path = tmp_path / "a.tiff"
    assert cv2.imwrite(str(path), np.ones((4, 4, 3), np.float32))
    with pytest.raises(UserError, match="its pixels are float32, not 8 or 16 bits"):
        read_image(path)


@pytest.mark.parametrize("extension", ["jpg", "png", "bmp", "webp"])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.6, 0.98])
def test_a_truncated_file_raises(tmp_path, extension, kept):
    path = write_image(tmp_path / f"short.{extension}", random_image(0))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(
        UserError, match=rf"short\.{extension} cannot be read: it is not"
    ):
        read_image(path)


def test_a_file_that_is_not_an_image_raises(tmp_path):
    (tmp_path / "text.png").write_text("not an image")
    with pytest.raises(
        UserError, match=r"text\.png cannot be read: it is not an image"
    ):
        read_image(tmp_path / "text.png")
    with pytest.raises(UserError, match=r"gone\.png cannot be read: No such file"):
        read_image(tmp_path / "gone.png")
    with pytest.raises(UserError, match=r"gone\.png cannot be read: No such file"):
        has_16_bits(tmp_path / "gone.png")


def test_image_files_are_listed_in_order(tmp_path):
    for name in ("b.JPG", "a/z.webp", "a/c.png", "c.bmp", "notes.txt", "._b.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [
        path.relative_to(tmp_path).as_posix() for path in list_image_files(tmp_path)
    ]
    assert found == ["a/c.png", "a/z.webp", "b.JPG", "c.bmp"]


def find_names(folder):
    return [path.relative_to(folder).as_posix() for path in scan_folder(folder).images]


@pytest.fixture
def touch(tmp_path):
    def make(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()

    return make


def test_all_extensions_are_found_in_any_case(tmp_path, touch):
    names = ["a.JPG", "b.jpeg", "c.jpe", "d.JFIF", "e.png", "f.bmp", "g.webp"]
    names += ["h.tif", "i.TIFF", "j.npy"]
    touch(*names)
    assert find_names(tmp_path) == names


def test_other_files_are_counted_by_extension(tmp_path, touch):
    touch("a.png", "b.GIF", "x/c.gif", "x/README", "x/y/d.nii.gz", "ends.")
    assert scan_folder(tmp_path) == (
        [tmp_path / "a.png"],
        {".gif": 2, "": 2, ".nii.gz": 1},
    )


def test_skipped_files_are_described():
    skipped = {".txt": 1, ".gif": 3, "": 2, ".a": 1}
    said = "3 .gif, 2 without extension, 1 .a, 1 .txt"
    assert describe_skipped(skipped) == said
    assert describe_skipped({}) == ""


def test_hidden_files_and_those_of_systems_are_ignored(tmp_path, touch):
    touch(".a.png", ".git/b.png", ".git/x/c.png", "__MACOSX/d.png", "x/@eaDir/e.png")
    touch("Thumbs.db", "x/THUMBS.DB", ".DS_Store", "x/f.png")
    assert scan_folder(tmp_path) == ([tmp_path / "x/f.png"], {})


def test_what_is_no_regular_file_is_ignored(tmp_path, touch, monkeypatch):
    touch("folder.jpg/inside.png")
    (tmp_path / "dangling.png").symlink_to("gone.png")
    (tmp_path / "itself.png").symlink_to("itself.png")
    os.mkfifo(tmp_path / "pipe.png")
    monkeypatch.chdir(tmp_path)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.png")
        assert scan_folder(tmp_path) == ([tmp_path / "folder.jpg/inside.png"], {})


def test_links_are_followed_and_loops_cut(tmp_path, touch):
    touch("pairs/a.png", "elsewhere/b.png", "elsewhere/deep/c.png")
    (tmp_path / "pairs" / "file.png").symlink_to(tmp_path / "elsewhere/b.png")
    (tmp_path / "pairs" / "one").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "pairs" / "two").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "pairs" / "itself").symlink_to(tmp_path / "pairs")
    (tmp_path / "elsewhere" / "deep" / "back").symlink_to(tmp_path / "elsewhere")
    assert find_names(tmp_path / "pairs") == [
        *("a.png", "file.png"),
        *("one/b.png", "one/deep/c.png", "two/b.png", "two/deep/c.png"),
    ]


def test_a_missing_folder_has_no_files(tmp_path):
    assert scan_folder(tmp_path / "gone") == ([], {})


def test_a_hidden_folder_can_be_searched_itself(tmp_path, touch):
    touch(".cache/a.png")
    assert find_names(tmp_path / ".cache") == ["a.png"]
