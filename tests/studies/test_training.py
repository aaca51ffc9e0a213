"""One training of a study: how it is started, and what is read of it."""

import json
from pathlib import Path

import pytest

from pyimagesearch.atomic import write_csv
from pyimagesearch.errors import UserError
from pyimagesearch.studies import training
from pyimagesearch.studies.plan import Cell
from pyimagesearch.studies.training import flags_of, trained
from pyimagesearch.training.training_settings import parse_training_settings

CELL = Cell("streets", "best, rate 2e-4", 43)
FLAGS = flags_of(CELL, (32, 64), 7, None)


def test_the_flags_are_a_trainings():
    flags = flags_of(CELL, (32, 64), 7, "there.tar.gz")
    settings = parse_training_settings(flags)
    assert (settings.dataset, settings.direction) == ("streets", "AtoB")
    assert settings.dataset_url is None  # it is the facades'
    assert (settings.recipe, settings.learning_rate) == ("best", 2e-4)
    assert settings.image_size == (32, 64)
    assert (settings.epochs, settings.steps_per_epoch, settings.seed) == (8, 7, 43)
    facades = flags_of(Cell("facades", "tutorial", 42), (32, 64), 7, "there.tar.gz")
    settings = parse_training_settings(facades)
    assert settings.dataset == "facades"
    assert settings.dataset_url == str(Path("there.tar.gz").absolute())
    assert settings.direction is None


def leave_run(run, results, *other):
    """What a training of two epochs of 7 steps of 4 leaves."""
    (run / "checkpoints").mkdir(parents=True)
    (run / "checkpoints" / "last.npz").touch()
    rows = [
        {"epoch": 0, "images_per_second": 14.0, "val_l1Loss": 0.5, "val_psnr": 11.0},
        {"epoch": 1, "images_per_second": 7.0, "val_l1Loss": 0.25, "val_psnr": 12.0},
    ]
    write_csv(run / "logs" / "history.csv", rows)
    settings = vars(parse_training_settings([*FLAGS, "--output", str(run), *other]))
    record = {"settings": {**settings, "precision": "float32"}, "results": results}
    (run / "run.json").write_text(json.dumps(record))


def test_a_training_is_read_and_not_done_again(tmp_path, monkeypatch):
    started = []

    def train(run, flags):
        started.append(flags)
        leave_run(run, {"seconds": 1})

    monkeypatch.setattr(training, "_train", train)
    expected = {
        **CELL._asdict(),
        "flags": " ".join(FLAGS),
        "steps": 14,
        "batch_size": 4,
        "precision": "float32",
        "seconds": 28 / 14 + 28 / 7,
        "curve": [
            {"steps": 7, "l1": 0.5, "psnr": 11.0},
            {"steps": 14, "l1": 0.25, "psnr": 12.0},
        ],
    }
    for _ in range(2):
        assert trained(tmp_path, CELL, FLAGS) == expected
    assert started == [FLAGS]
    assert not (tmp_path / CELL.folder / "checkpoints" / "last.npz").exists()


def test_a_training_of_other_settings_is_not_taken_for_this_one(tmp_path):
    leave_run(tmp_path / CELL.folder, {"seconds": 1}, "--l1-weight", "7")
    with pytest.raises(UserError, match=r"has --l1-weight 7\.0, not 300\.0: name an"):
        trained(tmp_path, CELL, FLAGS)


def test_a_training_that_was_cut_off_goes_on(tmp_path, monkeypatch):
    leave_run(tmp_path / CELL.folder, None)
    found = []

    def train(run, flags):
        found.append((run / "checkpoints" / "last.npz").exists())
        record = json.loads((run / "run.json").read_text())
        (run / "run.json").write_text(json.dumps({**record, "results": {"seconds": 1}}))

    monkeypatch.setattr(training, "_train", train)
    assert trained(tmp_path, CELL, FLAGS)["steps"] == 14
    assert found == [True]


def test_a_training_that_fails_says_its_last_line_and_where_the_rest_is(
    tmp_path, monkeypatch
):
    script = tmp_path / "script.py"
    script.write_text("import sys; print('first'); sys.exit(f'flags: {sys.argv[1:]}')")
    monkeypatch.setattr(training, "SCRIPT", script)
    run = tmp_path / CELL.folder
    words = rf"ended with 1: flags: \['--a', '--output', '{run}', '--resume'\] \(see "
    with pytest.raises(UserError, match=words):
        trained(tmp_path, CELL, ["--a"])
    assert (run / "logs" / "training.log").read_text().startswith("first")
