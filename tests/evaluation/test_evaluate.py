"""The evaluation command on tiny street scenes."""

import csv
import json
import re
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import train_pix2pix
from pyimagesearch import evaluate
from pyimagesearch.cli import run_command
from pyimagesearch.datasets.folders import list_pairs
from pyimagesearch.datasets.image_decoding import read_image
from pyimagesearch.datasets.palettes import CITYSCAPES
from pyimagesearch.datasets.streets import write_streets
from pyimagesearch.metrics.feature_distances import frechet_distance, kernel_distance
from pyimagesearch.metrics.segmentation import nearest_class
from pyimagesearch.translation.generator import save_generator

TINY = ("--image-size", "32", "--batch-size", "2", "--epochs", "1")
TINY += ("--steps-per-epoch", "2", "--monitor-interval", "5")


@pytest.fixture(scope="module")
def streets(tmp_path_factory):
    """Five training and three validation pairs, so that the last batch has one."""
    folder = tmp_path_factory.mktemp("streets")
    write_streets(folder, train=5, val=3, size=32)
    return folder


@pytest.fixture(scope="module")
def run_folder(streets, tmp_path_factory):
    """The folder of a training in mixed precision, from labels to photos."""
    folder = tmp_path_factory.mktemp("run") / "outputs"
    flags = ("--data", streets, "--label-side", "B", "--output", folder, *TINY)
    policy = keras.config.dtype_policy()
    with pytest.MonkeyPatch.context() as patch:
        argv = ["train", *map(str, flags), "--precision", "mixed_bfloat16"]
        patch.setattr(sys, "argv", argv)
        train_pix2pix.main()
    keras.config.set_dtype_policy(policy)
    return folder


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the evaluation in this process and return `metrics.json`."""
    # It cannot be turned off again for the following tests.
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: None)

    def run(output, *flags):
        argv = ["evaluate", *map(str, flags), "--output", str(output)]
        monkeypatch.setattr(sys, "argv", argv)
        run_command(evaluate.main)
        return read_metrics(output)

    return run


@pytest.fixture
def generator_file(tmp_path):
    """Save a small network as a generator, in a folder like a run's."""

    def save(name, **record):
        keras.utils.set_random_seed(1)
        layers = [keras.Input((32, 32, 3)), keras.layers.Conv2D(3, 3, padding="same")]
        path = tmp_path / name / "models" / "generator.keras"
        save_generator(keras.Sequential(layers), path)
        if record:
            settings = {"settings": {"dataset": "streets"}}
            (tmp_path / name / "run.json").write_text(json.dumps(record | settings))
        return path

    return save


def read_metrics(folder):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    text = (folder / "metrics.json").read_text(encoding="utf-8")
    return json.loads(text, parse_constant=refuse)


def read_sides(streets, split):
    """Read the photos and label maps of a split, each uint8 (pairs, H, W, 3)."""
    both = np.array([read_image(pair.left) for pair in list_pairs(streets, split)])
    return both[:, :, :32], both[:, :, 32:]


