"""What is found out about a dataset before the training."""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny import random_array, random_image, write_image

from pyimagesearch.datasets import survey
from pyimagesearch.datasets.image_decoding import StoredImage
from pyimagesearch.datasets.splits import Pair
from pyimagesearch.datasets.survey import SideSurvey, list_values, survey_pairs
from pyimagesearch.errors import UserError


@pytest.fixture
def opened(monkeypatch):
    """Counts how often each file is opened."""
    counts = Counter()
    open_path = Path.open

    def count_and_open(path, *args, **kwargs):
        counts[path.name] += 1
        return open_path(path, *args, **kwargs)

    def count_and_read(path):
        with count_and_open(path, "rb") as file:
            return file.read()

    monkeypatch.setattr(Path, "open", count_and_open)
    monkeypatch.setattr(Path, "read_bytes", count_and_read)
    return counts


def write_npy(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array)
    return path


def write_pairs(folder, number, left=".png", right=".npy"):
    """Pairs of two files each; images are 3x4 pixels."""
    pairs = []
    for index in range(number):
        files = []
        for side, extension in (("A", left), ("B", right)):
            path = folder / f"{index}{side}{extension}"
            if extension == ".npy":
                write_npy(path, np.full((3, 4), index, np.int16))
            else:
                write_image(path, np.full((3, 4, 3), index % 256, np.uint8))
            files.append(path)
        pairs.append(Pair(str(index), *files))
    return pairs


@pytest.mark.parametrize("direction", ["AtoB", "BtoA"])
def test_both_sides_are_known(tmp_path, direction):
    result = survey_pairs(write_pairs(tmp_path, 5), direction)
    side_a, side_b = result.sides if direction == "AtoB" else result.sides[::-1]
    assert result.examined == 5
    assert not result.notes.counts
    assert side_a.channels == {(3, False): tmp_path / "0A.png"}
    assert side_b.channels == {(1, False): tmp_path / "0B.npy"}
    assert side_a.dtypes == {"uint8": tmp_path / "0A.png"}
    assert side_b.dtypes == {"int16": tmp_path / "0B.npy"}
    assert side_a.sizes == side_b.sizes == {(3, 4)}
    assert (side_b.low, side_b.high) == (0, 4)
    assert side_a.indices is None
    assert side_b.indices == {0, 1, 2, 3, 4}
    assert not side_a.is_grey
    assert side_b.is_grey
    assert side_a.describe() == "3x4 px, 3 channels, uint8, values 0 to 4"
    assert side_b.describe() == "3x4 px, 1 channel, int16, values 0 to 4"


def test_halves_of_side_by_side_images(tmp_path):
    image = random_image(0, 4, 6, 3)
    image[:, :3] //= 2
    path = write_image(tmp_path / "1.png", image)
    input_side, target_side = survey_pairs([Pair("1", path)], "BtoA").sides
    assert input_side.sizes == target_side.sizes == {(4, 3)}
    assert (target_side.low, target_side.high) == (
        image[:, :3].min(),
        image[:, :3].max(),
    )
    assert (input_side.low, input_side.high) == (image[:, 3:].min(), image[:, 3:].max())


def test_stacked_inputs_are_surveyed_one_by_one(tmp_path):
    left = write_image(tmp_path / "1.png", random_image(0, 4, 4, 3))
    depth = write_npy(tmp_path / "2.npy", np.full((4, 4), 999, np.uint16))
    right = write_image(tmp_path / "3.png", random_image(1, 4, 4, 1))
    (colors, depths), (target,) = survey_pairs(
        [Pair("1", left, right, (depth,))], "AtoB"
    ).files
    assert (colors.channels, colors.dtypes) == ({(3, False): left}, {"uint8": left})
    assert (depths.channels, depths.dtypes) == ({(1, False): depth}, {"uint16": depth})
    assert (depths.low, depths.high) == (999, 999)
    assert target.is_grey


def test_mixtures_are_found(tmp_path):
    pairs = write_pairs(tmp_path, 3, ".png", ".png")
    write_image(tmp_path / "1A.png", random_image(0, 6, 8, 4))
    write_image(tmp_path / "2A.png", random_image(0, 3, 4, 1, np.dtype(np.uint16)))
    side, _ = survey_pairs(pairs, "AtoB").sides
    assert set(side.channels) == {(3, False), (3, True), (1, False)}
    assert side.dtypes == {"uint8": pairs[0].left, "uint16": pairs[2].left}
    assert side.sizes == {(3, 4), (6, 8)}
    assert side.describe().startswith(
        "3x4 to 6x8 px, 1 channel or 3 channels or 3 channels and alpha, "
        "uint16 or uint8, values 0 to "
    )


