"""How defaults, recipes and flags combine."""

import json

import pytest

from pyimagesearch import config
from pyimagesearch.errors import UserError
from pyimagesearch.training.training_settings import (
    NETWORK_OPTIONS,
    parse_training_settings,
)

OPTIONS = NETWORK_OPTIONS["paper"]


def test_defaults_are_the_tutorials():
    settings = parse_training_settings([])
    assert settings.dataset == "cityscapes"
    assert settings.data is settings.dataset_url is settings.direction is None
    assert settings.image_size == (256, 256)
    assert settings.batch_size == 32
    assert settings.epochs == 150
    assert settings.steps_per_epoch == 100
    assert settings.learning_rate == 2e-4
    assert settings.beta_1 == 0.9
    assert settings.l1_weight == 10
    assert settings.d_loss_weight == 1
    assert settings.augment == "resize"
    assert settings.network == "tutorial"
    assert {getattr(settings, name) for name in OPTIONS} == {None}
    assert settings.average_weights is False
    assert settings.monitor_interval == 10
    assert settings.seed == 42
    assert settings.output == "outputs"


def test_recipe_overrides_defaults_and_flag_overrides_recipe():
    quick = parse_training_settings(["--recipe", "quick"])
    expected = vars(parse_training_settings([])) | config.RECIPES["quick"]
    assert vars(quick) == expected | {"recipe": "quick", "patch": config.PATCH}
    settings = parse_training_settings(["--recipe", "quick", "--image-size", "32x48"])
    assert settings.image_size == (32, 48)
    assert settings.batch_size == quick.batch_size


PAPER = {
    "network": "paper",
    "width": 64,
    "patch": 70,
    "norm": "instance",
    "upsample": "transpose",
    "augment": "crop",
    "batch_size": 1,
    "epochs": 200,
    "steps_per_epoch": 400,
    "learning_rate": 2e-4,
    "lr_decay": "linear",
    "beta_1": 0.5,
    "gan_loss": "bce",
    "l1_weight": 100.0,
    "d_loss_weight": 0.5,
}


def test_paper_recipe():
    settings = vars(parse_training_settings(["--recipe", "paper"]))
    tutorial = vars(parse_training_settings([]))
    assert settings == tutorial | PAPER | {"recipe": "paper"}


def test_every_setting_of_the_paper_recipe_has_a_flag():
    flags = [
        text
        for name, value in PAPER.items()
        for text in (f"--{name.replace('_', '-')}", str(value))
    ]
    tutorial = vars(parse_training_settings([]))
    assert vars(parse_training_settings(flags)) == tutorial | PAPER


def test_single_changes_of_the_paper_recipe():
    paper = vars(parse_training_settings(["--recipe", "paper"]))
    other = parse_training_settings(["--recipe", "paper", "--patch", "286"])
    assert vars(other) == paper | {"patch": 286}
    other = parse_training_settings(["--recipe", "paper", "--network", "tutorial"])
    without = {"network": "tutorial", **dict.fromkeys(OPTIONS)}
    assert vars(other) == paper | without


def test_what_the_fast_recipe_changes_in_the_papers():
    paper = vars(parse_training_settings(["--recipe", "paper"]))
    fast = vars(parse_training_settings(["--recipe", "fast"]))
    assert {name: fast[name] for name in paper if fast[name] != paper[name]} == {
        **{"recipe": "fast", "network": "residual", "width": 32},
        **{"norm": None, "upsample": None, "batch_size": 4, "steps_per_epoch": 100},
        **{"learning_rate": 1e-3, "l1_weight": 300.0, "average_weights": True},
    }
    flags = ["--recipe", "fast", "--no-average-weights"]
    assert parse_training_settings(flags).average_weights is False


def test_options_of_other_networks_are_refused():
    for flags, networks in (
        (["--network", "residual", "--norm", "batch"], "paper"),
        (["--network", "residual", "--upsample", "resize"], "paper"),
        (["--width", "8"], "paper or residual"),
        (["--patch", "16"], "paper or residual"),
    ):
        sentence = f"{' '.join(flags[-2:])} requires --network {networks}$"
        with pytest.raises(UserError, match=sentence):
            parse_training_settings(flags)
    flags = ["--network", "residual", "--width", "8", "--patch", "16"]
    settings = parse_training_settings(flags)
    chosen = {name: getattr(settings, name) for name in OPTIONS}
    assert chosen == {"width": 8, "patch": 16, "norm": None, "upsample": None}


