"""Pixels of all formats, depths, channels and orientations, and unreadable files."""

import os

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps
from tiny import random_image, write_image

from pyimagesearch.datasets.image_decoding import read_header, read_image
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
    assert read_header(path).dtype == "uint16"
    flat = write_image(tmp_path / "flat.png", random_image(0))
    assert read_header(flat).dtype == "uint8"
    assert read_header(write_image(tmp_path / "flat.jpg", random_image(0))) is None


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
        read_header(tmp_path / "gone.png")


def test_a_tall_image_is_composed_in_parts(tmp_path):
    image = random_image(0, 150, 5, channels=4)
    alpha = image[..., 3:] / 255
    expected = np.rint(image[..., :3] * alpha + 255 * (1 - alpha))
    read = read_image(write_image(tmp_path / "a.png", image))
    np.testing.assert_array_equal(read, expected)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.png")
    with pytest.raises(UserError, match=r"x\.png is a named pipe, not a regular file"):
        read_image(tmp_path / "x.png")
