"""Rendered street scenes: their content, and the files of the dataset."""

import shutil
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from pyimagesearch.datasets.palettes import CITYSCAPES, UNLABELLED
from pyimagesearch.datasets.streets import (
    SIZE,
    encode_pair,
    render_pair,
    render_processes,
    street_dataset,
    streets_folder,
    write_streets,
)
from pyimagesearch.datasets.streets.street_dataset import write_scene
from pyimagesearch.metrics.segmentation import nearest_class

NAMES = [*CITYSCAPES, "unlabelled"]
COLOURS = np.array([*CITYSCAPES.values(), UNLABELLED])


@pytest.fixture(scope="module")
def scenes():
    """30 scenes: photos and classes, uint8 (30, 256, 256, 3) and int (30, 256, 256)."""
    photos, labels = zip(*(render_pair(index) for index in range(30)), strict=True)
    return np.stack(photos), np.stack([nearest_class(map_, COLOURS) for map_ in labels])


def of_class(classes, name):
    return classes == NAMES.index(name)


def read(path):
    return cv2.imread(str(path))[..., ::-1]


def test_a_scene_is_a_function_of_seed_and_index():
    photo, labels = render_pair(3)
    with ThreadPoolExecutor(2) as pool:
        for again in pool.map(render_pair, [3, 3]):
            np.testing.assert_array_equal(again, (photo, labels))
    for other in (render_pair(4), render_pair(3, seed=1)):
        assert (other[0] != photo).mean() > 0.5
        assert (other[1] != labels).mean() > 0.05


def test_a_fresh_process_draws_the_same_bytes():
    code = (
        "import sys, zlib, numpy as np;"
        "from pyimagesearch.datasets.streets import render_pair;"
        "assert 'keras' not in sys.modules and 'tensorflow' not in sys.modules;"
        "print(zlib.crc32(np.stack(render_pair(7)).tobytes()))"
    )
    there = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],  # where the package is
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(there.stdout) == zlib.crc32(np.stack(render_pair(7)).tobytes())


def test_labels_are_flat_palette_colours():
    for index in range(4):
        photo, labels = render_pair(index)
        assert photo.shape == labels.shape == (SIZE, SIZE, 3)
        assert photo.dtype == labels.dtype == np.uint8
        drawn = {tuple(colour) for colour in np.unique(labels.reshape(-1, 3), axis=0)}
        assert drawn <= {*CITYSCAPES.values(), UNLABELLED}


def test_labels_survive_the_jpeg(scenes):
    for photo, classes in zip(*(half[:12] for half in scenes), strict=True):
        labels = COLOURS[classes].astype(np.uint8)
        encoded = np.frombuffer(encode_pair(photo, labels), np.uint8)
        assert len(encoded) < 80_000
        pair = cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1]
        decoded = nearest_class(pair[:, SIZE:], COLOURS).numpy()
        assert (decoded == classes).mean() >= 0.995
        assert np.abs(pair[:, :SIZE].astype(int) - photo).mean() < 4


@pytest.mark.parametrize(
    "name",
    ["road", "sidewalk", "building", "sky", "car", "vegetation", "pole", "person"],
)
def test_the_common_classes_are_in_most_scenes(scenes, name):
    assert of_class(scenes[1], name).any((1, 2)).mean() > 0.5


def test_the_rare_classes_occur(scenes):
    rare = {"wall", "fence", "traffic light", "traffic sign", "truck", "bus", "rider"}
    assert rare | {"bicycle"} <= {NAMES[index] for index in np.unique(scenes[1])}
    assert of_class(scenes[1], "unlabelled").mean() < 0.001


def test_the_road_is_below_and_the_sky_above(scenes):
    classes = scenes[1]
    below, above = classes[:, -20:, 96:160], classes[:, :20, 96:160]
    assert (of_class(below, "road").mean((1, 2)) > 0.9).mean() > 0.9
    assert (of_class(above, "sky").mean((1, 2)) > 0.5).mean() > 0.8


def test_layouts_differ(scenes):
    horizon = of_class(scenes[1], "road").any(2).argmax(1)  # the first row with road
    assert np.ptp(horizon) > 20
    assert of_class(scenes[1], "building").mean((1, 2)).std() > 0.05


@pytest.mark.parametrize("name", ["road", "building", "sky", "car", "vegetation"])
def test_the_brightness_of_a_class_varies(scenes, name):
    photos, classes = scenes
    brightness = photos.mean(-1)
    seen = of_class(classes, name)
    within = [brightness[i][seen[i]].std() for i in range(30) if seen[i].sum() > 99]
    between = [brightness[i][seen[i]].mean() for i in range(30) if seen[i].sum() > 99]
    assert np.median(within) > 4
    assert np.std(between) > 2


