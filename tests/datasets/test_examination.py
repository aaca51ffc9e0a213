"""The formats that a training chooses, and what it says about its pairs."""

import re

import numpy as np
import pytest
from PIL import Image
from tiny import random_array, random_image, write_image

from pyimagesearch.datasets import examination, survey
from pyimagesearch.datasets.examination import describe_data, examine_data
from pyimagesearch.datasets.pairs import PairFiles, load_into_memory
from pyimagesearch.datasets.palettes import PALETTES, Palette, generate_palette
from pyimagesearch.datasets.side_formats import RGB, PairFormat, SideFormat
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import write_run_record
from pyimagesearch.training.training_settings import parse_training_settings

SIZE = 8
NAMES = ("train/{}/0", "train/{}/1", "val/{}/2")


def rgb(seed=0, height=SIZE, width=SIZE):
    return random_image(seed, height, width, 3)


def write_side(folder, side, images, extension=".png"):
    """Three images of one side, two of which are for the training."""
    for name, image in zip(NAMES, images, strict=True):
        path = folder / (name.format(side) + extension)
        path.parent.mkdir(parents=True, exist_ok=True)
        if extension == ".npy":
            np.save(path, image)
        else:
            write_image(path, image)


@pytest.fixture
def data(tmp_path):
    """Pairs whose side A is RGB; a test writes side B, the inputs."""
    write_side(tmp_path, "A", map(rgb, range(3)))
    return tmp_path


def examine(folder, *flags):
    flags = ["--data", folder, "--output", folder / "run", *flags]
    return examine_data(parse_training_settings(list(map(str, flags))))


def refuse(folder, *flags):
    with pytest.raises(UserError) as refused:
        examine(folder, *flags)
    message = str(refused.value)
    assert "\n" not in message
    return message


def repeat(image):
    return [image] * 3


def test_rgb_needs_few_words(data, capsys):
    write_side(data, "B", map(rgb, range(3)))
    result = examine(data)
    assert result.formats == RGB
    assert result.source.direction == "BtoA"
    out, err = capsys.readouterr()
    first, *sides = out.splitlines()
    assert first == (
        f"[INFO] data: {data}, train/A and train/B; 2 training pairs, 1 validation pair"
    )
    for line, start in zip(sides, ("input, side B", "target, side A"), strict=True):
        assert line.startswith(f"[INFO] {start}: 8x8 px, 3 channels, uint8, values ")
        assert line.endswith(" in 3 examined pairs")
    assert err == ""


def test_grey_inputs_have_one_channel(data, capsys):
    write_side(data, "B", repeat(random_image(0, SIZE, SIZE, 1)))
    assert examine(data).formats == PairFormat(SideFormat(1), SideFormat())
    out, err = capsys.readouterr()
    assert "[INFO] input: read as 1 channel, uint8, 0 to 255\n" in out
    assert err == ""


@pytest.mark.parametrize(
    ("flags", "channels", "said"),
    [
        ((), 3, "input: grey images such as {}/train/B/0.png get three equal channels"),
        (
            ("--input-channels", 1),
            *(1, "input: RGB images such as {}/train/B/1.png are converted to grey"),
        ),
    ],
)
def test_grey_among_rgb(data, capsys, flags, channels, said):
    write_side(data, "B", [random_image(0, SIZE, SIZE, 1), rgb(), rgb()])
    assert examine(data, *flags).formats.input == SideFormat(channels)
    assert f"[INFO] {said.format(data)}\n" in capsys.readouterr().out


def test_alpha_is_composed_and_said(data, capsys):
    write_side(data, "B", repeat(random_image(0, SIZE, SIZE, 4)))
    assert examine(data).formats.input == SideFormat(3)
    assert (
        f"[INFO] input: the alpha of images such as {data}/train/B/0.png is composed "
        "on white; --input-channels 4 reads it as a channel\n"
    ) in capsys.readouterr().out
    assert examine(data, "--input-channels", "4").formats.input == SideFormat(4)
    assert "composed on" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("shapes", "flags", "sentence"),
    [
        ((5, 5, 4), (), "val/B/2.npy has 4 channels, and 5 are expected: the input im"),
        (
            (3, 3, 3),
            ("--input-channels", 4),
            "0.npy has 3 channels, and 4 are",
        ),
        (
            (2, 2, 2),
            ("--input-channels", 1),
            "0.npy has 2 channels, and 1 are",
        ),
    ],
)
def test_other_channels_are_refused(data, shapes, flags, sentence):
    images = [random_array(0, SIZE, SIZE, channels, "uint8") for channels in shapes]
    write_side(data, "B", images, ".npy")
    message = refuse(data, *flags)
    assert sentence in message
    assert message.endswith("must have the same number; --input-channels sets it")