def test_every_evaluation_of_a_run_gives_the_same_scores(run_folder, command, tmp_path):
    # In its own process, as a user runs it.
    done = subprocess.run(
        [sys.executable, "-m", "pyimagesearch.evaluate", "--run", str(run_folder)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^L1 +0\.\d{4} +0\.\d{4} to 0\.\d{4}", done.stdout, re.MULTILINE)
    report = run_folder / "report"
    assert "no grid artifacts: they need images of 64x64 pixels or more" in done.stdout
    assert re.search(r"^sharpness +\d", done.stdout, re.MULTILINE)
    assert done.stdout.endswith(f"wrote the results to {report}\n")
    metrics = read_metrics(report)
    again = command(tmp_path / "again", "--run", run_folder)
    assert command(tmp_path / "once more", "--run", run_folder) == again
    for name, score in metrics["scores"].items():
        assert again["scores"][name]["mean"] == pytest.approx(score["mean"], rel=1e-3)

    # The training has evaluated the same pairs.
    validation = json.loads((run_folder / "run.json").read_text())["results"]
    for name, logged in {"l1": "l1Loss", "psnr": "psnr", "ssim": "ssim"}.items():
        score = metrics["scores"][name]
        expected = validation["validation"][logged]
        # bfloat16 has 8 bits and rounds differently in batches of another size.
        assert score["mean"] == pytest.approx(expected, rel=1e-3)
        assert score["low"] <= score["mean"] <= score["high"]
        values = [image["scores"][name] for image in metrics["images"]]
        assert np.mean(values) == pytest.approx(score["mean"])

    with (report / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [i["name"] for i in metrics["images"]]
    assert float(rows[2]["psnr"]) == metrics["images"][2]["scores"]["psnr"]
    page = (report / "index.html").read_text(encoding="utf-8")
    assert "3 of 3 pairs" in page
    assert "closer to 1 is better" in page
    assert "mixed_bfloat16" in page
    assert page.count('class="chart"') > 1
    assert len(list(report.iterdir())) == 4


def test_baselines(run_folder, streets, command, tmp_path):
    scores = command(tmp_path, "--run", run_folder, "--no-report")["scores"]
    photos, labels = (side / 127.5 for side in read_sides(streets, "val"))
    mean = read_sides(streets, "train")[0].mean(0) / 127.5
    assert scores["l1"]["baselines"] == {
        "copy the input": pytest.approx(np.abs(photos - labels).mean(), rel=1e-5),
        "mean picture": pytest.approx(np.abs(photos - mean).mean(), rel=1e-5),
    }
    assert scores["psnr"]["baselines"].keys() == scores["l1"]["baselines"].keys()
    assert {path.name for path in tmp_path.iterdir()} == {"metrics.json", "metrics.csv"}


def test_label_maps_are_scored_by_their_colors(
    streets, command, generator_file, tmp_path
):
    flags = ("--data", streets, "--label-side", "B", "--direction", "AtoB")
    flags += ("--model", generator_file("AtoB"), "--palette", "streets")
    metrics = command(tmp_path / "report", *flags)
    photos, labels = read_sides(streets, "val")
    colors = np.array([*CITYSCAPES.values(), (0, 0, 0)])
    classes = nearest_class(labels, colors).numpy()
    predicted = nearest_class(photos, colors[:19]).numpy()
    accuracy = (predicted == classes)[classes < 19].mean()
    score = metrics["scores"]["pixel_accuracy"]
    assert score["baselines"]["copy the input"] == pytest.approx(accuracy)
    assert 0 < score["baselines"]["mean picture"] < 1
    shares = {one["name"]: one["share"] for one in metrics["classes"]}
    expected = (classes == 0).sum() / (classes < 19).sum()
    assert shares["road"] == pytest.approx(expected)
    assert {"l1", "class_iou"} < metrics["images"][0]["scores"].keys()
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "<h1>generator.keras</h1>" in page
    assert '<section id="losses" hidden>' in page


def test_photos_are_translated_back_into_labels(
    run_folder, command, generator_file, tmp_path
):
    segmenter = generator_file("AtoB", source={"direction": "AtoB"})
    flags = ("--run", run_folder, "--palette", "streets", "--segmenter", segmenter)
    metrics = command(tmp_path / "report", *flags, "--gallery", 2)
    score = metrics["scores"]["read_back_class_iou"]
    sources = {"copy the input", "mean picture", "real photos"}
    assert score["baselines"].keys() == sources
    assert metrics["segmenter"] == str(segmenter)
    assert metrics["classes"][0]["name"] == "road"
    images = (tmp_path / "report" / "images").iterdir()
    assert {path.name[:4] for path in images} == {"0001", "0003"}


def test_a_model_file_on_a_test_split_without_training_pairs(
    streets, command, generator_file, tmp_path, capsys, monkeypatch
):
    shutil.copytree(streets / "val", tmp_path / "pairs" / "test")
    monkeypatch.chdir(tmp_path)  # without an outputs/ folder
    flags = ("--model", generator_file("any"), "--data", tmp_path / "pairs")
    metrics = command(tmp_path / "report", *flags, "--split", "test")
    assert metrics["split"] == "test"
    assert metrics["images"][0]["name"].startswith("test/")
    assert metrics["scores"]["l1"]["baselines"].keys() == {"copy the input"}
    assert metrics["classes"] is None
    assert "the baseline 'mean picture' is left out" in capsys.readouterr().err


def test_fid_and_kid_have_intervals(
    run_folder, streets, command, tmp_path, monkeypatch, capsys
):
    """The features are the mean colors of the images, for want of the weights."""

    def stand_in(input_shape, **_):
        inputs = keras.Input(input_shape)
        return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs))

    monkeypatch.setattr(keras.applications, "InceptionV3", stand_in)
    flags = ("--run", run_folder, "--no-report", "--fid", "--kid")
    metrics = command(tmp_path / "report", *flags)
    photos, labels = (
        side.mean((1, 2)) / 127.5 - 1 for side in read_sides(streets, "val")
    )
    for name, distance in {"fid": frechet_distance, "kid": kernel_distance}.items():
        score = metrics["scores"][name]
        assert score["low"] < score["mean"] < score["high"]
        copied = score["baselines"]["copy the input"]
        assert copied == pytest.approx(distance(labels, photos), rel=0.01)
        low, high = score["differences"]["copy the input"]
        assert low < score["mean"] - copied < high
        assert name not in metrics["images"][0]["scores"]
    printed = capsys.readouterr().out
    assert re.search(r"^FID +\d\.\d+ +-?\d\.\d+ to \d\.\d+", printed, re.MULTILINE)


def test_a_failure_keeps_the_previous_report(
    streets, command, generator_file, tmp_path, capsys
):
    model, report = generator_file("run"), tmp_path / "report"
    flags = ("--model", model, "--data", streets)
    command(report, *flags)
    before = {p: p.read_bytes() for p in report.rglob("*") if p.is_file()}
    generator = keras.saving.load_model(model)
    generator.layers[0].bias.assign([np.nan] * 3)
    save_generator(generator, model)
    with pytest.raises(SystemExit) as ended:
        command(report, *flags)
    assert ended.value.code == 2
    assert "training has diverged" in capsys.readouterr().err
    assert {p: p.read_bytes() for p in report.rglob("*") if p.is_file()} == before
    assert len(list(report.iterdir())) == 4
