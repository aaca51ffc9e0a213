"""The experiments of the study: which there are, and how one is run."""

import json

import pytest
from recipe_study import experiments
from recipe_study.experiments import (
    COMPARED,
    FORMER,
    NO_CLASSES,
    SEEDS,
    TASKS,
    VARIANTS,
    Experiment,
    get_segmenter,
    list_experiments,
    list_flags,
    run_experiment,
)

from pyimagesearch.errors import UserError
from pyimagesearch.training.training_settings import parse_training_settings

EXPERIMENT = Experiment("streets-photos", "fast, rate 2e-4", 43)
CURVE = [{"seconds": 2.0 * n, "steps": 10 * n, "l1Loss": 0.5} for n in range(1, 9)]
TRAINING = {
    **{"seconds": 16.1, "steps": 80, "batch_size": 4, "precision": "float32"},
    "curve": CURVE,
}
ENTRY = {"mean": 0.25, "low": 0.125, "high": 0.5}
RESULT = {"flags": "--a b", "training": TRAINING, "scores": {"l1": ENTRY}}


@pytest.fixture
def pairs(tmp_path):
    return tmp_path / "pairs" / "streets"


def test_what_is_compared_comes_first():
    variants = ["fast, rate 2e-4", "tutorial", "fast"]
    assert list_experiments(["streets-photos"], variants, [42, 43]) == [
        Experiment("streets-photos", "tutorial", 42),
        Experiment("streets-photos", "fast", 42),
        Experiment("streets-photos", "tutorial", 43),
        Experiment("streets-photos", "fast", 43),
        Experiment("streets-photos", "fast, rate 2e-4", 42),
        Experiment("streets-photos", "fast, rate 2e-4", 43),
    ]


def test_every_experiment_has_its_own_folder():
    everything = list_experiments(list(TASKS), list(VARIANTS), list(SEEDS))
    without = Experiment("streets-labels", NO_CLASSES, 42)
    assert without not in everything
    assert without._replace(task="streets-photos") in everything
    assert len(everything) == (len(TASKS) * len(VARIANTS) - 1) * len(SEEDS)
    assert len({experiment.folder for experiment in everything}) == len(everything)
    assert Experiment("facades", FORMER, 42).folder == (
        "runs/facades/fast-paper-s-networks-42"
    )


def test_photos_are_read_back_by_a_generator_of_label_maps():
    assert get_segmenter(EXPERIMENT) == Experiment("streets-labels", "fast", 42)
    assert get_segmenter(Experiment("facades", "paper", 43)) == Experiment(
        "facades-labels", "fast", 42
    )
    assert get_segmenter(Experiment("streets-labels", "fast", 42)) is None


@pytest.mark.parametrize("variant", [name for name in VARIANTS if ", " in name])
def test_a_variant_is_fast_without_one_part(variant, pairs):
    def parse(name):
        experiment = EXPERIMENT._replace(variant=name)
        return vars(parse_training_settings(list_flags(experiment, pairs, (64, 64))))

    fast = parse("fast")
    changed = {n: value for n, value in parse(variant).items() if value != fast[n]}
    if variant == FORMER:
        assert changed == {
            "network": "paper",
            "norm": "instance",
            "upsample": "transpose",
        }
    else:
        assert len(changed) == 1


def test_the_flags_are_those_of_a_training(pairs):
    settings = parse_training_settings(list_flags(EXPERIMENT, pairs, (32, 64)))
    assert (settings.data, settings.direction) == (str(pairs), "BtoA")
    assert (settings.label_side, settings.palette) == ("B", "streets")
    assert (settings.recipe, settings.learning_rate) == ("fast", 2e-4)
    assert (settings.image_size, settings.seed) == ((32, 64), 43)
    labels = Experiment("facades-labels", "paper", 42)
    settings = parse_training_settings(list_flags(labels, pairs, (32, 64)))
    assert (settings.palette, settings.direction) == ("facades", "AtoB")
    assert settings.recipe == "paper"
    assert COMPARED == ("tutorial", "paper", FORMER, "fast")


@pytest.fixture
def calls(monkeypatch):
    """What was called, by programs that leave what the real ones leave."""
    made = []

    def call(module, words, run):
        made.append((module, words))
        if module == "recipe_study.timed_training":
            (run / "training.json").write_text(json.dumps(TRAINING))
        else:
            entry = {**ENTRY, "title": "L1"}
            scores = {"l1": entry, "class_accuracy": entry}
            (run / "metrics.json").write_text(json.dumps({"scores": scores}))

    monkeypatch.setattr(experiments, "_call", call)
    return made


def test_a_finished_training_is_read_and_not_repeated(tmp_path, calls, pairs):
    flags = list_flags(EXPERIMENT, pairs, (32, 32))
    expected = {
        **EXPERIMENT._asdict(),
        **{"flags": " ".join(flags), "training": TRAINING, "scores": {"l1": ENTRY}},
    }
    for _ in range(2):
        assert run_experiment(tmp_path, EXPERIMENT, flags, 16) == expected
    run = tmp_path / EXPERIMENT.folder
    segmenter = tmp_path / "runs/streets-labels/fast-42/models/generator.keras"
    data = ["--data", str(pairs), "--direction", "BtoA", "--label-side", "B"]
    assert calls == [
        ("recipe_study.timed_training", [str(run), "16", *flags]),
        (
            "pyimagesearch.evaluate",
            [
                *(*data, "--palette", "streets", "--segmenter", str(segmenter)),
                *("--model", str(run / "models/generator.keras")),
                *("--output", str(run), "--no-report"),
            ],
        ),
    ]
    with pytest.raises(UserError, match=r"has the flags --data .*: choose another"):
        run_experiment(tmp_path, EXPERIMENT, [*flags, "--l1-weight", "7"], 16)


def test_the_palette_is_kept_from_the_training_alone(tmp_path, calls, pairs):
    experiment = EXPERIMENT._replace(variant=NO_CLASSES)
    flags = list_flags(experiment, pairs, (32, 32))
    run_experiment(tmp_path, experiment, flags, 16)
    (_, training), (_, evaluation) = calls
    assert "--palette" not in training
    assert evaluation[evaluation.index("--palette") + 1] == "streets"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "has no result of a training"),
        (json.dumps({**RESULT, "scores": 1}), '"scores", 1 is not an object'),
        (
            json.dumps({**RESULT, "scores": {"l1": {"mean": "x"}}}),
            'its entry "scores.l1.low" is missing',
        ),
        (
            json.dumps({**RESULT, "training": {**TRAINING, "curve": CURVE[:3]}}),
            '"training.curve"',
        ),
    ],
)
def test_an_edited_result_is_refused(tmp_path, calls, text, sentence):
    path = tmp_path / EXPERIMENT.folder / "result.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(UserError) as refused:
        run_experiment(tmp_path, EXPERIMENT, ["--a", "b"], 16)
    assert str(path) in str(refused.value)
    assert sentence in str(refused.value)
    assert not calls


def test_a_failed_training_is_reported_with_its_last_line_and_its_log(tmp_path):
    run = tmp_path / EXPERIMENT.folder
    message = r"timed_training ended with exit status 2: \[ERROR\] unrecognized .*\(see"
    with pytest.raises(UserError, match=message):
        run_experiment(tmp_path, EXPERIMENT, ["--no-such-flag"], 16)
    assert (
        "unrecognized arguments: --no-such-flag" in (run / "training.log").read_text()
    )
