"""Limits on images by their headers: pixels, bytes, and the memory of a decode."""

import io
import math
import os
import random
import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image
from tiny import random_image

from pyimagesearch import config
from pyimagesearch.datasets.image_decoding import read_header, read_stored_image
from pyimagesearch.datasets.image_headers import find_size
from pyimagesearch.errors import UserError

PNG = b"\x89PNG\r\n\x1a\n"
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by color type


def make_chunk(name, content):
    checksum = zlib.crc32(name + content)
    return (
        struct.pack(">I4s", len(content), name) + content + struct.pack(">I", checksum)
    )


def make_png(height, width, depth, color, rows=None):
    """A black PNG, of a thousandth of its pixels' bytes; `rows` of them are there."""
    row = bytes(1 + math.ceil(width * depth * SAMPLES[color] / 8))
    packer = zlib.compressobj()
    packed = b"".join(packer.compress(row) for _ in range(rows or height))
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    chunks = [
        make_chunk(b"IHDR", header),
        make_chunk(b"PLTE", bytes(range(6))) if color == 3 else b"",
        make_chunk(b"IDAT", packed + packer.flush()),
        make_chunk(b"IEND", b""),
    ]
    return PNG + b"".join(chunks)


def encode(extension, pixels, options=()):
    return cv2.imencode(extension, pixels, options)[1].tobytes()