def test_the_former_recipe_is_refused_with_its_successor(tmp_path):
    sentence = "--recipe best has become fast.*--recipe fast --network paper --width 32"
    with pytest.raises(UserError, match=sentence):
        parse_training_settings(["--recipe", "best"])
    hint = parse_training_settings(
        ["--recipe", "fast", "--network", "paper", "--width", "32"]
    )
    before = vars(hint) | {"recipe": "best"}  # as such a run has recorded it
    resumed = parse_training_settings(write_run(tmp_path, before))
    assert vars(resumed) == before | {"resume": True, "output": str(tmp_path)}


def write_run(folder, settings):
    """Write a run's record and an empty checkpoint; returns the flags to resume it."""
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "last.npz").touch()
    settings = {name: value for name, value in settings.items() if name != "output"}
    (folder / "run.json").write_text(json.dumps({"settings": settings}))
    return ["--resume", "--output", str(folder)]


@pytest.mark.parametrize(
    "flags",
    [
        ["--network", "tutorial"],
        ["--patch", "16"],
        ["--norm", "batch"],
        ["--width", "32"],
        ["--upsample", "resize"],
        ["--seed", "43"],
        ["--steps-per-epoch", "7"],
    ],
    ids=" ".join,
)
def test_resumed_run_refuses_other_settings(tmp_path, flags):
    paper = vars(parse_training_settings(["--recipe", "paper"]))
    resumed = write_run(tmp_path, paper)
    ours = {"resume": True, "output": str(tmp_path)}
    assert vars(parse_training_settings(resumed)) == paper | ours
    name, value = flags
    before = paper[name[2:].replace("-", "_")]
    with pytest.raises(UserError, match=f"has {name} {before}, not {value}: resume"):
        parse_training_settings([*resumed, *flags])


def test_run_of_an_older_version_gets_the_defaults_of_newer_flags(tmp_path):
    old = vars(parse_training_settings(["--l1-weight", "50"]))
    newer = ("network", "d_loss_weight", "average_weights", "dry_run")
    for name in (*newer, *OPTIONS):
        del old[name]
    resumed = write_run(tmp_path, old)
    settings = parse_training_settings(resumed)
    assert settings.network == "tutorial"
    assert settings.d_loss_weight == 1
    assert settings.l1_weight == 50
    with pytest.raises(UserError, match="has --network tutorial, not paper"):
        parse_training_settings([*resumed, "--network", "paper"])
    assert parse_training_settings([*resumed, "--d-loss-weight", "0.5"]).d_loss_weight


def test_custom_dataset_replaces_the_named_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = parse_training_settings(["--data", "mine"])
    assert settings.data == str(tmp_path / "mine")  # absolute: valid from any folder
    assert settings.dataset is None


def test_recipes_set_existing_settings():
    known = vars(parse_training_settings([])).keys()
    for recipe in config.RECIPES.values():
        assert recipe.keys() <= known


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--recipe", "slow"], "--recipe slow is not one of tutorial, quick, paper, f"),
        (["--batch-size", "0"], "--batch-size: 0 is not an integer of 1 or more"),
        (["--batch-size", "-4"], "--batch-size: -4 is not an integer of 1"),
        (["--epochs", "1.5"], "--epochs: 1.5 is not an integer of 1 or more"),
        (["--steps-per-epoch", "x"], "--steps-per-epoch: x is not an integer"),
        (["--monitor-interval", "0"], "--monitor-interval: 0 is not an integer"),
        (["--seed", "-1"], "--seed: -1 is not an integer of 0 or more"),
        (["--learning-rate", "0"], "--learning-rate: 0 is not a number above 0"),
        (["--learning-rate", "nan"], "--learning-rate: nan is not a number above 0"),
        (["--l1-weight", "inf"], "--l1-weight: inf is not a number above 0"),
        (["--beta-1", "1"], "--beta-1: 1 is not a number between 0 and 1"),
        (["--d-loss-weight", "0"], "--d-loss-weight: 0 is not a number above 0"),
        (["--patch", "71"], "--patch: invalid choice: 71"),
        (["--patch", "16"], "--patch 16 requires --network paper"),
        (["--norm", "batch"], "--norm batch requires --network paper"),
        (["--upsample", "resize"], "--upsample resize requires --network paper"),
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
def test_invalid_flags_are_reported_in_one_sentence(flags, sentence):
    with pytest.raises(UserError) as error:
        parse_training_settings(flags)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