@pytest.mark.parametrize("number", [1, 100, 130])
def test_no_file_is_opened_twice(tmp_path, opened, number):
    pairs = write_pairs(tmp_path, number)
    opened.clear()
    result = survey_pairs(pairs, "AtoB")
    assert result.examined == min(number, 100)
    # The headers of the others are read, too.
    assert opened == {path.name: 1 for pair in pairs for path in pair[1:3]}


def test_at_most_a_hundred_jpegs_are_opened(tmp_path, opened):
    pairs = write_pairs(tmp_path, 130, ".jpg", ".jpg")
    opened.clear()
    assert survey_pairs(pairs, "AtoB").examined == 100
    assert len(opened) == 200
    assert set(opened.values()) == {1}
    # From the first to the last one, evenly.
    assert {"0A.jpg", "129A.jpg"} <= set(opened)


def test_side_by_side_image_is_opened_once(tmp_path, opened):
    path = write_image(tmp_path / "1.png", random_image(0, 4, 8, 3))
    opened.clear()
    survey_pairs([Pair("1", path)], "AtoB")
    assert opened == {"1.png": 1}


def test_the_header_of_a_pair_that_is_not_examined_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(survey, "EXAMINED", 2)
    pairs = write_pairs(tmp_path, 3)
    write_npy(tmp_path / "1B.npy", np.full((3, 4, 2), 9999, np.int32))
    result = survey_pairs(pairs, "AtoB")
    assert result.examined == 2
    side = result.sides[1]
    assert side.channels == {
        (1, False): pairs[0].right,
        (2, False): pairs[1].right,
    }
    assert side.dtypes == {"int16": pairs[0].right, "int32": pairs[1].right}
    assert side.high == 2


def test_fewer_large_pairs_are_examined(tmp_path, monkeypatch):
    pairs = write_pairs(tmp_path, 30)
    size = sum(path.stat().st_size for path in pairs[0][1:3])
    monkeypatch.setattr(survey, "EXAMINED_BYTES", 20 * size)
    assert 18 <= survey_pairs(pairs, "AtoB").examined <= 21  # the sizes differ a bit
    monkeypatch.setattr(survey, "EXAMINED_BYTES", 1)
    assert survey_pairs(pairs, "AtoB").examined == 10
    assert survey_pairs(pairs[:3], "AtoB").examined == 3


def test_different_aspect_ratios_are_counted(tmp_path):
    pairs = write_pairs(tmp_path, 3, ".png", ".png")
    for index in (1, 2):
        write_image(tmp_path / f"{index}B.png", random_image(0, 3, 5, 3))
    assert survey_pairs(pairs, "AtoB").notes.counts == {"aspect": 2}


def test_broken_file_is_named(tmp_path):
    pairs = write_pairs(tmp_path, 3)
    pairs[1].right.write_bytes(b"")
    with pytest.raises(UserError, match="1B.npy cannot be read"):
        survey_pairs(pairs, "AtoB")


def look_at(*arrays):
    side = SideSurvey()
    for array in arrays:
        side.add_image(StoredImage(array, False), Path("x"))
    return side


def grey(values, dtype="uint8"):
    values = list(values)
    return np.array(values, dtype).reshape(1, len(values), 1)


def photo(channels):
    """A smooth image with all levels of 8 bits."""
    rows = np.linspace(0, 255, 64).astype(np.uint8)
    noise = random_image(0, 64, 64, channels) // 16
    return cv2.add(np.tile(rows[:, None, None], (1, 64, channels)), noise).reshape(
        64, 64, channels
    )


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ([grey(range(5))], True),
        ([grey(range(5), "int64")], True),
        ([grey(range(5), "uint64")], True),
        ([grey([0, 1])], True),
        ([grey([0, 1, 255])], True),
        ([grey([0, 40])], True),
        ([grey([*range(19), 255])], True),
        ([grey([*range(19), 255], "uint16")], True),
        ([grey(range(150))], True),
        ([grey(range(100)), grey(range(100, 182))], True),
        ([grey([0, 255])], False),  # a mask
        ([grey([0, 128, 255])], False),
        ([grey([0])], False),
        ([grey([255])], False),
        ([grey([0, 100])], False),
        ([grey(range(256))], False),
        ([grey(range(300), "uint16")], False),
        ([grey([0, 1, 70_000], "int32")], False),
        ([grey([-1, 0, 1], "int16")], False),
        ([grey([0, 1], "float32")], False),
        ([photo(1)], False),
        ([photo(3)], False),
        ([random_array(0, 4, 4, 5, "uint8") % 3], False),
        ([grey(range(5)), photo(3)], False),
        ([photo(3), grey(range(5))], False),
        ([], False),
    ],
)
def test_class_indices_are_recognized(arrays, expected):
    assert look_at(*arrays).has_class_indices() is expected


def test_alpha_is_no_class_index():
    pixels = np.dstack([grey([0, 1, 2]), grey([255, 77, 0])])
    assert list_values(StoredImage(pixels, has_alpha=True)) == {0, 1, 2}