def test_too_many_channels_are_refused(data):
    write_side(data, "B", repeat(np.zeros((SIZE, SIZE, 129), np.uint8)), ".npy")
    assert refuse(data).startswith(
        "the input images have 129 channels, and at most 128 are supported"
    )


def depth(high, dtype="uint16"):
    """A grey image from 0 to `high`."""
    return np.linspace(0, high, SIZE * SIZE).reshape(SIZE, SIZE, 1).astype(dtype)


def test_unused_range_is_warned_about(data, capsys):
    write_side(data, "B", repeat(depth(1400)))
    assert examine(data).formats.input == SideFormat(1, "uint16")
    out, err = capsys.readouterr()
    assert err == (
        "[WARNING] the input images use only the values 0 to 1400 of the range 0 to "
        "65535, less than an eighth of it: set the range with --input-range LOW HIGH\n"
    )
    assert "[INFO] input: read as 1 channel, uint16, 0 to 65535\n" in out


def test_class_indices_without_a_label_side_are_warned_about(data, capsys):
    write_side(data, "B", repeat(depth(4, "uint8")))
    assert examine(data).formats.input == SideFormat(1)
    assert capsys.readouterr().err.endswith(
        "; if they are class indices, name their side with --label-side\n"
    )


@pytest.mark.parametrize("side", ["input", "target"])
def test_range_is_used(data, capsys, side):
    write_side(data, "B", repeat(depth(1400)))
    direction = {"input": "BtoA", "target": "AtoB"}[side]
    flags = (f"--{side}-range", 0, 1400, "--direction", direction)
    formats = examine(data, *flags).formats._asdict()
    assert formats.pop(side) == SideFormat(1, "uint16", (0, 1400))
    assert list(formats.values()) == [SideFormat()]
    out, err = capsys.readouterr()
    assert err == ""
    assert f"[INFO] {side}: read as 1 channel, uint16, 0 to 1400\n" in out


def test_floats_need_a_range(data):
    write_side(data, "B", repeat(depth(0.5, "float32")), ".npy")
    assert refuse(data) == (
        "the input images have float32 values, from 0 to 0.5 in the examined images: "
        "set the values that become black and white with --input-range LOW HIGH, or "
        "--input-range auto for those of the training images"
    )


def test_automatic_range_is_that_of_all_training_images(data, capsys, monkeypatch):
    monkeypatch.setattr(survey, "EXAMINED", 1)  # not the one with the largest value
    images = [depth(value, "float64") - 1 for value in (2, 7.5, 99)]
    write_side(data, "B", images, ".npy")
    formats = examine(data, "--input-range", "auto").formats
    assert formats.input == SideFormat(1, "float64", (-1, 6.5))
    out = capsys.readouterr().out
    assert "[INFO] input: --input-range -1 6.5\n" in out
    assert "[INFO] input: read as 1 channel, float64, -1 to 6.5\n" in out


@pytest.mark.parametrize("offset", [0, 1e-9])
def test_automatic_range_of_equal_values_is_refused(data, offset):
    image = np.full((SIZE, SIZE), 1e6)
    image[0] += offset
    write_side(data, "B", repeat(image), ".npy")
    assert "--input-range auto: the values of the input images, 1000000 to 1000000" in (
        refuse(data, "--input-range", "auto")
    )


def test_integers_among_floats_are_refused(data):
    images = [depth(9, "float32"), depth(9, "uint8"), depth(9, "uint8")]
    write_side(data, "B", images, ".npy")
    message = refuse(data, "--input-range", 0, 9)
    assert "the input images have different types of values: " in message
    assert f"{data}/train/B/0.npy has float32 and {data}/train/B/1.npy has" in message


def test_depths_of_one_side_are_joined(data, capsys):
    images = [depth(255, "uint8"), depth(65535), depth(9)]
    write_side(data, "B", images)
    assert examine(data).formats.input == SideFormat(1, "uint16")
    assert "[INFO] input: images of uint16 and uint8 are read as uint16\n" in (
        capsys.readouterr().out
    )


def labels(*indices, dtype="uint8"):
    return np.resize(np.array(indices, dtype), (SIZE, SIZE, 1))


