"""Which default, recipe or flag wins."""

import pytest

from pyimagesearch import config
from pyimagesearch.errors import UserError
from pyimagesearch.training.settings import training_settings


def test_without_a_flag_it_is_the_tutorials_run():
    settings = training_settings([])
    assert settings.dataset == "cityscapes"
    assert settings.data is settings.dataset_url is settings.direction is None
    assert settings.image_size == (256, 256)
    assert settings.batch_size == 32
    assert settings.epochs == 150
    assert settings.steps_per_epoch == 100
    assert settings.learning_rate == 2e-4
    assert settings.beta_1 == 0.9
    assert settings.l1_weight == 10
    assert settings.augment == "resize"
    assert settings.monitor_interval == 10
    assert settings.seed == 42
    assert settings.output == "outputs"


def test_a_recipe_beats_the_defaults_and_a_flag_beats_the_recipe():
    quick = training_settings(["--recipe", "quick"])
    expected = vars(training_settings([])) | config.RECIPES["quick"]
    assert vars(quick) == expected | {"recipe": "quick"}
    settings = training_settings(["--recipe", "quick", "--image-size", "32x48"])
    assert settings.image_size == (32, 48)
    assert settings.batch_size == quick.batch_size


def test_own_pairs_stand_instead_of_the_dataset(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = training_settings(["--data", "mine"])
    assert settings.data == str(tmp_path / "mine")  # also found from elsewhere
    assert settings.dataset is None


def test_every_recipe_sets_what_there_is():
    known = vars(training_settings([])).keys()
    for recipe in config.RECIPES.values():
        assert recipe.keys() <= known


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--recipe", "slow"], "--recipe slow is not one of tutorial, quick"),
        (["--batch-size", "0"], "--batch-size: 0 is not a whole number from 1 on"),
        (["--batch-size", "-4"], "--batch-size: -4 is not a whole number from 1"),
        (["--epochs", "1.5"], "--epochs: 1.5 is not a whole number from 1 on"),
        (["--steps-per-epoch", "x"], "--steps-per-epoch: x is not a whole number"),
        (["--monitor-interval", "0"], "--monitor-interval: 0 is not a whole number"),
        (["--seed", "-1"], "--seed: -1 is not a whole number from 0 on"),
        (["--learning-rate", "0"], "--learning-rate: 0 is not a number above 0"),
        (["--learning-rate", "nan"], "--learning-rate: nan is not a number above 0"),
        (["--l1-weight", "inf"], "--l1-weight: inf is not a number above 0"),
        (["--beta-1", "1"], "--beta-1: 1 is not a number between 0 and 1"),
        (["--val-fraction", "1"], "--val-fraction: 1 is not a number between"),
        (["--image-size", "256x"], "--image-size: 256x is neither N nor HxW"),
        (["--image-size", "0"], "--image-size: 0 is neither N nor HxW"),
        (["--image-size", "64x64x3"], "--image-size: 64x64x3 is neither N nor HxW"),
        (["--direction", "AtoA"], "--direction: invalid choice: 'AtoA'"),
        (["--augment", "flip"], "--augment: invalid choice: 'flip'"),
        (["--data", "a", "--dataset", "maps"], "--dataset: not allowed with argument"),
        (["--no-such-flag"], "unrecognized arguments: --no-such-flag"),
        (["--epoch", "3"], "unrecognized arguments: --epoch 3"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_sentence(flags, sentence):
    with pytest.raises(UserError) as error:
        training_settings(flags)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
