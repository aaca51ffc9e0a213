"""Images of other depths, channels and formats than 8-bit RGB."""

import math
import pickle
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from tiny import random_array, write_image

from pyimagesearch.datasets.image_decoding import (
    StoredImage,
    convert_channels,
    read_header,
    read_image,
    read_stored_image,
)
from pyimagesearch.errors import UserError

HEIGHT, WIDTH = 7, 9
TIFF_DTYPES = ("uint8", "uint16", "int16", "float32")


def write_opencv(path, pixels):
    return write_image(path, pixels)


def write_tifffile(path, pixels, **options):
    tifffile.imwrite(path, pixels, **options)
    return path


def write_npy(path, array, **options):
    np.save(path, array, **options)
    return path


def write_pillow(path, pixels, mode=None, **options):
    image = Image.fromarray(np.squeeze(pixels))
    image.convert(mode or image.mode).save(path, **options)
    return path


def check(path, pixels, has_alpha=False):
    """The file has these pixels, and its header says so."""
    stored, header = read_stored_image(path), read_header(path)
    assert stored.pixels.dtype == pixels.dtype.newbyteorder("=")
    np.testing.assert_array_equal(stored.pixels, pixels)
    assert stored.pixels.dtype.isnative
    assert stored.pixels.flags.c_contiguous
    assert stored.has_alpha is has_alpha
    check_header(header, stored)


def check_header(header, stored):
    assert (header.height, header.width) == stored.pixels.shape[:2]
    assert header.channels == stored.channels
    assert header.dtype == stored.pixels.dtype.name
    assert header.has_alpha == stored.has_alpha


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", TIFF_DTYPES)
def test_tiff_of_opencv(tmp_path, dtype, channels):
    pixels = random_array(0, HEIGHT, WIDTH, channels, dtype)
    check(write_opencv(tmp_path / "1.tif", pixels), pixels)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("channels", [2, 3, 4, 5])
@pytest.mark.parametrize("dtype", [*TIFF_DTYPES, "int8", "int32", "float64", "float16"])
def test_tiff_of_many_channels(tmp_path, dtype, channels, planar):
    # OpenCV would read one channel of these.
    pixels = random_array(0, HEIGHT, WIDTH, channels, dtype)
    stored = pixels if planar == "contig" else np.moveaxis(pixels, -1, 0)
    options = {"photometric": "minisblack", "planarconfig": planar}
    check(write_tifffile(tmp_path / "1.tif", stored, **options), pixels)


@pytest.mark.parametrize("dtype", ["uint32", "uint64", "int64", "float16", "float64"])
def test_grey_tiff_of_other_depths(tmp_path, dtype):
    pixels = random_array(0, HEIGHT, WIDTH, 1, dtype)
    check(write_tifffile(tmp_path / "1.tiff", pixels[..., 0]), pixels)


