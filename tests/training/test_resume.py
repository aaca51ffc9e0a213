"""Which settings a resumed run keeps, and which may change."""

import json
from pathlib import Path

import pytest
from edits import GONE, edit

from pyimagesearch import config
from pyimagesearch.errors import UserError
from pyimagesearch.training.resume import (
    Change,
    check_same_pairs,
    find_changes,
    join_changes,
)
from pyimagesearch.training.training_settings import (
    parse_training_settings,
    read_recorded_settings,
)


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
    resume = start_run("--steps-per-epoch", "3", "--image-size", "64")
    with pytest.raises(UserError) as error:
        resume("--steps-per-epoch", "4", "--image-size", "64x32", "--seed", "42")
    message = str(error.value)
    assert "--image-size 64x64, not 64x32; --steps-per-epoch 3, not 4: res" in message
    assert "run without --resume to start over, with --init-from " in message


@pytest.mark.parametrize(
    ("started", "asked"),
    [
        (("--data", "mine"), ("--dataset", "facades")),
        (("--dataset", "facades"), ("--dataset", "maps")),
        (("--direction", "AtoB"), ("--direction", "BtoA")),
        (("--init-from", "there"), ("--init-from", "elsewhere")),
    ],
    ids=str,
)
def test_another_dataset_is_a_contradiction(start_run, started, asked):
    with pytest.raises(UserError, match=f"not .*{asked[1]}: resume it with its own"):
        start_run(*started)(*asked)


CHANGES = (
    ("--learning-rate", "0.1"),
    ("--lr-decay", "linear"),
    ("--beta-1", "0.4"),
    ("--l1-weight", "7"),
    ("--d-loss-weight", "7"),
    ("--gan-loss", "hinge"),
    ("--augment", "crop"),
    ("--batch-size", "7"),
    ("--validation-steps", "7"),
    ("--average-weights", None),
    ("--keep-best", "ssim"),
)


@pytest.mark.parametrize(("flag", "value"), CHANGES, ids=str)
def test_what_may_change_changes_and_is_found(start_run, tmp_path, flag, value):
    resume = start_run()
    recorded = read_recorded_settings(tmp_path)
    settings = resume(flag, *([value] if value else []))
    (change,) = find_changes(settings, recorded, epoch=5)
    name = flag[2:].replace("-", "_")
    assert (change.epoch, change.setting) == (5, name)
    assert change.before == recorded[name] != change.after == getattr(settings, name)
    assert change.describe().startswith(f"{flag} {value or ''}".strip())
    assert find_changes(resume(), recorded, epoch=5) == []


def test_a_switched_off_setting_is_described_by_its_flag():
    change = Change(3, "average_weights", True, False)
    assert change.describe() == "--no-average-weights"
    assert Change(3, "batch_size", 2, 4).describe() == "--batch-size 4 instead of 2"


def test_changes_of_an_epoch_that_was_not_saved_are_replaced():
    def change(epoch, before, after, setting="batch_size"):
        return Change(epoch, setting, before, after)

    earlier = [change(1, 2, 4), change(3, 4, 8)]
    other = change(3, 0.1, 0.2, "learning_rate")
    assert join_changes(earlier, [other]) == [*earlier, other]
    assert join_changes(earlier, [change(3, 8, 6)]) == [
        change(1, 2, 4),
        change(3, 4, 6),
    ]
    assert join_changes(earlier, [change(3, 8, 4)]) == [change(1, 2, 4)]
    assert join_changes(earlier, [change(5, 8, 6)]) == [*earlier, change(5, 8, 6)]


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


def test_before_the_first_checkpoint_the_settings_of_the_run_apply(start_run, tmp_path):
    resume = start_run("--batch-size", "3", "--data", "mine", "--seed", "7")
    (tmp_path / config.CHECKPOINT_FILE).unlink()
    settings = resume("--image-size", "64", "--seed", "8")
    assert (settings.batch_size, settings.data) == (3, str(Path("mine").absolute()))
    assert (settings.image_size, settings.seed) == ((64, 64), 8)
    other = resume("--dataset", "streets")
    assert (other.dataset, other.data) == ("streets", None)


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
    def record(keras="3.10", **train):
        pairs = {"count": 4, "sha256": "a", "bytes": 100, "sizes_sha256": "b", **train}
        return {
            "settings": {"dataset": None},
            "source": {"folder": "mine"},
            "pairs": {"train": pairs, "val": record.val},
            "versions": {"keras": keras, "numpy": "2"},
        }

    record.val = {"count": 1, "sha256": "c", "bytes": 10, "sizes_sha256": "d"}
    (tmp_path / config.RUN_FILE).write_text(json.dumps(record()))
    check_same_pairs(tmp_path, record())
    assert capsys.readouterr().err == ""
    check_same_pairs(tmp_path, record(keras="3.15"))
    assert "started with keras 3.10 and resumes with 3.15" in capsys.readouterr().err
    for difference, words in (
        ({"count": 5}, "5 pairs in train, instead of 4"),
        ({"sha256": "x"}, "the pairs in train have other names"),
        (
            {"bytes": 99, "sizes_sha256": "x"},
            "sizes in train .99 bytes, instead of 100",
        ),
        ({"sizes_sha256": "x"}, "other sizes in train .as many bytes together"),
    ):
        with pytest.raises(UserError, match=f"the pairs in mine differ .*: .*{words}"):
            check_same_pairs(tmp_path, record(**difference))
    record.val = {**record.val, "count": 2}
    with pytest.raises(UserError, match="2 pairs in val, instead of 1"):
        check_same_pairs(tmp_path, record())


