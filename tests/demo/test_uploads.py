"""Uploaded files: their limits, the sentences about them, and the results."""

import numpy as np
import pytest
from tiny import random_array, random_image, write_image

from pyimagesearch.datasets.image_decoding import read_image
from pyimagesearch.datasets.side_formats import SideFormat
from pyimagesearch.demo.uploads import Downloads, Upload
from pyimagesearch.errors import UserError

PIXELS = 2000


def test_an_image_is_read_as_it_is(tmp_path):
    image = random_image(0, 40, 50)
    path = write_image(tmp_path / "photo.png", image)
    upload = Upload(path, SideFormat(), PIXELS)
    assert (upload.name, upload.notes) == ("photo.png", [])
    np.testing.assert_array_equal(upload.image, image)


def test_what_an_image_loses_is_a_sentence(tmp_path):
    path = write_image(tmp_path / "photo.png", random_image(0, 4, 5))
    upload = Upload(path, SideFormat(channels=1), PIXELS)
    assert upload.notes == ["photo.png has RGB colors, converted to grey"]
    assert upload.image.shape == (4, 5, 1)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("bad.png", b"no image", "cannot be read: it is not an image"),
        ("empty.jpg", b"", "cannot be read: it is not an image"),
        ("large.png", (41, 50), "has 41x50 pixels, and this page accepts 2,000"),
        ("cut.png", 60, "cannot be read"),
    ],
)
def test_an_error_names_the_file_without_its_folder(tmp_path, name, content, reason):
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, tuple):
        write_image(path, random_image(0, *content))
    else:
        write_image(path, random_image(0, 40, 50))
        path.write_bytes(path.read_bytes()[:content])
    with pytest.raises(UserError, match=reason) as caught:
        Upload(path, SideFormat(), PIXELS)
    assert str(caught.value).startswith(f"{name} ")
    assert str(tmp_path) not in str(caught.value)


def test_results_have_the_format_of_inference(tmp_path):
    image = random_image(1, 8, 8)
    path = Downloads(tmp_path, SideFormat()).write(image, "photo.jpg")
    assert path.endswith("photo.png")
    np.testing.assert_array_equal(read_image(path), image)
    values = random_array(2, 8, 8, 5, "float32")
    side_format = SideFormat(5, "float32", (-4.0, 4.0))
    path = Downloads(tmp_path, side_format).write(values, "photo.tif")
    assert path.endswith("photo.npy")
    np.testing.assert_array_equal(np.load(path), values)


def test_few_results_are_kept(tmp_path):
    downloads = Downloads(tmp_path, SideFormat())
    paths = [downloads.write(random_image(0, 2, 2), "a.png") for _ in range(20)]
    assert len(set(paths)) == 20
    assert len(list(tmp_path.rglob("*.png"))) == Downloads.KEPT