@pytest.mark.parametrize(
    "options",
    [{"byteorder": ">"}, {"bigtiff": True}, {"compression": "zlib"}],
    ids=str,
)
def test_tiff_variants(tmp_path, options):
    pixels = random_array(0, HEIGHT, WIDTH, 1, "uint16")
    check(write_tifffile(tmp_path / "1.tif", pixels[..., 0], **options), pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize(("channels", "color"), [(4, "rgb"), (2, "minisblack")])
def test_alpha_of_a_tiff_leaves_its_colors_alone(tmp_path, dtype, channels, color):
    # OpenCV multiplies the colors of 8 bits by alpha.
    pixels = random_array(0, HEIGHT, WIDTH, channels, dtype)
    options = {"photometric": color, "extrasamples": ["unassalpha"]}
    options["planarconfig"] = "contig"
    path = write_tifffile(tmp_path / "1.tif", pixels, **options)
    check(path, pixels, has_alpha=True)


def test_extra_channel_of_a_tiff_is_no_alpha(tmp_path):
    pixels = random_array(0, HEIGHT, WIDTH, 4, "uint8")
    options = {"photometric": "rgb", "extrasamples": ["unspecified"]}
    check(write_tifffile(tmp_path / "1.tif", pixels, **options), pixels)


def test_indexed_tiff_has_its_colors(tmp_path):
    indices = np.arange(HEIGHT * WIDTH, dtype=np.uint8).reshape(HEIGHT, WIDTH)
    table = np.zeros((3, 256), np.uint16)
    table[1, :] = np.arange(256) * 257
    options = {"photometric": "palette", "colormap": table}
    path = write_tifffile(tmp_path / "1.tif", indices, **options)
    green = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    green[..., 1] = indices
    check(path, green)


@pytest.mark.parametrize("shape", [(7, 9), (7, 9, 1), (7, 9, 3), (7, 9, 5)], ids=str)
@pytest.mark.parametrize(
    "dtype", ["uint8", "uint16", "int16", "int64", "float16", "float32", "float64"]
)
def test_npy(tmp_path, shape, dtype):
    pixels = random_array(0, 7, 9, shape[2] if len(shape) > 2 else 1, dtype)
    check(write_npy(tmp_path / "1.npy", pixels.reshape(shape)), pixels)


def test_npy_of_bool_has_zeros_and_ones(tmp_path):
    mask = random_array(0, HEIGHT, WIDTH, 1, "uint8") > 127
    check(write_npy(tmp_path / "1.npy", mask[..., 0]), mask.astype(np.uint8))


@pytest.mark.parametrize("dtype", [">u2", ">i2", ">f4", ">f8"])
def test_npy_of_another_byte_order(tmp_path, dtype):
    pixels = random_array(0, HEIGHT, WIDTH, 2, np.dtype(dtype).newbyteorder("="))
    path = write_npy(tmp_path / "1.npy", pixels.astype(dtype))
    check(path, pixels)


def test_npy_of_more_channels_than_pixels(tmp_path):
    pixels = random_array(0, 8, 8, 100, "uint16")
    check(write_npy(tmp_path / "1.npy", pixels), pixels)


def test_npy_of_another_order_of_axes(tmp_path):
    pixels = random_array(0, HEIGHT, WIDTH, 3, "float32")
    path = write_npy(tmp_path / "1.npy", np.asfortranarray(pixels))
    assert b"'fortran_order': True" in path.read_bytes()
    check(path, pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_png(tmp_path, dtype, channels):
    pixels = random_array(0, HEIGHT, WIDTH, channels, dtype)
    check(write_opencv(tmp_path / "1.png", pixels), pixels, has_alpha=channels == 4)


def test_grey_png_with_alpha(tmp_path):
    pixels = random_array(0, HEIGHT, WIDTH, 2, "uint8")
    check(write_pillow(tmp_path / "1.png", pixels), pixels, has_alpha=True)


def test_png_of_one_bit_is_black_and_white(tmp_path):
    pixels = (random_array(0, HEIGHT, WIDTH, 1, "uint8") > 127) * np.uint8(255)
    check(write_pillow(tmp_path / "1.png", pixels, "1"), pixels)


@pytest.mark.parametrize("transparent", [None, 3])
def test_indexed_png_has_its_colors(tmp_path, transparent):
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[3:, :, 0] = 204  # a color of the table of Pillow
    options = {} if transparent is None else {"transparency": transparent}
    path = write_pillow(tmp_path / "1.png", pixels, "P", **options)
    stored = read_stored_image(path)
    assert stored.has_alpha is (transparent is not None)
    np.testing.assert_array_equal(stored.pixels[..., :3], pixels)
    check_header(read_header(path), stored)


def test_png_with_a_transparent_color(tmp_path):
    pixels = np.full((HEIGHT, WIDTH, 3), 9, np.uint8)
    pixels[0] = 77
    path = write_pillow(tmp_path / "1.png", pixels, transparency=(9, 9, 9))
    stored = read_stored_image(path)
    check_header(read_header(path), stored)
    assert stored.has_alpha
    composed = read_image(path)
    assert (composed[0] == 77).all()
    assert (composed[1:] == 255).all()


@pytest.mark.parametrize("name", ["1.jpg", "1.jpeg", "1.bmp", "1.webp"])
def test_header_of_a_format_with_8_bits_needs_no_file(tmp_path, monkeypatch, name):
    monkeypatch.setattr(Path, "open", None)
    assert read_header(tmp_path / name) is None


def test_grey_jpeg_has_one_channel(tmp_path):
    path = write_opencv(tmp_path / "1.jpg", np.full((8, 8, 1), 77, np.uint8))
    assert read_stored_image(path).pixels.shape == (8, 8, 1)
    assert (read_image(path) == 77).all()
    assert read_image(path).shape == (8, 8, 3)


def test_file_of_another_format_than_its_extension(tmp_path):
    pixels = random_array(0, HEIGHT, WIDTH, 5, "float32")
    path = write_npy(tmp_path / "1.npy", pixels).rename(tmp_path / "1.png")
    check(path, pixels)
    path = write_opencv(tmp_path / "1.jpg", random_array(0, 8, 8, 3, "uint8"))
    assert read_header(path.rename(tmp_path / "2.png")) is None


def grey(values, dtype="uint8"):
    return np.array(values, dtype)[None, :, None]


@pytest.mark.parametrize(
    "dtype", ["uint8", "uint16", "int16", "int32", "int64", "float16", "float64"]
)
def test_grey_becomes_rgb_without_loss(dtype):
    limits = np.finfo(dtype) if dtype.startswith("float") else np.iinfo(dtype)
    pixels = grey([limits.min, 0, 1, limits.max], dtype)
    rgb = convert_channels(StoredImage(pixels, False), 3, "x")
    assert rgb.dtype == dtype
    np.testing.assert_array_equal(rgb, np.dstack([pixels] * 3))


@pytest.mark.parametrize(
    "dtype", ["uint8", "uint16", "int8", "int16", "int32", "float32", "float64"]
)
def test_rgb_becomes_grey_by_bt601(dtype):
    pixels = np.array([[[100, 50, 25], [10, 10, 10], [0, 0, 100]]], dtype)
    result = convert_channels(StoredImage(pixels, False), 1, "x")
    assert result.dtype == dtype
    assert result.shape == (1, 3, 1)
    expected = [0.299 * 100 + 0.587 * 50 + 0.114 * 25, 10, 11.4]
    tolerance = 1e-4 if dtype.startswith("float") else 0.5
    np.testing.assert_allclose(result.ravel(), expected, atol=tolerance)


def test_extreme_values_stay_in_the_range_of_their_dtype():
    for value in (np.iinfo(np.int32).max, np.iinfo(np.int32).min):
        pixels = np.full((1, 1, 3), value, np.int32)
        assert convert_channels(StoredImage(pixels, False), 1, "x") == value


def test_alpha_is_a_channel_if_it_is_asked_for():
    rgba = random_array(0, 2, 2, 4, "uint8")
    assert convert_channels(StoredImage(rgba, True), 4, "x") is rgba
    with_alpha = random_array(0, 2, 2, 2, "uint16")
    assert convert_channels(StoredImage(with_alpha, True), 2, "x") is with_alpha


@pytest.mark.parametrize(("dtype", "white"), [("uint8", 255), ("uint16", 65535)])
def test_alpha_is_composed_on_white(dtype, white):
    pixels = np.array([[[80, 40, 0, white], [80, 40, 0, 0]]], dtype)
    half = np.array([[[100, 0, white, white // 5]]], dtype)
    composed = convert_channels(StoredImage(pixels, True), 3, "x")
    assert composed.tolist() == [[[80, 40, 0], [white] * 3]]
    composed = convert_channels(StoredImage(half, True), 3, "x")
    assert composed.tolist() == [[[round(20 + 0.8 * white), round(0.8 * white), white]]]
    # Grey: composed first, then converted.
    grey_one = np.array([[[80, 0], [80, white]]], dtype)
    composed = convert_channels(StoredImage(grey_one, True), 3, "x")
    assert composed.tolist() == [[[white] * 3, [80] * 3]]
    composed = convert_channels(StoredImage(pixels, True), 1, "x")
    assert composed.ravel().tolist() == [round(0.299 * 80 + 0.587 * 40), white]


@pytest.mark.parametrize(
    ("channels", "has_alpha", "asked", "sentence"),
    [
        (5, False, 3, "x.tif has 5 channels, and 3 are expected"),
        (1, False, 2, "x.tif has 1 channel, and 2 are expected"),
        (3, False, 4, "x.tif has 3 channels, and 4 are expected"),
        (4, True, 2, "x.tif has 4 channels, the last of which is alpha, and 2 are"),
        (2, True, 4, "x.tif has 2 channels, the last of which is alpha, and 4 are"),
    ],
)
def test_other_numbers_of_channels_are_refused(channels, has_alpha, asked, sentence):
    stored = StoredImage(random_array(0, 2, 2, channels, "uint8"), has_alpha)
    with pytest.raises(UserError) as refused:
        convert_channels(stored, asked, "x.tif")
    assert sentence in str(refused.value)


def test_read_image_converts_channels(tmp_path):
    pixels = random_array(0, HEIGHT, WIDTH, 4, "uint8")
    path = write_opencv(tmp_path / "1.png", pixels)
    assert read_image(path).shape == (HEIGHT, WIDTH, 3)
    assert read_image(path, 1).shape == (HEIGHT, WIDTH, 1)
    assert read_image(path, None).shape == (HEIGHT, WIDTH, 3)
    np.testing.assert_array_equal(read_image(path, 4), pixels)


def refuse(path, sentence):
    with pytest.raises(UserError) as refused:
        read_stored_image(path)
    message = str(refused.value)
    assert message.startswith(str(path))
    assert sentence in message
    assert "\n" not in message


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("extension", [".npy", ".tif"])
def test_values_that_are_not_finite_are_refused(tmp_path, extension, value):
    pixels = np.zeros((HEIGHT, WIDTH, 1), np.float32)
    pixels[3, 4] = value
    write = write_npy if extension == ".npy" else write_opencv
    path = write(tmp_path / f"1{extension}", pixels)
    refuse(path, "cannot be read: it contains NaN or infinite values")


def test_tiff_of_several_pages_is_refused(tmp_path):
    pages = random_array(0, 5, HEIGHT, WIDTH, "uint8")
    path = write_tifffile(tmp_path / "1.tif", pages, photometric="minisblack")
    refuse(path, "it has several pages: save each page")
    with pytest.raises(UserError, match="it has several pages"):
        read_header(path)


class Payload:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (Path(self.path),)


def test_objects_are_never_unpickled(tmp_path):
    trap = tmp_path / "unpickled"
    pickle.loads(pickle.dumps(Payload(trap)))
    assert trap.exists()  # it works
    trap.unlink()
    array = np.empty((HEIGHT, WIDTH), object)
    array[:] = Payload(trap)
    path = write_npy(tmp_path / "1.npy", array, allow_pickle=True)
    refuse(path, "its dtype is object: an image has real numbers")
    with pytest.raises(UserError, match="its dtype is object"):
        read_header(path)
    (tmp_path / "2.npy").write_bytes(pickle.dumps(Payload(trap)))
    refuse(tmp_path / "2.npy", "cannot be read")
    assert not trap.exists()


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((7, 9), complex), "its dtype is complex128: an image has real"),
        (np.zeros((7, 9), "U3"), "its dtype is <U3: an image has real numbers"),
        (np.zeros((7, 9), "M8[s]"), "its dtype is datetime64[s]"),
        (np.zeros((7, 9), [("r", "u1")]), "an image has real numbers"),
        (np.zeros((7, 9), np.longdouble), "an image has real numbers"),
        (
            np.zeros((5, 64, 64)),
            "its shape is (5, 64, 64), not (H, W) or (H, W, C)",
        ),
        (np.zeros(9), "its shape is (9,), not (H, W) or (H, W, C)"),
        (np.zeros((2, 7, 9, 3)), "its shape is (2, 7, 9, 3), not"),
        (np.zeros((0, 9)), "its shape is (0, 9, 1), not"),
        (np.zeros(()), "its shape is (), not"),
    ],
    ids=str,
)
def test_other_arrays_are_refused(tmp_path, array, sentence):
    path = write_npy(tmp_path / "1.npy", array)
    refuse(path, sentence)
    with pytest.raises(UserError) as refused:
        read_header(path)
    assert sentence in str(refused.value)


def test_complex_tiff_is_refused(tmp_path):
    path = write_tifffile(tmp_path / "1.tif", np.zeros((7, 9), np.complex64))
    refuse(path, "its values are not real numbers")


def header_of_npy(text, version=1):
    data = text.encode("latin1")
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(data)) + data


@pytest.mark.parametrize(
    "header",
    [
        "",
        "{",
        "(((",
        "'''",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1e9, 4), }",
        "{'descr': '<q9', 'fortran_order': False, 'shape': (4, 4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-4, 4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2000000, 3000000), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9" + "9" * 30 + ", 4), }",
        "__import__('os').abort()",
    ],
)
@pytest.mark.parametrize("version", [1, 9])
def test_damaged_header_of_npy_is_refused(tmp_path, header, version):
    (tmp_path / "1.npy").write_bytes(header_of_npy(header, version) + bytes(99))
    refuse(tmp_path / "1.npy", "cannot be read: ")


