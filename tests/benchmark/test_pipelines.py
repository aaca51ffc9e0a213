"""The benchmarks of the input pipelines and of the translation, on a few tiny pairs."""

import keras
import numpy as np
import pytest
from clips import read_clip
from tiny import random_image, write_image

from pyimagesearch.benchmark import pipelines
from pyimagesearch.data_preprocess import ReadTrainExample
from pyimagesearch.datasets.folders import open_pair_list
from pyimagesearch.datasets.image_decoding import read_image
from pyimagesearch.datasets.sources import Source
from pyimagesearch.errors import UserError
from pyimagesearch.translation.translator import Translator

PIPELINES = {
    *("tutorial", "decode", "resize_memory", "crop_memory", "crop_memory_uint8"),
    *("crop_fly", "resize_fly"),
}


def test_every_pipeline_is_measured_and_written(pairs_folder, run_benchmark, capsys):
    flags = ["--data", pairs_folder, "--image-size", 32, "--batch-size", 2]
    figures = run_benchmark("data", *flags, "--rounds", 2, "--seconds", 0.05)
    (size,) = figures["sizes"]
    assert size["image_size"] == [32, 32]
    assert size["by_name"].keys() == PIPELINES
    assert size["by_name"]["tutorial"]["ratio"] == 1
    for row in size["by_name"].values():
        assert 0 < row["lowest"] <= row["per_second"] <= row["highest"]
    assert size["notes"]["cache, MB"] == 5 * 32 * 64 * 3 / 1e6
    table = capsys.readouterr().out.splitlines()
    assert PIPELINES <= {line.split()[0] for line in table if line}
    assert "cache, MB: 0.0307" in table
    assert figures["settings"]["batch_size"] == 2


def test_the_baseline_is_the_tutorials_pipeline(pairs_folder):
    paths = sorted(str(path) for path in (pairs_folder / "train").iterdir())
    dataset = pipelines._create_tutorial_pipeline(paths, 5, 32, 32)
    masks, images = map(np.asarray, next(iter(dataset)))
    examples = [[np.asarray(x) for x in ReadTrainExample(32, 32)(p)] for p in paths]
    matches = {
        place: [
            number
            for number, (mask, image) in enumerate(examples)
            if np.allclose(mask, masks[place], atol=1e-6)
            and np.allclose(image, images[place], atol=1e-6)
        ]
        for place in range(5)
    }
    assert sorted(sum(matches.values(), [])) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("batch_size", [2, 8])
def test_files_are_decoded_in_full_batches_in_a_loop(pairs_folder, batch_size):
    paths = sorted(str(path) for path in (pairs_folder / "train").iterdir())
    batches = pipelines._decode_endlessly(paths, batch_size)
    images = [image for _ in range(6) for image in next(batches)[0]]
    assert len(images) == 6 * batch_size
    for place, image in enumerate(images):
        np.testing.assert_array_equal(image, random_image(place % 5))


def test_pairs_are_counted_not_batches(monkeypatch):
    sizes = iter([7, 7, 7, 7, 4, 2, 4])  # four to warm up, then these
    pipeline = ((np.zeros(size), np.zeros(size)) for size in sizes)
    clock = iter([10.0, 10.0, 11.0, 12.0, 14.0])
    monkeypatch.setattr(pipelines.time, "perf_counter", lambda: next(clock))
    rate = pipelines._count_pairs_per_second(lambda: pipeline, seconds=3)
    assert rate == 10 / 4


def test_pairs_of_two_files_are_refused(tmp_path, run_benchmark):
    for side in "AB":
        write_image(tmp_path / f"train{side}" / "1.png", random_image(0, 8, 8))
        write_image(tmp_path / f"val{side}" / "2.png", random_image(0, 8, 8))
    message = f"{tmp_path} has one image file for each side.*--dataset or --data"
    with pytest.raises(UserError, match=message):
        run_benchmark("data", "--data", tmp_path)


def test_translation_is_compared_with_the_network_alone(
    pairs_folder, run_benchmark, capsys
):
    flags = ["--data", pairs_folder, "--image-size", 32, "--batch-size", 2]
    figures = run_benchmark("translate", *flags, "--rounds", 3, "--seconds", 0.05)
    (size,) = figures["sizes"]
    assert list(size["by_name"]) == ["network", "files"]
    for row in size["by_name"].values():
        assert 0 < row["lowest"] <= row["per_second"] <= row["highest"]
        assert 0 < row["lowest_ratio"] <= row["ratio"] <= row["highest_ratio"]
    assert size["by_name"]["network"]["ratio"] == 1
    lines = capsys.readouterr().out.splitlines()
    (line,) = (line for line in lines if line.startswith("files "))
    row = size["by_name"]["files"]
    assert f" {row['ratio']:.3g} ({row['lowest_ratio']:.3g} - " in line


def test_the_translation_of_a_video_is_measured(pairs_folder, run_benchmark, capsys):
    flags = ["--data", pairs_folder, "--image-size", 32, "--batch-size", 2, "--video"]
    figures = run_benchmark("translate", *flags, "--rounds", 2, "--seconds", 0.05)
    (size,) = figures["sizes"]
    assert list(size["by_name"]) == ["network", "video"]
    row = size["by_name"]["video"]
    assert 0 < row["lowest"] <= row["per_second"] <= row["highest"]
    assert "\nvideo " in capsys.readouterr().out


def test_every_frame_of_the_video_is_counted(pairs_folder, tmp_path):
    source = Source(pairs_folder, "AtoB", None, open_pair_list(pairs_folder))
    files = pipelines._write_inputs(source, (32, 32), 2, tmp_path)
    clip = pipelines._write_clip(files, 7, (32, 32))
    assert len(read_clip(clip)[1]) == 7
    inputs = keras.Input((8, 8, 3))
    network = keras.Model(inputs, keras.layers.Rescaling(1.0)(inputs))
    assert pipelines._measure_video(Translator(network, 2, 0), clip) > 0
    assert len(read_clip(tmp_path / "translated.mp4")[1]) == 7


@pytest.mark.parametrize(("direction", "side"), [("AtoB", 0), ("BtoA", 1)])
def test_the_input_sides_are_translated(pairs_folder, tmp_path, direction, side):
    source = Source(pairs_folder, direction, None, open_pair_list(pairs_folder))
    files = pipelines._write_inputs(source, (32, 32), 2, tmp_path)
    assert len(files) == 2
    for seed, file in enumerate(files, 5):  # the validation pairs are from 5 on
        halves = np.split(random_image(seed), 2, axis=1)
        np.testing.assert_array_equal(read_image(file), halves[side])
