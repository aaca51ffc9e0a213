"""What a run that goes on keeps, and what it may change."""

import json

import pytest

from pyimagesearch import config
from pyimagesearch.errors import UserError
from pyimagesearch.training.resume import check_same_pairs
from pyimagesearch.training.training_settings import parse_training_settings


@pytest.fixture
def begun(tmp_path):
    """A run that was begun with these flags; gives what resumes it with others."""

    def begin(*flags, precision="float32"):
        settings = parse_training_settings([*flags, "--output", str(tmp_path)])
        settings.precision = precision  # as chosen for the machine
        record = json.dumps({"settings": vars(settings)})
        (tmp_path / config.RUN_FILE).write_text(record)
        (tmp_path / "checkpoints").mkdir()
        (tmp_path / config.CHECKPOINT_FILE).touch()
        return lambda *others: parse_training_settings(
            ["--output", str(tmp_path), "--resume", *others]
        )

    return begin


def test_it_goes_on_with_its_settings(begun):
    resumed = begun("--recipe", "quick", "--image-size", "32x48", "--seed", "7")()
    assert (resumed.recipe, resumed.seed) == ("quick", 7)
    assert resumed.image_size == (32, 48)
    assert resumed.batch_size == config.RECIPES["quick"]["batch_size"]
    assert resumed.resume


def test_the_same_flags_again_are_no_contradiction(begun, tmp_path):
    flags = ("--data", str(tmp_path), "--batch-size", "3", "--l1-weight", "100")
    assert begun(*flags)(*flags).l1_weight == 100


def test_contradictions_are_named(begun):
    resume = begun("--batch-size", "3", "--image-size", "64")
    with pytest.raises(UserError) as error:
        resume("--batch-size", "4", "--image-size", "64x32", "--seed", "42")
    sentence = str(error.value)
    assert "--image-size 64x64, not 64x32; --batch-size 3, not 4: resume" in sentence
    assert "run without --resume to start over" in sentence


def test_a_longer_run_is_no_contradiction(begun):
    resume = begun("--epochs", "3")
    resumed = resume("--epochs", "5", "--checkpoint-interval", "2", "--cache", "none")
    assert resumed.epochs == 5


@pytest.mark.parametrize("asked", [(), ("--precision", "auto")])
def test_the_precision_is_that_of_the_checkpoint(begun, asked):
    resume = begun(precision="mixed_bfloat16")
    assert resume(*asked).precision == "mixed_bfloat16"
    with pytest.raises(UserError, match="--precision mixed_bfloat16, not float32"):
        resume("--precision", "float32")


def test_without_a_checkpoint_the_flags_hold(begun, tmp_path):
    resume = begun("--batch-size", "3")
    (tmp_path / config.CHECKPOINT_FILE).unlink()
    assert resume().batch_size == config.TRAIN_BATCH_SIZE


def test_without_resume_the_flags_hold(begun, tmp_path):
    begun("--batch-size", "3")
    settings = parse_training_settings(["--output", str(tmp_path)])
    assert settings.batch_size == config.TRAIN_BATCH_SIZE


def test_a_checkpoint_of_what_is_refused(begun, tmp_path):
    resume = begun()
    (tmp_path / config.RUN_FILE).unlink()
    with pytest.raises(UserError, match=r"a checkpoint but no run\.json"):
        resume()


def test_other_pairs_are_refused_and_other_versions_said(tmp_path, capsys):
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
    with pytest.raises(UserError, match="pairs in mine are not those of the run"):
        check_same_pairs(tmp_path, record({"train": 2}, "3.10"))
