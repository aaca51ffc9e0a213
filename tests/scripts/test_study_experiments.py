"""The experiments of the study: which there are, and how one is run."""

import json
from pathlib import Path

import pytest
from recipe_study import experiments
from recipe_study.experiments import (
    DATASETS,
    SEEDS,
    VARIANTS,
    Experiment,
    list_experiments,
    list_flags,
    run_experiment,
)
from recipe_study.step_time import parse_variant

from pyimagesearch.atomic import write_csv
from pyimagesearch.errors import UserError
from pyimagesearch.training.training_settings import parse_training_settings

EXPERIMENT = Experiment("streets", "best, rate 2e-4", 43)
FLAGS = list_flags(EXPERIMENT, (32, 64), 7, None)


def test_the_recipes_come_first_and_with_every_seed():
    variants = ["best, rate 2e-4", "tutorial", "best"]
    assert list_experiments(["streets"], variants) == [
        Experiment("streets", "tutorial", 42),
        Experiment("streets", "best", 42),
        Experiment("streets", "tutorial", 43),
        Experiment("streets", "best", 43),
        Experiment("streets", "best, rate 2e-4", 42),
    ]


def test_every_experiment_has_its_own_folder():
    everything = list_experiments(list(DATASETS), list(VARIANTS))
    assert len(everything) == 2 * (3 * len(SEEDS) + len(VARIANTS) - 3)
    assert len({experiment.folder for experiment in everything}) == len(everything)
    assert Experiment("facades", "tutorial, paper's networks", 42).folder == (
        "runs/facades/tutorial-paper-s-networks-42"
    )


@pytest.mark.parametrize(
    "variant", [variant for variant in VARIANTS if ", " in variant]
)
def test_a_variant_is_one_change_of_its_recipe(variant):
    recipe = vars(parse_variant(variant.split(", ")[0], (64, 64)))
    changed = {
        name: value
        for name, value in vars(parse_variant(variant, (64, 64))).items()
        if value != recipe[name]
    }
    if variant == "tutorial, paper's networks":
        assert changed.pop("network") == "paper"
        changed = {"its parts": tuple(changed)}
    assert len(changed) == 1


def test_the_flags_are_those_of_a_training():
    flags = list_flags(EXPERIMENT, (32, 64), 7, "there.tar.gz")
    settings = parse_training_settings(flags)
    assert (settings.dataset, settings.direction) == ("streets", "AtoB")
    assert settings.dataset_url is None  # it is for facades only
    assert (settings.recipe, settings.learning_rate) == ("best", 2e-4)
    assert settings.image_size == (32, 64)
    assert (settings.epochs, settings.steps_per_epoch, settings.seed) == (8, 7, 43)
    facades = Experiment("facades", "tutorial", 42)
    settings = parse_training_settings(list_flags(facades, (32, 64), 7, "there.tar.gz"))
    archive = str(Path("there.tar.gz").absolute())
    assert (settings.dataset, settings.dataset_url) == ("facades", archive)
    assert settings.direction is None


def leave_run(run, results, *other):
    """Writes what a training of two epochs of 7 steps of 4 pairs leaves."""
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


def test_a_finished_training_is_read_and_not_repeated(tmp_path, monkeypatch):
    started = []

    def train(run, flags):
        started.append(flags)
        leave_run(run, {"seconds": 1})

    monkeypatch.setattr(experiments, "_train", train)
    expected = {
        **EXPERIMENT._asdict(),
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
        assert run_experiment(tmp_path, EXPERIMENT, FLAGS) == expected
    assert started == [FLAGS]
    assert not (tmp_path / EXPERIMENT.folder / "checkpoints" / "last.npz").exists()


def test_a_training_with_other_settings_is_refused(tmp_path):
    leave_run(tmp_path / EXPERIMENT.folder, {"seconds": 1}, "--l1-weight", "7")
    with pytest.raises(UserError, match=r"has --l1-weight 7\.0, not 300\.0: choose an"):
        run_experiment(tmp_path, EXPERIMENT, FLAGS)


def test_an_interrupted_training_is_resumed(tmp_path, monkeypatch):
    leave_run(tmp_path / EXPERIMENT.folder, None)
    found = []

    def train(run, flags):
        found.append((run / "checkpoints" / "last.npz").exists())
        record = json.loads((run / "run.json").read_text())
        (run / "run.json").write_text(json.dumps({**record, "results": {"seconds": 1}}))

    monkeypatch.setattr(experiments, "_train", train)
    assert run_experiment(tmp_path, EXPERIMENT, FLAGS)["steps"] == 14
    assert found == [True]


def test_a_failed_training_is_reported_with_its_last_line_and_its_log(
    tmp_path, monkeypatch
):
    script = tmp_path / "script.py"
    script.write_text("import sys; print('first'); sys.exit(f'flags: {sys.argv[1:]}')")
    monkeypatch.setattr(experiments, "SCRIPT", script)
    run = tmp_path / EXPERIMENT.folder
    flags = rf"\['--a', '--output', '{run}', '--resume'\]"
    message = rf"ended with exit status 1: flags: {flags} \(see "
    with pytest.raises(UserError, match=message):
        run_experiment(tmp_path, EXPERIMENT, ["--a"])
    assert (run / "logs" / "training.log").read_text().startswith("first")
