"""Which settings a resumed run keeps, and which may change."""

import json

import pytest

from pyimagesearch import config
from pyimagesearch.errors import UserError
from pyimagesearch.training.resume import check_same_pairs
from pyimagesearch.training.training_settings import parse_training_settings


@pytest.fixture
def start_run(tmp_path):
    """Start a run with some flags; returns a function that resumes it with others."""

    def start(*flags, precision="float32"):
        settings = parse_training_settings([*flags, "--output", str(tmp_path)])
        settings.precision = precision  # as chosen for the machine
        record = json.dumps({"settings": vars(settings)})
        (tmp_path / config.RUN_FILE).write_text(record)
        (tmp_path / "checkpoints").mkdir()
        (tmp_path / config.CHECKPOINT_FILE).touch()
        return lambda *others: parse_training_settings(
            ["--output", str(tmp_path), "--resume", *others]
        )

    return start


def test_resumed_run_keeps_its_settings(start_run):
    resumed = start_run("--recipe", "quick", "--image-size", "32x48", "--seed", "7")()
    assert (resumed.recipe, resumed.seed) == ("quick", 7)
    assert resumed.image_size == (32, 48)
    assert resumed.batch_size == config.RECIPES["quick"]["batch_size"]
    assert resumed.resume


def test_same_flags_are_no_contradiction(start_run, tmp_path):
    flags = ("--data", str(tmp_path), "--batch-size", "3", "--l1-weight", "100")
    assert start_run(*flags)(*flags).l1_weight == 100


def test_contradictions_are_named(start_run):
    resume = start_run("--batch-size", "3", "--image-size", "64")
    with pytest.raises(UserError) as error:
        resume("--batch-size", "4", "--image-size", "64x32", "--seed", "42")
    message = str(error.value)
    assert "has --image-size 64x64, not 64x32; --batch-size 3, not 4: resume" in message
    assert "run without --resume to start over" in message


def test_more_epochs_are_no_contradiction(start_run):
    resume = start_run("--epochs", "3")
    resumed = resume("--epochs", "5", "--checkpoint-interval", "2", "--cache", "none")
    assert resumed.epochs == 5


@pytest.mark.parametrize("asked", [(), ("--precision", "auto")])
def test_precision_is_that_of_the_checkpoint(start_run, asked):
    resume = start_run(precision="mixed_bfloat16")
    assert resume(*asked).precision == "mixed_bfloat16"
    with pytest.raises(UserError, match="--precision mixed_bfloat16, not float32"):
        resume("--precision", "float32")


def test_without_a_checkpoint_the_flags_apply(start_run, tmp_path):
    resume = start_run("--batch-size", "3")
    (tmp_path / config.CHECKPOINT_FILE).unlink()
    assert resume().batch_size == config.TRAIN_BATCH_SIZE


def test_without_resume_the_flags_apply(start_run, tmp_path):
    start_run("--batch-size", "3")
    settings = parse_training_settings(["--output", str(tmp_path)])
    assert settings.batch_size == config.TRAIN_BATCH_SIZE


def test_checkpoint_without_a_record_is_refused(start_run, tmp_path):
    resume = start_run()
    (tmp_path / config.RUN_FILE).unlink()
    with pytest.raises(UserError, match=r"a checkpoint but no run\.json"):
        resume()


def test_other_pairs_are_refused_and_other_versions_a_warning(tmp_path, capsys):
    def record(pairs, keras):
        return {
            "settings": {"dataset": None},
            "source": {"folder": "mine"},
            "pairs": pairs,
            "versions": {"keras": keras, "numpy": "2"},
        }

    (tmp_path / config.RUN_FILE).write_text(json.dumps(record({"train": 1}, "3.10")))
    check_same_pairs(tmp_path, record({"train": 1}, "3.10"))
    assert capsys.readouterr().err == ""
    check_same_pairs(tmp_path, record({"train": 1}, "3.15"))
    assert "started with keras 3.10 and resumes with 3.15" in capsys.readouterr().err
    with pytest.raises(UserError, match="pairs in mine differ from those that the run"):
        check_same_pairs(tmp_path, record({"train": 2}, "3.10"))