def test_a_run_of_version_1_has_recorded_no_sizes(tmp_path):
    before = {"train": {"count": 4, "sha256": "a"}}
    now = {"train": {**before["train"], "bytes": 100, "sizes_sha256": "b"}}
    rest = {"settings": {"dataset": None}, "source": {"folder": "x"}, "versions": {}}
    (tmp_path / config.RUN_FILE).write_text(json.dumps({"pairs": before, **rest}))
    check_same_pairs(tmp_path, {"pairs": now, **rest})


def test_recorded_settings_are_typed_as_the_flags_are(start_run, tmp_path):
    flags = ("--image-size", "32x48", "--l1-weight", "100", "--input-range", "0", "9")
    flags += ("--target-channels", "4", "--no-jit-compile", "--keep-best", "class-iou")
    flags += ("--network", "paper", "--patch", "16", "--data", str(tmp_path))
    start_run(*flags)
    settings = vars(parse_training_settings([*flags, "--precision", "float32"]))
    of_the_call = {"output", "resume", "dry_run"}
    of_the_call |= {"workers", "worker", "worker_timeout"}
    recorded = read_recorded_settings(tmp_path)
    assert recorded == {n: v for n, v in settings.items() if n not in of_the_call}
    assert recorded["input_range"] == (0.0, 9.0)
    assert (recorded["dataset"], recorded["patch"]) == (None, 16)


def test_what_the_call_decides_is_not_taken_from_the_record(start_run, tmp_path):
    resume = start_run()
    path = tmp_path / config.RUN_FILE
    edited = {"output": "/elsewhere", "dry_run": True, "newer": [{}], "help": 1}
    record = json.loads(path.read_text())
    path.write_text(json.dumps({"settings": record["settings"] | edited}))
    settings = resume()
    assert (settings.output, settings.dry_run) == (str(tmp_path), False)
    assert not hasattr(settings, "newer")


