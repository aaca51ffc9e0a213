"""JPEG files whose data end before their header says, and sound ones that look so."""

import io
import struct

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms
from tiny import random_image

from pyimagesearch.datasets.image_decoding import read_image, read_stored_image
from pyimagesearch.errors import UserError

FORMS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "full color": {"subsampling": 0},
    "restarts by row": {"restart_marker_rows": 1},
    "restarts by block": {"restart_marker_blocks": 1},
    "progressive with restarts": {"progressive": True, "restart_marker_rows": 1},
}
forms = pytest.mark.parametrize("options", FORMS.values(), ids=FORMS.keys())
modes = pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])


def encode(pixels, mode="RGB", **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def draw(height=40, width=56):
    small = random_image(0, height // 8, width // 8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def find_frame(data):
    return next(data.index(m) for m in (b"\xff\xc0", b"\xff\xc2") if m in data)


def change_height(data, height):
    place = find_frame(data) + 5
    return data[:place] + struct.pack(">H", height) + data[place + 2 :]


def read(tmp_path, data):
    (tmp_path / "x.jpg").write_bytes(data)
    return read_stored_image(tmp_path / "x.jpg").pixels


@forms
@modes
@pytest.mark.parametrize("height", [57, 64, 65, 400])
def test_a_header_that_says_more_than_the_data_is_refused(
    tmp_path, mode, options, height
):
    data = change_height(encode(draw(), mode, **options), height)
    with pytest.raises(UserError, match="its data end before its last pixels: it was"):
        read(tmp_path, data)


@forms
@modes
@pytest.mark.parametrize("size", [(1, 1), (8, 8), (17, 33), (40, 56)])
@pytest.mark.parametrize("grey_from", [0, 0.5, 1])
def test_sound_files_with_grey_corners_are_read(
    tmp_path, mode, options, size, grey_from
):
    pixels = random_image(0, *size)
    pixels[int(grey_from * size[0]) :] = 128  # what a decoder fills missing blocks with
    data = encode(pixels, mode, **options)
    sound = read(tmp_path, data)
    assert sound.shape[:2] == size
    for behind in (b"\0" * 999, b"\xff\xd9", data):  # a film, a second photo
        np.testing.assert_array_equal(read(tmp_path, data + behind), sound)


@pytest.mark.parametrize("name", ["baseline", "full color", "restarts by row"])
@pytest.mark.parametrize("end", [b"", b"\xff"])
def test_a_file_without_its_last_marker_is_read(tmp_path, name, end):
    data = encode(draw(), **FORMS[name])
    whole = read(tmp_path, data)
    np.testing.assert_array_equal(read(tmp_path, data[:-2] + end), whole)


@forms
@pytest.mark.parametrize("missing", [3, 5, 9, 20, 200])
def test_a_truncated_file_is_refused(tmp_path, options, missing):
    data = encode(random_image(0, 40, 56), **options)
    with pytest.raises(UserError, match=r"x\.jpg cannot be read: it is not an image"):
        read(tmp_path, data[:-missing])


def test_a_truncated_file_with_an_end_is_refused(tmp_path):
    data = encode(draw())
    with pytest.raises(UserError, match="its data end before its last pixels"):
        read(tmp_path, data[: len(data) * 3 // 4] + b"\xff\xd9")


def test_a_rotated_image_is_refused_too(tmp_path):
    exif = Image.Exif()
    for orientation in range(1, 9):
        exif[0x112] = orientation
        data = encode(draw(40, 40), exif=exif)
        assert read(tmp_path, data).shape == (40, 40, 3)
        with pytest.raises(UserError, match="its data end before its last pixels"):
            read(tmp_path, change_height(data, 80))


def test_profiles_previews_and_comments_are_passed_over(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    preview = b"Exif\0\0" + encode(draw(16, 16))  # with a frame and an end of its own
    options = {"icc_profile": profile * 40, "exif": preview, "comment": b"\xff\xd9"}
    pixels = draw()
    data = encode(pixels, **options)
    shown = read(tmp_path, data)
    np.testing.assert_array_equal(shown, read(tmp_path, encode(pixels)))
    (tmp_path / "x.jpg").write_bytes(data[:2] + b"\xff\xff\xff" + data[3:])  # fill
    np.testing.assert_array_equal(read_image(tmp_path / "x.jpg"), shown)


def test_nothing_is_decoded_if_the_data_are_too_few(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2, "imdecode", None)
    data = change_height(encode(draw(40, 5600)), 40_000)
    with pytest.raises(
        UserError, match=r"says 40000x5600 pixels, and its [\d,]+ bytes end before them"
    ):
        read(tmp_path, data)