def save_array(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def save_tiff(array, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


def save_webp(pixels, **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", **options)
    return buffer.getvalue()


RGB, RGBA = random_image(0, 9, 14), random_image(0, 9, 14, 4)
SMALL = {
    "a.png": encode(".png", RGB),
    "b.png": make_png(9, 14, 1, 0),
    "c.png": make_png(9, 14, 2, 3),
    "d.png": make_png(9, 14, 16, 6),
    "a.jpg": encode(".jpg", RGB),
    "b.jpg": encode(".jpg", RGB, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
    "a.bmp": encode(".bmp", RGB),
    "a.webp": save_webp(RGB),
    "b.webp": save_webp(RGB, lossless=True),
    "c.webp": save_webp(RGBA),
    "d.webp": save_webp(RGB, exif=Image.Exif().tobytes() or b"Exif\0\0MM\0*"),
    "a.tif": encode(".tif", RGB),
    "b.tif": save_tiff(RGB, bigtiff=True),
    "c.tif": save_tiff(RGB, byteorder=">"),
    "a.npy": save_array(RGB),
    "b.npy": save_array(np.asfortranarray(RGB.astype(">f4"))),
}
small = pytest.mark.parametrize(("name", "data"), SMALL.items(), ids=SMALL.keys())


@small
def test_the_size_is_found(tmp_path, name, data):
    size = find_size(io.BytesIO(data), tmp_path / name)
    assert size[:2] == (9, 14)
    assert size.least_bytes <= len(data)


@small
def test_one_pixel_too_many_is_refused_before_decoding(
    tmp_path, monkeypatch, name, data
):
    path = tmp_path / name
    path.write_bytes(data)
    assert read_stored_image(path, max_pixels=9 * 14).pixels.shape[:2] == (9, 14)
    for module in (cv2, tifffile):
        monkeypatch.setattr(module, "imdecode" if module is cv2 else "imread", None)
    with pytest.raises(UserError) as error:
        read_stored_image(path, max_pixels=9 * 14 - 1)
    assert str(error.value) == (
        f"{path} cannot be read: its header says 9x14 pixels, and at most 125 pixels "
        f"are accepted: check the file, or set a higher --max-pixels"
    )


def test_the_default_is_256_megapixels(tmp_path):
    assert config.MAX_PIXELS == 256_000_000
    (tmp_path / "a.png").write_bytes(make_png(16_001, 16_000, 1, 0, rows=1))
    with pytest.raises(UserError, match="16001x16000 pixels, and at most 256,000,000"):
        read_stored_image(tmp_path / "a.png")


def test_more_than_four_channels_count_as_several_images(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((10, 10, 9), np.uint8))
    assert read_stored_image(path, max_pixels=225).pixels.shape == (10, 10, 9)
    with pytest.raises(UserError, match="10x10 pixels of 9 channels, and at most 224"):
        read_stored_image(path, max_pixels=224)


@pytest.mark.parametrize("rows", [1, 40])
def test_a_png_with_too_few_rows_is_refused(tmp_path, rows):
    path = tmp_path / "a.png"
    path.write_bytes(make_png(4000, 4000, 8, 2, rows))
    with pytest.raises(UserError, match="cannot be read: "):
        read_stored_image(path)


def test_a_png_that_cannot_hold_its_pixels_is_not_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2, "imdecode", None)
    path = tmp_path / "a.png"
    path.write_bytes(make_png(15_000, 15_000, 8, 6, rows=1))
    with pytest.raises(UserError, match="15000x15000 pixels, and its .* end before"):
        read_stored_image(path)


@pytest.mark.skipif(sys.platform == "win32", reason="files have holes")
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.npy"])
def test_a_file_much_larger_than_its_pixels_is_not_read(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(SMALL[name])
    os.truncate(path, 1 << 40)
    with pytest.raises(UserError, match="9x14 pixels, too few for its 1099.5 GB"):
        read_stored_image(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"P6 4 4 255\n" + bytes(48),  # formats that OpenCV reads, but no gate
        b"GIF89a" + bytes(40),
        b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40),
        PNG,
        PNG + make_chunk(b"IDAT", b""),
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xc0\x00\x02",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"BM" + bytes(40),
        b"II*\0\x08\0\0\0\xff\xff",
        b"II+\0\x08\0\0\0" + b"\xff" * 16,
        b"\x93NUMPY\x02\0\xff\xff\xff\xff",
    ],
)
@pytest.mark.parametrize("name", ["x.png", "x.tif", "x.npy", "x.jpg"])
def test_what_is_no_image_is_refused(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"cannot be read: it is not an (image|array)"):
        read_stored_image(path)


def test_tags_that_point_to_the_same_bytes_are_refused(tmp_path):
    path = tmp_path / "a.tif"
    tags = [(256, 3, 1, 4), (257, 3, 1, 4)]
    tags += [(40_000 + n, 1, 5000, 0) for n in range(1000)]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    path.write_bytes(
        b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4)
    )
    with pytest.raises(UserError, match="it is not an image"):
        read_header(path)


MEASURE = """
import re, sys
from pathlib import Path
import PIL.TiffImagePlugin, tifffile
from pyimagesearch.datasets.image_decoding import read_image, read_stored_image
def get_peak():  # not that of the process that started this one, as in getrusage
    status = Path("/proc/self/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", status)[1])
path, alone = sys.argv[1:]
before = get_peak()
pixels = read_image(path) if alone == "rgb" else read_stored_image(path).pixels
print((get_peak() - before) / pixels.size)
"""
FLAT = np.zeros((3000, 3000, 3), np.uint8)
LARGE = {
    "bit.png": (lambda: make_png(6000, 6000, 1, 0), "stored"),
    "palette.png": (lambda: make_png(3000, 3000, 1, 3), "stored"),
    "deep.png": (lambda: make_png(3000, 3000, 16, 2), "stored"),
    "rgba.png": (lambda: make_png(3000, 3000, 8, 6), "rgb"),
    "a.jpg": (lambda: encode(".jpg", FLAT), "stored"),
    "a.bmp": (lambda: encode(".bmp", FLAT), "stored"),
    "a.webp": (lambda: encode(".webp", FLAT), "stored"),
    "a.tif": (lambda: encode(".tif", FLAT), "stored"),
    "deep.tif": (lambda: encode(".tif", FLAT.astype(np.uint16)), "stored"),
    "a.npy": (lambda: save_array(FLAT), "stored"),
    "float.npy": (lambda: save_array(FLAT.astype(np.float32)), "stored"),
}


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("name", LARGE)
def test_a_decode_takes_less_than_six_bytes_per_value(tmp_path, name):
    make, as_what = LARGE[name]
    (tmp_path / name).write_bytes(make())
    ended = subprocess.run(
        [sys.executable, "-c", MEASURE, tmp_path / name, as_what],
        capture_output=True,
        text=True,
    )
    assert 0.5 < float(ended.stdout) < 6, ended.stderr


@pytest.mark.parametrize("name", SMALL)
def test_damaged_files_are_read_or_refused(tmp_path, name):
    rng = random.Random(name)
    path = tmp_path / name
    outcomes = set()
    for _ in range(60):
        data = bytearray(SMALL[name])
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data[: rng.randrange(len(data) // 2, 2 * len(data))])
        for read in (read_stored_image, read_header):
            try:
                read(path)
            except UserError as error:
                outcomes.add(str(error))
    assert outcomes
    assert all(text.startswith(f"{path} cannot be read: ") for text in outcomes)
