"""The command, with pretended trainings."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.image import imread
from recipe_study import study
from recipe_study.experiments import POINTS
from recipe_study.figures import DPI, PANEL, save_study_curves
from tiny_study import STUDY, create_experiment

from pyimagesearch.cli import run_command
from pyimagesearch.errors import UserError
from pyimagesearch.translation.generator import save_generator
from pyimagesearch.visualization import GRID_CELL, GRID_GAP, GRID_TITLE

REPOSITORY = Path(__file__).parents[2]
FLAGS = ("--seconds", "80", "--image-size", "32", "--tasks", "streets-photos")
L1 = {"tutorial": 0.5, "paper": 0.25, "fast": 0.125}


@pytest.fixture
def command(tmp_path, monkeypatch, pairs_folder, networks):
    """Runs it; returns the folder of the study."""
    made = []

    def run_experiment(folder, experiment, flags, seconds):
        assert seconds == 80
        task, variant, seed = experiment
        made.append(experiment)
        save_generator(
            networks[0], folder / experiment.folder / "models/generator.keras"
        )
        curve = [(L1[variant] + seed / 1e6, n) for n in range(1, POINTS + 1)]
        result = create_experiment(variant, seed, *curve, task=task)
        return result | {"flags": " ".join(flags)}

    def prepare_pairs(folder, dataset, url, is_tuning):
        made.append((dataset, url, is_tuning))
        return pairs_folder

    monkeypatch.setattr(study, "run_experiment", run_experiment)
    monkeypatch.setattr(study, "prepare_pairs", prepare_pairs)

    def run(*recipes, flags=FLAGS):
        words = ["study", *flags, "--recipes", *recipes]
        words += ["--output", str(tmp_path / "study")]
        monkeypatch.setattr(sys, "argv", words)
        study.main()
        return tmp_path / "study"

    run.made = made
    return run


def test_the_results_become_a_table_with_figures(command, capsys):
    folder = command("tutorial", "fast")
    result = json.loads((folder / "study.json").read_text())
    found = [(each["variant"], each["seed"]) for each in result["experiments"]]
    assert found == [(n, s) for s in (42, 43) for n in ("tutorial", "fast")]
    assert (result["seconds"], result["image_size"]) == (80, [32, 32])
    table = (folder / "streets-photos.md").read_text()
    assert table in capsys.readouterr().out + "\n"
    row = "| `fast` | 0.1250, 0.1250 (0.0750 - 0.1750) | 8.00, 8.00 (7.00 - 9.00) | 80"
    assert row in table
    assert (folder / "streets-photos-curves.png").exists()
    grid = imread(folder / "streets-photos-images.png")
    stride = GRID_CELL + GRID_GAP
    assert grid.shape[:2] == (GRID_TITLE + 3 * stride, GRID_GAP + 4 * stride)


def test_the_generator_that_reads_photos_back_is_trained_before(command):
    command("paper", flags=(*FLAGS, "--seeds", "43"))
    experiments = [each for each in command.made if each[2] in (42, 43)]
    assert experiments == [
        ("streets-labels", "fast", 42),
        ("streets-photos", "paper", 43),
    ]
    assert ("streets", None, False) in command.made


def test_facades_come_from_the_given_address(command):
    flags = (*FLAGS[:-1], "facades", "--facades-url", "there.tar.gz", "--tune")
    command("paper", flags=(*flags, "--seeds", "42"))
    assert command.made[0] == ("facades", "there.tar.gz", True)


def test_a_study_of_other_seconds_or_sizes_is_not_continued(command):
    command("tutorial")
    command("tutorial")
    with pytest.raises(UserError, match="has --seconds 80.0 and --image-size 32x32: "):
        command("tutorial", flags=("--seconds", "81", *FLAGS[2:]))
    folder = command("tutorial")
    (folder / "study.json").write_text("[]")
    with pytest.raises(UserError, match="study.json is not of a study: "):
        command("tutorial")


def test_an_interrupted_study_says_how_to_resume(command, monkeypatch, capsys):
    def interrupt(*_):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(study, "run_experiment", interrupt)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        run_command(lambda: command("tutorial"))
    assert ended.value.code == 130
    assert "[ERROR] interrupted: run the same command" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_panel_for_each_score_over_seconds_and_images(tmp_path):
    path = tmp_path / "curves.png"
    save_study_curves(path, STUDY, "streets-photos")
    height, width, _ = imread(path).shape
    assert width == pytest.approx(2 * PANEL[0] * DPI, abs=2)
    assert height == pytest.approx((2 * PANEL[1] + 0.6) * DPI, abs=2)


def test_the_folder_runs_from_anywhere(tmp_path):
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "scripts" / "recipe_study"), "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("usage: python scripts/recipe_study [FLAG ...]")