@pytest.mark.parametrize(
    "direction", [("AtoB", "target"), ("BtoA", "input")], ids=lambda both: both[0]
)
def test_class_indices_get_a_palette(data, capsys, direction):
    # The class that only a validation image has counts, too.
    write_side(data, "B", [labels(0, 1), labels(0, 255), labels(3)])
    direction, side = direction
    formats = examine(data, "--label-side", "B", "--direction", direction).formats
    expected = SideFormat(palette=generate_palette(4))
    assert getattr(formats, side) == expected
    out, err = capsys.readouterr()
    assert (
        f"[INFO] {side}: 4 class indices, from 0 to 3, in generated colors; --palette "
        "sets others\n"
    ) in out
    assert f"[INFO] {side}: read as 4 classes, drawn in RGB colors\n" in out
    assert err == ""


def test_folders_named_labels_are_the_label_side(tmp_path, capsys):
    write_side(tmp_path, "images", map(rgb, range(3)))
    write_side(tmp_path, "labels", repeat(labels(0, 1, 2)), ".npy")
    result = examine(tmp_path)
    assert result.source.label_side == "B"
    assert result.formats.input == SideFormat(palette=generate_palette(3))
    assert "train/images and train/labels" in capsys.readouterr().out


def test_palette_of_a_file(data, capsys):
    write_side(data, "B", repeat(labels(0, 1)))
    (data / "mine.csv").write_text("sky,1,2,3\nroad,4,5,6\n")
    flags = ("--label-side", "B", "--palette", data / "mine.csv")
    palette = Palette({"sky": (1, 2, 3), "road": (4, 5, 6)})
    assert examine(data, *flags).formats.input == SideFormat(palette=palette)
    assert f"[INFO] input: class indices, in the colors of {data}" in (
        capsys.readouterr().out
    )


def test_index_above_the_palette_is_refused_when_it_is_read(data):
    write_side(data, "B", repeat(labels(0, 2)))
    (data / "mine.csv").write_text("sky,1,2,3\nroad,4,5,6\n")
    flags = ("--label-side", "B", "--palette", data / "mine.csv")
    side_format = examine(data, *flags).formats.input
    path = data / "train/B/0.png"
    stored = examination.read_stored_image(path)
    with pytest.raises(UserError) as refused:
        side_format.store(stored, path)
    assert str(refused.value) == (
        f"{path} has the class index 2, and the palette has 2 classes, from 0 to 1: "
        "add the class to the file of --palette"
    )


def test_too_many_classes_are_refused(data, monkeypatch):
    monkeypatch.setattr(survey, "EXAMINED", 2)
    images = [labels(0, 1), labels(700, dtype="uint16"), labels(0, 1)]
    write_side(data, "B", images)
    assert refuse(data, "--label-side", "B") == (
        "the input images have class indices up to 700, and only those up to 255 are "
        "supported"
    )


def test_colored_label_maps_stay_as_they_are(data):
    write_side(data, "B", map(rgb, range(3)))
    assert examine(data, "--label-side", "B").formats == RGB


def test_grey_labels_that_are_no_indices_stay_grey(data):
    write_side(data, "B", repeat(labels(0, 128, 255)))
    formats = examine(data, "--label-side", "B").formats
    assert formats.input == SideFormat(1)


def test_palette_without_a_label_side_is_refused(data):
    write_side(data, "B", map(rgb, range(3)))
    assert refuse(data, "--palette", "streets") == (
        "--palette streets is for label maps: name their side with --label-side"
    )


def test_different_aspect_ratios_are_warned_about_once(data, capsys):
    write_side(data, "B", [rgb(), rgb(width=12), rgb(width=16)])
    examine(data)
    # Threads read the pairs: either of the two is the first one.
    assert re.fullmatch(
        r"\[WARNING\] \S+/A/(\d).png has 8x8 pixels and \S+/B/\1.png 8x1[26]: sides "
        r"with different aspect ratios are distorted differently when they are resized "
        r"\(2 of 3 pairs\)\n",
        capsys.readouterr().err,
    )


