"""The command, with pretended measurements and trainings."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.image import imread
from recipe_study import experiments, study
from recipe_study.experiments import EPOCHS, SEEDS
from recipe_study.figures import DPI, PANEL, save_study_curves
from tiny_study import STUDY

from pyimagesearch.cli import run_command
from pyimagesearch.errors import UserError
from pyimagesearch.translation.generator import save_generator
from pyimagesearch.visualization import GRID_CELL, GRID_GAP, GRID_TITLE

REPOSITORY = Path(__file__).parents[2]
FLAGS = ("--seconds", "80", "--image-size", "32", "--datasets", "streets", "--recipes")
STEP = {"tutorial": 5.0, "best": 0.5, "paper": 100.0}


@pytest.fixture
def command(tmp_path, monkeypatch, pairs_folder, networks):
    """Runs it; the curve of every experiment falls with its steps."""
    measured = []

    def measure(variants, image_size, seconds):
        assert (image_size, seconds) == ((32, 32), 80 / 60)
        measured.append(variants)
        steps = {name: {"seconds": STEP[name]} for name in variants}
        return {"device": "CPU", "steps": steps}

    def run_experiment(folder, experiment, flags):
        steps = int(flags[flags.index("--steps-per-epoch") + 1])
        run = folder / experiment.folder
        save_generator(networks[0], run / "models/generator.keras")
        l1 = {n: 1 / (steps * n) + experiment.seed / 1e6 for n in range(1, EPOCHS + 1)}
        return {
            **experiment._asdict(),
            "flags": " ".join(flags),
            "steps": steps * EPOCHS,
            "batch_size": 4,
            "seconds": 90.0,
            "curve": [{"steps": steps * n, "l1": l1[n], "psnr": n} for n in l1],
        }

    monkeypatch.setattr(study, "measure_in_new_process", measure)
    monkeypatch.setattr(study, "run_experiment", run_experiment)
    monkeypatch.setitem(experiments.DATASETS, "streets", ("--data", str(pairs_folder)))

    def run(*recipes, flags=FLAGS):
        words = ["study", *flags, *recipes, "--output", str(tmp_path / "study")]
        monkeypatch.setattr(sys, "argv", words)
        study.main()
        return tmp_path / "study"

    run.measured = measured
    return run


def test_seconds_become_steps_and_a_table_with_figures(command, capsys):
    folder = command("tutorial", "best")
    result = json.loads((folder / "study.json").read_text())
    found = {(each["variant"], each["seed"]): each for each in result["experiments"]}
    assert result["seconds"] == 80.0
    assert found.keys() == {(n, s) for n in ("tutorial", "best") for s in SEEDS}
    assert found["tutorial", 42]["steps"] == 16  # of 5 s
    assert found["best", 43]["steps"] == 160

    table = (folder / "streets.md").read_text()
    assert table in capsys.readouterr().out + "\n"
    row = "| `best` | 0.0063 (0.0063 - 0.0063) | 8.00 (8.00 - 8.00) | 160 x 4 | 90 (90"
    assert row in table
    assert (folder / "streets-curves.png").exists()
    grid = imread(folder / "streets-images.png")
    assert grid.shape[:2] == (
        GRID_TITLE + 3 * (GRID_CELL + GRID_GAP),
        GRID_GAP + 4 * (GRID_CELL + GRID_GAP),
    )


def test_a_resumed_study_keeps_its_step_times(command):
    command("tutorial")
    command("tutorial")
    folder = command("best", "tutorial")
    assert command.measured == [["tutorial"], ["best"]]
    stored = json.loads((folder / "step_times.json").read_text())
    steps = stored["step_times"]["steps"]
    assert steps == {"tutorial": {"seconds": 5.0}, "best": {"seconds": 0.5}}
    with pytest.raises(UserError, match="has --seconds 80.0 and --image-size 32x32: "):
        command("tutorial", flags=("--seconds", "81", *FLAGS[2:]))


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


def test_an_epoch_has_at_least_one_step(command):
    folder = command("paper")
    (first, _) = json.loads((folder / "study.json").read_text())["experiments"]
    assert first["steps"] == EPOCHS


def test_a_panel_for_each_score_over_seconds_and_images(tmp_path):
    path = tmp_path / "curves.png"
    save_study_curves(path, STUDY, "streets")
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
