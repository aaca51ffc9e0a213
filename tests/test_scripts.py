"""The commands, as a user runs them, on tiny street scenes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from tiny import random_image, write_image

import train_pix2pix
from pyimagesearch.config import INFER_BATCH_SIZE, TILE
from pyimagesearch.datasets.streets import write_streets
from pyimagesearch.training.run_lock import LOCK_FILE
from pyimagesearch.translation.generator import load_generator
from pyimagesearch.translation.input_files import complete_targets, list_jobs
from pyimagesearch.translation.translate import translate_files
from pyimagesearch.translation.translator import Translator
from pyimagesearch.visualization import GRID_CELL, GRID_GAP, GRID_TITLE

REPOSITORY = Path(train_pix2pix.__file__).parent
TINY = ("--image-size", "32", "--batch-size", "2", "--epochs", "2")
TINY += ("--steps-per-epoch", "2", "--monitor-interval", "5")


@pytest.fixture(scope="module")
def streets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streets")
    write_streets(folder, train=3, val=2, size=32)
    return folder


def command(script, *flags, cwd=REPOSITORY):
    return subprocess.run(
        [sys.executable, str(REPOSITORY / script), *flags],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def run_folder(streets, tmp_path_factory):
    """The run of a training on tiny street scenes, and the output of the training."""
    folder = tmp_path_factory.mktemp("run") / "outputs"
    done = command(
        "train_pix2pix.py", "--data", str(streets), "--output", str(folder), *TINY
    )
    assert done.returncode == 0, done.stderr
    assert "UserWarning" not in done.stderr
    return folder, done.stdout


def test_training_writes_its_run(run_folder):
    folder, output = run_folder
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    written = {name for name in files if "tensorboard" not in name}
    assert written - {LOCK_FILE} == {
        "checkpoints/last.npz",
        "images/000.png",
        "images/001.png",
        "logs/history.csv",
        "logs/losses.png",
        "models/best.keras",
        "models/generator.keras",
        "run.json",
    }
    record = json.loads((folder / "run.json").read_text())
    assert record["settings"]["image_size"] == [32, 32]
    assert 0 < record["results"]["validation"]["l1Loss"] < 2
    assert record["results"]["last_epoch"].keys() == {
        *("epoch", "seconds", "images_per_second"),
        *("dLoss", "gLoss", "ganLoss", "l1Loss", "realDiscLoss", "generatedLoss"),
        *("val_l1Loss", "val_psnr", "val_ssim", "learning_rate"),
    }
    assert record["results"]["validation"].keys() == {"l1Loss", "psnr", "ssim"}
    lines = [line for line in output.splitlines() if line.startswith("[INFO]")]
    assert any("building the input pipelines" in line for line in lines)
    assert any("saving the generator" in line for line in lines)
    assert f"L1 {record['results']['validation']['l1Loss']:.4f}, PSNR" in lines[-2]
    best = record["results"]["best"]
    assert f"epoch {best['epoch']}, val_l1Loss {best['value']:.4f}, kept" in lines[-1]


def test_inference_draws_the_pairs_of_the_run(run_folder, streets, tmp_path):
    folder, _ = run_folder
    done = command("inference.py", "--run", str(folder), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    grid = np.rint(imread(folder / "images" / "grid.png")[..., :3] * 255)
    assert grid.shape[0] == GRID_TITLE + 2 * (
        GRID_CELL + GRID_GAP
    )  # two validation pairs, two rows

    first = imread(sorted((streets / "val").iterdir())[0])  # photo | labels
    zoom = GRID_CELL // 32
    shown = grid[GRID_TITLE : GRID_TITLE + GRID_CELL : zoom, :]
    mask = shown[:, GRID_GAP : GRID_GAP + GRID_CELL : zoom]
    target = shown[
        :, 3 * GRID_GAP + 2 * GRID_CELL : 3 * GRID_GAP + 3 * GRID_CELL : zoom
    ]
    # two JPEG decoders differ by up to a few levels
    assert np.abs(mask - first[:, 32:]).max() <= 4
    assert np.abs(target - first[:, :32]).max() <= 4


def test_images_are_translated_without_the_run(run_folder, tmp_path):
    folder, _ = run_folder
    model = shutil.copy(folder / "models" / "generator.keras", tmp_path / "g.keras")
    photos = {"a.png": (7, 50), "x/b.png": (33, 47), "x/y/c.jpg": (32, 32)}
    for seed, (name, size) in enumerate(photos.items()):
        write_image(tmp_path / "photos" / name, random_image(seed, *size))
    (tmp_path / "photos" / "x" / "broken.webp").write_bytes(b"no image")

    done = command("inference.py", "--model", model, "--input", "photos", cwd=tmp_path)
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("[")]
    assert errors == [
        f"[WARNING] {Path('photos/x/broken.webp')} cannot be read: it is not an image, "
        f"or was cut short",
        "[ERROR] 1 of 4 images could not be translated",
    ]
    output = tmp_path / "outputs" / "images" / "translated"
    written = {path.relative_to(output).as_posix() for path in output.rglob("*.*")}
    assert written == {"a.png", "x/b.png", "x/y/c.png"}
    for name, size in photos.items():
        assert imread((output / name).with_suffix(".png")).shape == (*size, 3)

    # the same bytes if translated alone, in another process
    again = tmp_path / "again"
    jobs = list_jobs([str(tmp_path / "photos" / "x" / "b.png")], again)
    translate_files(jobs, Translator(load_generator(model), INFER_BATCH_SIZE, TILE))
    bytes_before = (output / "x" / "b.png").read_bytes()
    assert (again / "b.png").read_bytes() == bytes_before


def test_samples_are_the_same_in_every_process(run_folder, tmp_path):
    folder, _ = run_folder
    model = folder / "models" / "generator.keras"
    photo = write_image(tmp_path / "photo.png", random_image(0, 40, 50))
    flags = ("--model", str(model), "--input", str(photo), "--seed", "7")
    done = command("inference.py", *flags, "--samples", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "images to translate: 1, with dropout: 2 samples of each" in done.stdout
    output = tmp_path / "outputs" / "images" / "translated"
    assert f"images written to {output.relative_to(tmp_path)}: 2" in done.stdout
    assert {path.name for path in output.iterdir()} == {"photo-1.png", "photo-2.png"}

    jobs = list_jobs([str(photo)], tmp_path / "again")
    jobs = complete_targets(jobs, ".png", samples=3)
    generator = load_generator(model)
    translate_files(jobs, Translator(generator, INFER_BATCH_SIZE, TILE, seed=7))
    for name in ("photo-1.png", "photo-2.png"):
        again = (tmp_path / "again" / name).read_bytes()
        assert (output / name).read_bytes() == again


def test_package_is_imported_as_in_the_tutorial(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    code = (
        "from pyimagesearch.train_monitor import get_train_monitor\n"
        "from pyimagesearch.data_preprocess import load_dataset\n"
        "from pyimagesearch.Pix2PixTraining import Pix2PixTraining\n"
        "from pyimagesearch.Pix2PixGAN import Pix2Pix\n"
        "from pyimagesearch import config\n"
        "import os; print(os.environ['TF_CPP_MIN_LOG_LEVEL'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, "TF_CPP_MIN_LOG_LEVEL": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["1"]  # the user's own value stays


@pytest.mark.parametrize("flag", ["--help", "--version", "--no-such-flag"])
@pytest.mark.parametrize(
    "script",
    [
        "train_pix2pix.py",
        "inference.py",
        "pyimagesearch/evaluate.py",
        "pyimagesearch/export/__main__.py",
        "pyimagesearch/import_weights.py",
    ],
)
def test_help_and_wrong_flags_do_not_import_tensorflow(script, flag):
    module = script.removesuffix(".py").replace("/", ".")
    code = f"""
