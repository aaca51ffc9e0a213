"""The pipelines: that what is measured is what it says, on a few tiny pairs."""

import numpy as np
import pytest
from tiny import random_image, write_image

from pyimagesearch.benchmarks import data
from pyimagesearch.data_preprocess import ReadTrainExample
from pyimagesearch.errors import UserError

PIPELINES = {
    *("tutorial", "decode", "resize_memory", "crop_memory", "crop_memory_uint8"),
    *("crop_fly", "resize_fly"),
}


def test_every_pipeline_is_measured_and_written(pairs_folder, measured, capsys):
    flags = ["--data", pairs_folder, "--image-size", 32, "--batch-size", 2]
    figures = measured("data", *flags, "--rounds", 2, "--seconds", 0.05)
    for name in ("pairs_per_second", "lowest", "highest", "times_tutorial"):
        assert figures[name].keys() == PIPELINES
    assert figures["times_tutorial"]["tutorial"] == 1
    for name in PIPELINES:
        lowest, highest = figures["lowest"][name], figures["highest"][name]
        assert 0 < lowest <= figures["pairs_per_second"][name] <= highest
    assert figures["cache_bytes"] == 5 * 32 * 64 * 3
    table = capsys.readouterr().out.splitlines()
    assert PIPELINES <= {line.split()[0] for line in table if line}


def test_the_baseline_is_the_tutorials_pipeline(pairs_folder):
    paths = sorted(str(path) for path in (pairs_folder / "train").iterdir())
    dataset = data.tutorial_pipeline(paths, 5, 32, 32)
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
def test_decoding_reads_whole_batches_over_and_over(pairs_folder, batch_size):
    paths = sorted(str(path) for path in (pairs_folder / "train").iterdir())
    decoded = data._decoded(paths, batch_size)
    images = [image for _ in range(6) for image in next(decoded)[0]]
    assert len(images) == 6 * batch_size
    for place, image in enumerate(images):
        np.testing.assert_array_equal(image, random_image(place % 5))


def test_pairs_are_counted_not_batches(monkeypatch):
    sizes = iter([7, 7, 7, 7, 4, 2, 4])  # four to warm up, then these
    pipeline = ((np.zeros(size), np.zeros(size)) for size in sizes)
    clock = iter([10.0, 10.0, 11.0, 12.0, 14.0])
    monkeypatch.setattr(data.time, "perf_counter", lambda: next(clock))
    assert data._pairs_per_second(pipeline, seconds=3) == 10 / 4


def test_pairs_of_two_files_are_refused(tmp_path, measured):
    for side in "AB":
        write_image(tmp_path / f"train{side}" / "1.png", random_image(0, 8, 8))
        write_image(tmp_path / f"val{side}" / "2.png", random_image(0, 8, 8))
    with pytest.raises(UserError, match="the tutorial reads side-by-side pairs only"):
        measured("data", "--data", tmp_path)