def test_shadows_lie_on_some_roads(scenes):
    dark = [  # tenth percentile over median
        np.percentile(road, 10) / np.median(road)
        for photo, classes in zip(*scenes, strict=True)
        for road in [photo.mean(-1)[of_class(classes, "road")]]
    ]
    assert min(dark) < 0.8 < 0.88 < max(dark)


def test_written_pairs_have_the_photo_left(tmp_path):
    write_streets(tmp_path, train=3, val=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train", "val"]
    names = [[f"{i:03}.jpg" for i in range(count)] for count in (3, 2)]
    assert [
        sorted(path.name for path in (tmp_path / part).iterdir())
        for part in ("train", "val")
    ] == names
    pair = read(tmp_path / "train" / "001.jpg").astype(int)
    assert pair.shape == (SIZE, 2 * SIZE, 3)
    photo, labels = render_pair(1)
    assert np.abs(pair[:, :SIZE] - photo).mean() < 4
    assert np.abs(pair[:, SIZE:] - labels).mean() < 2
    first_of_each = [read(tmp_path / part / "000.jpg") for part in ("train", "val")]
    assert (first_of_each[0] != first_of_each[1]).mean() > 0.5


@pytest.fixture
def two_processes(monkeypatch):
    monkeypatch.setattr(render_processes, "MIN_SCENES", 3)
    monkeypatch.setattr(render_processes, "_count_cores", lambda: 2)


def read_all(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


def test_two_processes_write_the_same_files(tmp_path, two_processes, monkeypatch):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    written = []

    def write(path, *arguments):
        written.append(path.name)
        write_scene(path, *arguments)

    monkeypatch.setattr(street_dataset, "write_scene", write)
    write_streets(tmp_path / "two", train=5, val=2, size=32)
    assert written == ["000.jpg", "002.jpg", "004.jpg", "001.jpg"]
    monkeypatch.setattr(render_processes, "MIN_SCENES", 100)
    write_streets(tmp_path / "one", train=5, val=2, size=32)
    assert len(written) == 4 + 7
    files = read_all(tmp_path / "one")
    assert len(files) == 7
    assert read_all(tmp_path / "two") == files


@pytest.mark.parametrize("executable", ["/no/such/file", shutil.which("false")])
def test_what_another_process_leaves_out_is_written(
    tmp_path, two_processes, monkeypatch, executable
):
    monkeypatch.setattr(render_processes.sys, "executable", executable)
    write_streets(tmp_path, train=4, val=1, size=32)
    assert len(read_all(tmp_path)) == 5


def test_a_failure_stops_the_other_process(tmp_path, two_processes, monkeypatch):
    started = []
    popen = subprocess.Popen

    def start(*arguments, **options):
        started.append(popen(*arguments, **options))
        return started[-1]

    def fail(path, *_):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(render_processes.subprocess, "Popen", start)
    monkeypatch.setattr(street_dataset, "write_scene", fail)
    with pytest.raises(OSError, match="No space left"):
        write_streets(tmp_path, train=30, val=10, size=32)
    (helper,) = started
    assert helper.returncode is not None


def test_small_pairs_keep_flat_labels(tmp_path):
    write_streets(tmp_path, train=1, val=0, size=64)
    pair = read(tmp_path / "train" / "000.jpg")
    assert pair.shape == (64, 128, 3)
    labels = render_pair(0)[1]
    nearest = cv2.resize(labels, (64, 64), interpolation=cv2.INTER_NEAREST)
    decoded = nearest_class(pair[:, 64:], COLOURS).numpy()
    assert (decoded == nearest_class(nearest, COLOURS).numpy()).mean() >= 0.995


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(street_dataset, "TRAIN", 2)
    monkeypatch.setattr(street_dataset, "VAL", 1)
    return tmp_path / "datasets"


def test_the_dataset_is_rendered_once(cache, capsys, monkeypatch):
    folder = streets_folder()
    assert folder == cache / "streets-v1"
    assert len([*folder.glob("train/*.jpg")]) == 2
    assert len([*folder.glob("val/*.jpg")]) == 1
    assert f"[INFO] rendering 3 street scenes into {folder}" in capsys.readouterr().out
    monkeypatch.setattr(street_dataset, "render_pair", None)  # would raise if called
    assert streets_folder() == folder
    assert capsys.readouterr().out == ""


def test_an_interrupted_rendering_leaves_no_dataset(cache, monkeypatch):
    def fail_at_the_second(index):
        if index == 1:
            raise RuntimeError("out of paint")
        return render_pair(index)

    monkeypatch.setattr(street_dataset, "render_pair", fail_at_the_second)
    with pytest.raises(RuntimeError, match="out of paint"):
        streets_folder()
    assert [path.name for path in cache.iterdir() if path.is_dir()] == []
    monkeypatch.setattr(street_dataset, "render_pair", render_pair)
    assert len([*streets_folder().glob("train/*.jpg")]) == 2
