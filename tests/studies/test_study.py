"""The command, with trainings that are only pretended."""

import json
import signal
import sys

import pytest
from matplotlib.image import imread

from pyimagesearch import study
from pyimagesearch.cli import run_command
from pyimagesearch.errors import UserError
from pyimagesearch.studies import plan
from pyimagesearch.studies.drawings import PANEL, save_study_curves
from pyimagesearch.translation.generator import save_generator
from pyimagesearch.visualization import GRID_CELL, GRID_GAP, GRID_TITLE

FLAGS = ("--seconds", "80", "--image-size", "32", "--sets", "streets", "--recipes")
STEP = {"tutorial": 5.0, "best": 0.5, "paper": 100.0}


@pytest.fixture
def command(tmp_path, monkeypatch, pairs_folder, networks):
    """Runs it; every cell's curve falls with the steps that it is given."""
    asked = []

    class Pool:
        def __init__(self, *args, **kwargs):
            pass

        __enter__ = lambda self: self  # noqa: E731
        __exit__ = lambda *_: None  # noqa: E731

        def submit(self, measured, variants, image_size, seconds):
            assert (image_size, seconds) == ((32, 32), 80 / 60)
            asked.append(variants)
            self.steps = {name: {"seconds": STEP[name]} for name in variants}
            return self

        def result(self):
            return {"device": "CPU", "steps": self.steps}

    def trained(folder, cell, flags):
        steps = int(flags[flags.index("--steps-per-epoch") + 1])
        save_generator(networks[0], folder / cell.folder / "models/generator.keras")
        return {
            **cell._asdict(),
            "flags": " ".join(flags),
            "steps": steps * plan.POINTS,
            "batch_size": 4,
            "curve": [
                {"steps": steps * n, "l1": 1 / (steps * n) + cell.seed / 1e6, "psnr": n}
                for n in range(1, plan.POINTS + 1)
            ],
        }

    monkeypatch.setattr(study.concurrent.futures, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(study, "trained", trained)
    monkeypatch.setitem(plan.SETS, "streets", ("--data", str(pairs_folder)))

    def run(*recipes, flags=FLAGS):
        words = ["study", *flags, *recipes, "--output", str(tmp_path / "study")]
        monkeypatch.setattr(sys, "argv", words)
        study.main()
        return tmp_path / "study"

    run.asked = asked
    return run


def test_seconds_become_steps_and_a_table_with_pictures(command, capsys):
    folder = command("tutorial", "best")
    figures = json.loads((folder / "study.json").read_text())
    cells = {(cell["variant"], cell["seed"]): cell for cell in figures["cells"]}
    assert figures["seconds"] == 80.0
    assert cells.keys() == {(n, s) for n in ("tutorial", "best") for s in plan.SEEDS}
    assert cells["tutorial", 42]["steps"] == 16  # of 5 s
    assert cells["best", 43]["steps"] == 160

    table = (folder / "streets.md").read_text()
    assert table in capsys.readouterr().out + "\n"
    assert (
        "| `best` | 0.0063 (0.0063 - 0.0063) | 8.00 (8.00 - 8.00) | 160 x 4 |" in table
    )
    grid = imread(folder / "streets-pictures.png")
    assert grid.shape[:2] == (
        GRID_TITLE + 3 * (GRID_CELL + GRID_GAP),
        GRID_GAP + 4 * (GRID_CELL + GRID_GAP),
    )


def test_it_goes_on_with_the_pace_that_it_began_with(command):
    command("tutorial")
    command("tutorial")
    folder = command("best", "tutorial")
    assert command.asked == [["tutorial"], ["best"]]
    steps = json.loads((folder / "pace.json").read_text())["pace"]["steps"]
    assert steps == {"tutorial": {"seconds": 5.0}, "best": {"seconds": 0.5}}
    with pytest.raises(UserError, match="other --seconds or another --image-size"):
        command("tutorial", flags=("--seconds", "81", *FLAGS[2:]))


def test_interrupted_it_says_that_it_goes_on(command, monkeypatch, capsys):
    def interrupted(*_):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(study, "trained", interrupted)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        run_command(lambda: command("tutorial"))
    assert ended.value.code == 130
    assert "[ERROR] interrupted: the same command goes on" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before


def test_at_least_a_step_between_two_points(command):
    folder = command("paper")
    (cell, _) = json.loads((folder / "study.json").read_text())["cells"]
    assert cell["steps"] == plan.POINTS


def test_a_panel_for_each_score_over_seconds_and_pictures(tmp_path):
    from tiny_study import STUDY

    path = tmp_path / "curves.png"
    save_study_curves(path, STUDY, "streets")
    height, width, _ = imread(path).shape
    assert width == pytest.approx(2 * PANEL[0] * 110, abs=2)
    assert height == pytest.approx((2 * PANEL[1] + 0.6) * 110, abs=2)
