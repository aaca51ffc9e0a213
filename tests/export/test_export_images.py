"""The images on which files are compared, calibrated and scored."""

import argparse

import numpy as np
import pytest
from tiny import SIZE, random_image, write_image

from pyimagesearch.errors import UserError
from pyimagesearch.export import export_images
from pyimagesearch.export.comparison import create_batches
from pyimagesearch.export.export_images import ExportImages
from pyimagesearch.export.network import prepare_network


def settings(**given):
    nothing = dict.fromkeys(("dataset", "data", "dataset_url", "dataset_sha256"))
    nothing |= dict.fromkeys(("direction", "label_side", "input"))
    nothing |= dict.fromkeys(("quantize", "calibrate"))
    return argparse.Namespace(
        **nothing | {"val_fraction": 0.1, "max_pixels": 10_000} | given
    )


@pytest.mark.parametrize(("direction", "left"), [("AtoB", 0), ("BtoA", 32)])
def test_the_inputs_of_the_validation_pairs_are_read(pairs_folder, direction, left):
    read = ExportImages(settings(data=str(pairs_folder), direction=direction)).read
    images = read(32, 32)
    assert images.shape == (3, 32, 32, 3)
    shown = random_image(5)[:, left : left + 32] / 127.5 - 1
    np.testing.assert_allclose(images[0], shown, atol=1e-6)
    assert read(16, 48).shape == (3, 16, 48, 3)


def test_files_and_folders_are_read_instead(tmp_path):
    for seed in range(6):
        write_image(tmp_path / "in" / f"{seed}.png", random_image(seed, 32, 32))
    alone = write_image(tmp_path / "alone.png", random_image(9, 20, 30))
    images = ExportImages(settings(input=[str(alone), str(tmp_path / "in")])).read(
        32, 32
    )
    assert images.shape == (4, 32, 32, 3)
    assert images.dtype == np.float32
    np.testing.assert_allclose(
        images[1], random_image(0, 32, 32) / 127.5 - 1, atol=1e-6
    )


def test_images_of_more_pixels_are_refused(tmp_path, pairs_folder):
    alone = write_image(tmp_path / "alone.png", random_image(9, 20, 30))
    assert ExportImages(settings(input=[str(alone)], max_pixels=600)).read(8, 8).any()
    images = ExportImages(settings(input=[str(alone)], max_pixels=599))
    with pytest.raises(UserError, match="20x30 pixels, and at most 599 pixels are"):
        images.read(8, 8)
    images = ExportImages(settings(data=str(pairs_folder), max_pixels=599))
    with pytest.raises(Exception, match="and at most 599 pixels are accepted"):
        images.read(32, 32)


def test_pairs_that_cannot_be_had_are_told_with_the_other_way(tmp_path):
    with pytest.raises(UserError, match="gone is not a folder.*; --input compares on"):
        ExportImages(settings(data=str(tmp_path / "gone")))
    with pytest.raises(UserError, match="--input .* contains no image"):
        ExportImages(settings(input=[str(tmp_path)]))


def test_an_open_network_is_compared_at_several_sizes(strided):
    def read(height, width):
        return np.zeros((3, height, width, 3), np.float32)

    opened = create_batches(read, prepare_network(strided, None))
    assert [b.shape[:3] for b in opened] == [
        (3, SIZE, SIZE),
        (3, SIZE + 4, SIZE),
        (3, SIZE, SIZE + 8),
    ]
    fixed = create_batches(read, prepare_network(strided, (8, 12)))
    assert [b.shape for b in fixed] == [(1, 8, 12, 3)] * 3


def test_examples_have_the_targets_of_the_pairs(pairs_folder):
    images = ExportImages(settings(data=str(pairs_folder), direction="AtoB"))
    assert images.has_targets
    examples = list(images.iterate_examples(32, 32))
    assert len(examples) == 3
    for seed, example in enumerate(examples, 5):  # the validation pairs are from 5 on
        halves = np.split(random_image(seed)[None] / 127.5 - 1, 2, axis=2)
        np.testing.assert_allclose(example, halves, atol=1e-6)
    assert len(list(images.iterate_examples(32, 32, count=2))) == 2


def test_examples_of_files_have_no_targets(tmp_path):
    alone = write_image(tmp_path / "alone.png", random_image(9, 20, 30))
    images = ExportImages(settings(input=[str(alone)]))
    assert not images.has_targets
    ((image, target),) = images.iterate_examples(32, 32)
    assert image.shape == (1, 32, 32, 3)
    assert target is None


def test_some_training_inputs_calibrate_always_the_same(
    pairs_folder, monkeypatch, capsys
):
    monkeypatch.setattr(export_images, "CALIBRATED", 3)
    flags = settings(data=str(pairs_folder), direction="AtoB", quantize=["int8"])
    both = [ExportImages(flags) for _ in range(2)]
    said = "int8 is calibrated on 3 of 5 training inputs, chosen with seed 42\n"
    assert said in capsys.readouterr().out
    first, again = (list(images.iterate_calibration(32, 32)) for images in both)
    assert len(first) == both[0].calibration_count == 3
    np.testing.assert_array_equal(first, again)
    inputs = [random_image(seed)[None, :, :32] / 127.5 - 1 for seed in range(5)]
    distances = [[np.abs(x - y).max() for x in inputs] for y in first]
    chosen = [np.argmin(row) for row in distances]
    assert chosen == sorted(set(chosen))  # three different ones
    assert np.min(distances, axis=1).max() < 1e-6


def test_files_calibrate_instead(tmp_path, capsys):
    for seed in range(3):
        write_image(tmp_path / "in" / f"{seed}.png", random_image(seed, 32, 32))
    paths = [str(tmp_path / "in")]
    images = ExportImages(settings(input=paths, quantize=["int8"], calibrate=paths))
    assert "int8 is calibrated on all 3 images of --calibrate\n" in (
        capsys.readouterr().out
    )
    for seed, image in enumerate(images.iterate_calibration(32, 32)):
        expected = random_image(seed, 32, 32)[None] / 127.5 - 1
        np.testing.assert_allclose(image, expected, atol=1e-6)


def test_nothing_to_calibrate_on_is_told_with_the_other_way(tmp_path):
    image = str(write_image(tmp_path / "in" / "1.png", random_image(1, 32, 32)))
    missing = settings(data=str(tmp_path / "gone"), input=[image], quantize=["int8"])
    with pytest.raises(UserError, match="gone is not a folder.*; --calibrate names"):
        ExportImages(missing)
    (tmp_path / "empty").mkdir()
    empty = [str(tmp_path / "empty")]
    with pytest.raises(UserError, match="--calibrate .*empty contains no image"):
        ExportImages(settings(input=[image], quantize=["int8"], calibrate=empty))