FORMATS = {
    "png": (".png", write_opencv, "uint16", 3),
    "tiff": (".tif", write_opencv, "float32", 1),
    "tiff of 5": (".tif", write_tifffile, "uint16", 5),
    "rgba tiff": (".tif", write_pillow, "uint8", 4),
    "npy": (".npy", write_npy, "float32", 5),
    "jpeg": (".jpg", write_opencv, "uint8", 3),
    "bmp": (".bmp", write_opencv, "uint8", 3),
    "webp": (".webp", write_opencv, "uint8", 3),
}


@pytest.mark.parametrize("share", [0, 4, 9, 20, 0.25, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("kind", FORMATS)
def test_cut_file_is_refused(tmp_path, kind, share):
    extension, write, dtype, channels = FORMATS[kind]
    options = {}
    if kind == "tiff of 5":
        options = {"photometric": "minisblack", "planarconfig": "contig"}
    pixels = random_array(0, 64, 64, channels, dtype)
    data = write(tmp_path / f"whole{extension}", pixels, **options).read_bytes()
    read_stored_image(tmp_path / f"whole{extension}")
    cut = tmp_path / f"cut{extension}"
    cut.write_bytes(data[: share if isinstance(share, int) else int(share * len(data))])
    refuse(cut, "cannot be read: ")


def test_missing_file_is_refused(tmp_path):
    refuse(tmp_path / "1.tif", "cannot be read: No such file or directory")
    with pytest.raises(UserError, match="cannot be read: No such file or directory"):
        read_header(tmp_path / "1.tif")


def test_without_tifffile_the_error_says_how_to_install_it(tmp_path, monkeypatch):
    pixels = random_array(0, HEIGHT, WIDTH, 5, "uint16")
    options = {"photometric": "minisblack", "planarconfig": "contig"}
    path = write_tifffile(tmp_path / "1.tif", pixels, **options)
    rgba = write_pillow(tmp_path / "2.tif", random_array(0, HEIGHT, WIDTH, 4, "uint8"))
    monkeypatch.setitem(sys.modules, "tifffile", None)
    refuse(path, "the package tifffile: pip install -r requirements-tiff.txt")
    assert read_header(path).channels == 5  # needs no package
    assert read_stored_image(rgba).pixels.shape == (HEIGHT, WIDTH, 4)  # nor does this


def test_opencv_and_tifffile_agree(tmp_path):
    pixels = random_array(0, HEIGHT, WIDTH, 3, "uint16")
    by_opencv = read_stored_image(write_opencv(tmp_path / "1.tif", pixels)).pixels
    options = {"photometric": "rgb", "planarconfig": "separate"}
    planar = write_tifffile(tmp_path / "2.tif", np.moveaxis(pixels, -1, 0), **options)
    np.testing.assert_array_equal(read_stored_image(planar).pixels, by_opencv)
