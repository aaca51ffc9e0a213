"""The file formats of results."""

import sys

import cv2
import numpy as np
import pytest
import tifffile
from tiny import random_array, random_image

from pyimagesearch.datasets.image_decoding import read_stored_image
from pyimagesearch.datasets.palettes import PALETTES, Palette, generate_palette
from pyimagesearch.datasets.side_formats import SideFormat, create_side_format
from pyimagesearch.errors import UserError
from pyimagesearch.translation.output_files import (
    PNG,
    OutputFormat,
    choose_output_format,
    write_result,
)

RANGE = (0.0, 9.0)


@pytest.mark.parametrize(
    ("channels", "dtype", "name", "extension"),
    [
        (3, "uint8", None, ".png"),
        (1, "uint8", None, ".png"),
        (4, "uint8", None, ".png"),
        (1, "uint16", None, ".png"),
        (2, "uint8", None, ".npy"),
        (5, "uint16", None, ".npy"),
        (1, "int16", None, ".npy"),
        (3, "float32", None, ".npy"),
        (3, "uint8", "png", ".png"),
        (3, "uint8", "tiff", ".tif"),
        (5, "uint8", "tiff", ".tif"),
        (1, "float32", "tiff", ".tif"),
        (3, "uint8", "npy", ".npy"),
    ],
)
def test_format_follows_the_results(channels, dtype, name, extension):
    side_format = create_side_format(channels, dtype, RANGE)
    assert choose_output_format(side_format, name) == OutputFormat(extension)


@pytest.mark.parametrize(
    ("side_format", "flags", "sentence"),
    [
        (
            SideFormat(5),
            {"name": "png"},
            "--format png stores 1, 3 or 4 channels of 8 or 16 bits, and the results "
            "are of 5 channels, uint8, 0 to 255: use --format npy",
        ),
        (
            create_side_format(1, "float32", RANGE),
            {"name": "png"},
            "the results are of 1 channel, float32, 0 to 9: use --format npy",
        ),
        (
            create_side_format(1, "float16", RANGE),
            {"name": "tiff"},
            "--format tiff stores no float16 values: use --format npy",
        ),
        (
            SideFormat(),
            {"as_classes": True},
            "--as-classes needs the colors of the classes: pass them with --palette",
        ),
        (
            SideFormat(1, palette=PALETTES["streets"]),
            {"as_classes": True},
            "--as-classes needs results in RGB colors, and these are of 1 channel",
        ),
        (
            create_side_format(3, "uint8", RANGE, PALETTES["streets"]),
            {"as_classes": True},
            "--as-classes needs results in RGB colors, and these are of 3 channels",
        ),
        (
            SideFormat(palette=Palette({str(n): (n % 256, 1, 1) for n in range(256)})),
            {"as_classes": True},
            "--as-classes writes indices of 8 bits, and the palette has 256 classes",
        ),
        (
            SideFormat(palette=PALETTES["streets"]),
            {"as_classes": True, "side_by_side": True},
            "--as-classes and --side-by-side exclude each other",
        ),
    ],
)
def test_formats_that_store_something_else_are_refused(side_format, flags, sentence):
    with pytest.raises(UserError) as refused:
        choose_output_format(side_format, **flags)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_side_by_side_images_are_rgb():
    side_format = create_side_format(5, "float32", RANGE)
    assert choose_output_format(side_format, side_by_side=True) == PNG
    assert choose_output_format(side_format, "tiff", side_by_side=True).extension == (
        ".tif"
    )


@pytest.mark.parametrize(
    ("name", "extension"), [(None, ".png"), ("tiff", ".tif"), ("npy", ".npy")]
)
def test_class_indices_have_any_format(name, extension):
    palette = generate_palette(3)
    side_format = SideFormat(palette=palette)
    expected = OutputFormat(extension, palette)
    assert choose_output_format(side_format, name, as_classes=True) == expected


def test_many_channels_need_tifffile(monkeypatch):
    monkeypatch.setitem(sys.modules, "tifffile", None)
    assert choose_output_format(SideFormat(4), "tiff").extension == ".tif"
    with pytest.raises(UserError, match="pip install -r requirements-tiff.txt"):
        choose_output_format(SideFormat(5), "tiff")


@pytest.mark.parametrize(
    ("channels", "dtype", "extension"),
    [
        *((number, dtype, ".png") for number in (1, 3, 4) for dtype in ("u1", "u2")),
        *(
            (channels, dtype, ".tif")
            for channels in (1, 3, 4, 5)
            for dtype in ("u1", "u2", "i1", "i2", "i4", "f4", "f8")
        ),
        *(
            (channels, dtype, ".npy")
            for channels in (1, 3, 5)
            for dtype in ("u1", "i2", "u4", "i8", "f2", "f4", "f8")
        ),
    ],
)
def test_result_is_read_back(tmp_path, channels, dtype, extension):
    image = random_array(0, 7, 9, channels, dtype)
    path = tmp_path / f"1{extension}"
    write_result(path, image, OutputFormat(extension))
    pixels = read_stored_image(path).pixels
    assert pixels.dtype == image.dtype
    np.testing.assert_array_equal(pixels, image)
    assert list(tmp_path.iterdir()) == [path]


def test_files_have_the_usual_layout(tmp_path):
    image = random_image(0, 7, 9, 5)
    write_result(tmp_path / "1.tif", image, OutputFormat(".tif"))
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "1.tif"), image)
    write_result(tmp_path / "1.npy", image[..., :1], OutputFormat(".npy"))
    np.testing.assert_array_equal(np.load(tmp_path / "1.npy"), image[..., 0])
    write_result(tmp_path / "1.png", image[..., :3], PNG)
    bgr = cv2.imread(str(tmp_path / "1.png"))
    np.testing.assert_array_equal(bgr[..., ::-1], image[..., :3])


@pytest.mark.parametrize("extension", [".png", ".tif", ".npy"])
@pytest.mark.parametrize(("dtype", "factor"), [("uint8", 1), ("uint16", 257)])
def test_class_of_the_nearest_color_is_written(tmp_path, extension, dtype, factor):
    colors = {"red": (255, 0, 0), "blue": (0, 0, 255), "grey": (99, 99, 99)}
    image = np.array([[[250, 9, 3], [99, 99, 99], [60, 60, 250], [0, 0, 0]]], dtype)
    output = OutputFormat(extension, Palette(colors, ((0, 0, 0),)))
    path = tmp_path / f"1{extension}"
    write_result(path, image * factor, output)
    pixels = read_stored_image(path).pixels if extension != ".npy" else np.load(path)
    assert pixels.dtype == np.uint8
    # No result is unlabelled.
    assert pixels.reshape(4).tolist() == [0, 2, 1, 2]


def test_every_class_of_a_palette_is_found_again(tmp_path):
    palette = generate_palette(255)
    image = np.array([[*palette.classes.values()]], np.uint8)
    write_result(tmp_path / "1.png", image, OutputFormat(".png", palette))
    pixels = read_stored_image(tmp_path / "1.png").pixels
    assert pixels.ravel().tolist() == list(range(255))