NOT_POSITIVE = "is not an integer of 1 or more"
SETTING_EDITS = [
    ("dataset", "cities", "--dataset cities is not one of cityscapes, facades"),
    ("dataset", None, '"settings.dataset" and "settings.data" are both null'),
    ("dataset", ["maps"], '["maps"] is not a text'),
    ("data", "~no-such-user/x", "names a user whose home folder is not known"),
    ("dataset_url", 3, "3 is not a value of --dataset-url"),
    ("dataset_sha256", ["a"], '["a"] is not a value of --dataset-sha256'),
    ("recipe", "zz", "--recipe zz is not one of tutorial, quick, paper, fast"),
    ("recipe", {"a": 1}, '"settings.recipe", '),
    ("direction", "up", "up is not one of AtoB, BtoA"),
    ("direction", ["AtoB"], '["AtoB"] is not a value of --direction'),
    ("label_side", "Q", "Q is not one of A, B, none"),
    ("augment", "zz", "zz is not one of resize, crop"),
    ("augment", None, "null is not one of resize, crop"),
    ("cache", True, "true is not one of auto, memory, none"),
    ("network", "unet", "unet is not one of tutorial, paper"),
    ("network", GONE, None),
    ("width", 0, f"0 {NOT_POSITIVE}"),
    ("patch", 71, "71 is not one of 1, 16, 70, 286"),
    ("patch", "70", '"70" is not a value of --patch'),
    ("patch", 70.0, "70.0 is not a value of --patch"),
    ("norm", 1, "1 is not one of instance, batch"),
    ("image_size", 64, "64 is not a value of --image-size"),
    ("image_size", [64], None),
    ("image_size", [64, "x"], "64xx is neither N nor HxW"),
    ("image_size", [64, -1], "64x-1 is neither N nor HxW"),
    ("image_size", [64, 64, 64], "64x64x64 is neither N nor HxW"),
    ("image_size", "64x64", '"64x64" is not a value of --image-size'),
    ("image_size", [], "is neither N nor HxW"),
    ("image_size", GONE, 'its entry "settings.image_size" is missing'),
    ("steps_per_epoch", 0, f"0 {NOT_POSITIVE}"),
    ("steps_per_epoch", -1, f"-1 {NOT_POSITIVE}"),
    ("steps_per_epoch", 2.0, f"2.0 {NOT_POSITIVE}"),
    ("steps_per_epoch", "2", '"2" is not a value of --steps-per-epoch'),
    ("steps_per_epoch", True, f"true {NOT_POSITIVE}"),
    ("steps_per_epoch", [2], "[2] is not a value of --steps-per-epoch"),
    ("steps_per_epoch", None, f"null {NOT_POSITIVE}"),
    ("steps_per_epoch", GONE, 'its entry "settings.steps_per_epoch" is missing'),
    ("steps_per_epoch", 10**300, "... is more than 4294967295"),
    ("epochs", 0, f"0 {NOT_POSITIVE}"),
    ("epochs", {}, "{} " + NOT_POSITIVE),
    ("batch_size", 0, f"0 {NOT_POSITIVE}"),
    ("batch_size", "x" * 10_000, "... is not an integer of 1 or more"),
    ("validation_steps", 0, f"0 {NOT_POSITIVE}"),
    ("monitor_interval", 0, f"0 {NOT_POSITIVE}"),
    ("checkpoint_interval", 0, f"0 {NOT_POSITIVE}"),
    ("keep_every", 0, f"0 {NOT_POSITIVE}"),
    ("keep_every", GONE, None),
    ("patience", -3, f"-3 {NOT_POSITIVE}"),
    ("seed", -1, "-1 is not an integer of 0 or more"),
    ("seed", 2**32, "4294967296 is more than 4294967295"),
    ("seed", 1.5, "1.5 is not an integer of 0 or more"),
    ("learning_rate", 0, "0 is not a number above 0"),
    ("learning_rate", float("nan"), "NaN is not a number above 0"),
    ("learning_rate", float("inf"), "Infinity is not a number above 0"),
    ("learning_rate", 10**300, None),
    ("learning_rate", 10**390, "... is not a number above 0"),
    ("learning_rate", "0.1", '"0.1" is not a value of --learning-rate'),
    ("lr_decay", "cosine", "cosine is not one of none, linear"),
    ("lr_decay", GONE, 'its entry "settings.lr_decay" is missing'),
    ("beta_1", 1, "1 is not a number between 0 and 1"),
    ("l1_weight", None, "null is not a number above 0"),
    ("l1_weight", 100, None),
    ("gan_loss", "wgan", "wgan is not one of bce, lsgan, hinge"),
    ("val_fraction", 2, "2 is not a number between 0 and 1"),
    ("average_weights", "yes", '"yes" is not true or false'),
    ("average_weights", 0, "0 is not true or false"),
    ("average_weights", 1, "1 is not true or false"),
    ("jit_compile", "auto", None),
    ("jit_compile", "no", '"no" is not true or false'),
    ("deterministic", None, "null is not true or false"),
    ("precision", "float8", "float8 is not one of auto, float32"),
    ("strategy", "tpu", "tpu is not one of auto, none, mirrored"),
    ("keep_best", "fid", "fid is not one of auto, none, l1Loss"),
    ("keep_best", 3, "3 is not one of auto, none, l1Loss"),
    ("input_channels", "many", "many is not an integer of 1 or more"),
    ("input_channels", "3", '"3" is not a value of --input-channels'),
    ("target_channels", 129, "129 is more than 128"),
    ("input_range", [9, 0], "--input-range 9 0 is not a range"),
    ("input_range", [0], "--input-range 0 is not a range"),
    ("input_range", 9, "--input-range 9 is not a range"),
    ("input_range", ["0", "a"], "--input-range 0 a is not a range"),
    ("target_range", [], "is not a range"),
    ("target_range", "auto", None),
    ("palette", 3, "3 is not a value of --palette"),
    ("init_from", ["x"], '["x"] is not a value of --init-from'),
]


@pytest.mark.parametrize(
    ("name", "new", "sentence"), SETTING_EDITS, ids=lambda part: str(part)[:20]
)
def test_edited_settings_are_those_that_the_flags_accept(
    start_run, tmp_path, name, new, sentence
):
    resume = start_run()
    path = tmp_path / config.RUN_FILE
    record = edit(json.loads(path.read_text()), ("settings", name), new)
    path.write_text(json.dumps(record))
    if sentence is None:
        resume()
        return
    with pytest.raises(UserError) as refused:
        resume()
    message = str(refused.value)
    assert message.startswith(f"{path} is not the record of a run: ")
    assert sentence in message
    assert f"settings.{name}" in message
    assert len(message) < 400 and "\n" not in message


def test_a_resumed_run_needs_the_entries_that_it_compares(tmp_path):
    (tmp_path / config.RUN_FILE).write_text('{"settings": {"dataset": null}}')
    with pytest.raises(UserError, match='its entry "pairs" is missing'):
        check_same_pairs(tmp_path, {})