def write_rotated(path, height, width):
    """A JPEG whose EXIF orientation asks for a rotation by 90 degrees."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(rgb(0, height, width)).save(path, exif=exif)


def test_orientation_is_ignored_if_the_sides_fit_only_without_it(data, capsys):
    write_side(data, "A", [rgb(n, 8, 16) for n in range(3)])
    for name in NAMES:
        write_rotated(data / (name.format("B") + ".jpg"), 8, 16)
    examine(data)
    out, err = capsys.readouterr()
    assert "input, side B: 8x16 px" in out
    assert re.fullmatch(
        r"\[WARNING\] \S+/A/(\d).png and \S+/B/\1.jpg: the EXIF orientation is "
        r"ignored, because the two sides fit each other only without it "
        r"\(3 of 3 pairs\)\n",
        err,
    )


def test_orientation_is_applied_if_the_sides_fit_with_it(data, capsys):
    write_side(data, "A", [rgb(n, 8, 16) for n in range(3)])
    for name in NAMES:
        write_rotated(data / (name.format("B") + ".jpg"), 16, 8)
    examine(data)
    out, err = capsys.readouterr()
    assert "input, side B: 8x16 px" in out
    assert err == ""


def test_resumed_run_keeps_its_formats(data, capsys):
    write_side(data, "B", repeat(depth(1400)))
    formats = PairFormat(SideFormat(1, "uint16", (0, 999)), SideFormat())
    (data / "run" / "checkpoints").mkdir(parents=True)
    (data / "run" / "checkpoints" / "last.npz").touch()
    settings = vars(parse_training_settings(["--data", str(data)]))
    write_run_record(data / "run", {"settings": settings, "sides": formats.to_record()})
    flags = ["--data", data, "--output", data / "run"]
    resumed = parse_training_settings(list(map(str, flags)))
    resumed.resume = True
    assert examine_data(resumed).formats == formats
    assert "input: read as 1 channel, uint16, 0 to 999" in capsys.readouterr().out
    # A run of an earlier version has no formats: both sides had the same depth.
    write_run_record(data / "run", {"settings": settings})
    deep = SideFormat(dtype="uint16")
    assert examine_data(resumed).formats == PairFormat(deep, deep)


def test_dataset_that_is_not_here_is_not_described(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    settings = parse_training_settings(["--dataset", "maps"])
    assert describe_data(settings) == RGB
    assert "the dataset maps is not on this machine yet" in capsys.readouterr().out


def test_grey_label_maps_that_are_no_indices_are_said(data, capsys):
    write_side(data, "B", repeat(labels(0, 255)))
    assert examine(data, "--label-side", "B").formats.input == SideFormat(1)
    assert (
        "[INFO] input: the label maps are read as grey values: class indices are few "
        "integers from 0 to 199, and 255 for no class\n"
    ) in capsys.readouterr().out


@pytest.mark.parametrize("flags", [("--input-range", 0, 4), ("--input-channels", 1)])
def test_flags_for_values_are_refused_for_classes(data, flags):
    write_side(data, "B", repeat(labels(0, 1)))
    with pytest.raises(UserError, match="label maps, .*: leave out --input-range and"):
        examine(data, "--label-side", "B", *flags)


def test_clipping_is_said_and_counted(data, capsys):
    write_side(data, "B", repeat(labels(10, 100, 250)))
    result = examine(data, "--input-range", 0, 200)
    assert "outside of 0 to 200 are clipped; the examined ones go from 10 to 250" in (
        capsys.readouterr().out
    )
    pairs = result.source.pairs.list_pairs("train")
    formats = result.formats.order_sides("BtoA")
    load_into_memory(PairFiles(pairs, 4, 4, None, formats, result.notes))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("outside of the range 0 to 200, clipped to it (2 of 2 pairs)")


def test_the_alpha_of_coloured_label_maps_is_said(data, capsys):
    write_side(data, "B", [random_image(seed, SIZE, SIZE, 4) for seed in range(3)])
    flags = ("--label-side", "B", "--palette", "streets")
    assert examine(data, *flags).formats.input == SideFormat(
        palette=PALETTES["streets"]
    )
    assert "[INFO] input: the alpha of images such as" in capsys.readouterr().out


def test_the_alpha_of_class_indices_is_said(data, capsys):
    indices = np.dstack([labels(0, 1), labels(255)])
    write_side(data, "B", repeat(labels(0, 1)))
    for name in NAMES:
        Image.fromarray(indices).save(data / f"{name.format('B')}.png")
    formats = examine(data, "--label-side", "B").formats
    assert formats.input == SideFormat(palette=generate_palette(2))
    assert "[INFO] input: the alpha of class indices is ignored\n" in (
        capsys.readouterr().out
    )