import runpy, sys
sys.argv = [{script!r}, {flag!r}]
try:
    runpy.run_module({module!r}, run_name="__main__")
except SystemExit as ended:
    print("status", ended.code)
    print("slow", sorted({{"tensorflow", "keras"}} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    *_, status, slow = done.stdout.splitlines()
    assert status == f"status {2 if flag == '--no-such-flag' else 0}", done.stderr
    assert slow == "slow []"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs names of any bytes")
def test_names_that_are_not_utf8_go_through_all_commands(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    for seed, split in enumerate(("train", "train", "val")):
        path = write_image(tmp_path / "own" / split / "1.png", random_image(seed))
        path.rename(path.with_name(os.fsdecode(b"caf\xe9%d.png" % seed)))
    folder = (tmp_path / "own").rename(tmp_path / os.fsdecode(b"own\xe9"))
    run = tmp_path / os.fsdecode(b"run\xe9")
    read, where = ("--data", str(folder)), ("--run", str(run))
    for words in (
        ("train_pix2pix.py", *read, "--output", str(run), *TINY, "--cache", "none"),
        ("inference.py", *where, "--input", str(folder)),
        ("-m", "pyimagesearch.evaluate", *where),
    ):
        done = subprocess.run(
            [sys.executable, *words],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert r"\udce9" in done.stdout
    translated = run / "images" / "translated" / "train"
    assert (translated / os.fsdecode(b"caf\xe90.png")).is_file()
    (image,) = json.loads((run / "report" / "metrics.json").read_text())["images"]
    assert image["name"] == "val/caf\udce92"
