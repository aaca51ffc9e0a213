"""Values that no refactoring may change, measured through the commands alone.

`python tests/test_regression.py` writes them anew, which only a change of behaviour
on purpose asks for; the changelog then says so.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

REPOSITORY = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data"
PINNED = DATA / "regression.json"
STREETS = DATA / "streets.png"
PAIRS = DATA / "pairs"  # smooth noise: the losses depend on where a pixel is
PREVIOUS = DATA / "previous_run"  # one epoch of three steps, by version 1
SCENES = (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 1_000_000, 1_000_034)
STRIDE = 4  # every fourth pixel of a scene is kept, in both directions
SAMPLES = 5  # values of each variable
OWN = {
    "tutorial": "--batch-size 2",
    # Instance norm of 2x2 maps amplifies what CPUs round differently: at the paper's
    # own rate, the weights of two CPUs are 1e-4 apart after three steps.
    "paper": "--learning-rate 1e-5",
}
RECIPES = tuple(OWN)
KINDS = (*RECIPES, "previous")
THREE_STEPS = (
    "--image-size 32 --epochs 1 --steps-per-epoch 3 --precision float32 --strategy none"
    " --deterministic --no-jit-compile --monitor-interval 9"
)


def command(*words, status=0):
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=REPOSITORY,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def train(folder, recipe):
    """Takes three deterministic steps; returns the folder of the run."""
    run = folder / "run"
    flags = f"--recipe {recipe} {OWN[recipe]} {THREE_STEPS}"
    flags += f" --data {PAIRS} --output {run}"
    command("train_pix2pix.py", *flags.split())
    return run


def weights(run):
    """Some values of every weight of both networks, by the checkpoint's names."""
    with np.load(run / "checkpoints" / "last.npz") as entries:
        return {
            name: sample(entries[name])
            for name in entries.files
            if name.startswith(("generator/", "discriminator/"))
        }


def sample(values):
    places = np.linspace(0, values.size - 1, min(values.size, SAMPLES)).round()
    return values.ravel()[places.astype(int)].astype(float).tolist()


def history(run):
    """The last epoch's row."""
    with (run / "logs" / "history.csv").open(newline="") as file:
        *_, row = csv.DictReader(file)
    return {name: float(value) for name, value in row.items()}


def keys(value, depth=2):
    """The keys of nested dictionaries."""
    if not isinstance(value, dict) or not depth:
        return None
    return {name: keys(inner, depth - 1) for name, inner in value.items()}


def records(run):
    """The keys of run.json and of metrics.json, and the shapes of the exports."""
    flags = ["--run", run, "--no-report"]
    command("-m", "pyimagesearch.evaluate", *flags, "--batch-size", 2)
    formats = ["saved_model", "tflite", "keras"]
    command("-m", "pyimagesearch.export", "--run", run, "--format", *formats)
    metrics = json.loads((run / "report" / "metrics.json").read_text())
    export = run / "export"
    return {
        "run.json": keys(json.loads((run / "run.json").read_text())),
        "metrics.json": {**keys(metrics, 4), "images": keys(metrics["images"][0], 3)},
        "exports": sorted(path.name for path in export.iterdir()),
        "facts": json.loads((export / "generator.tflite.json").read_text()),
        "signature": signature(export),
    }


def signature(export):
    serve = tf.saved_model.load(export / "generator_saved_model").signatures
    ends = serve["serving_default"]
    with warnings.catch_warnings():  # TensorFlow recommends another package
        warnings.simplefilter("ignore", UserWarning)
        interpreter = tf.lite.Interpreter(str(export / "generator.tflite"))
    details = interpreter.get_input_details() + interpreter.get_output_details()
    return {
        "inputs": {n: spec.shape.as_list() for n, spec in input_specs(ends).items()},
        "outputs": {n: t.shape.as_list() for n, t in ends.structured_outputs.items()},
        "tflite": [d["shape_signature"].tolist() for d in details],
    }


def input_specs(function):
    return function.structured_input_signature[1]


def continue_previous(folder):
    """A run of version 1: translated and evaluated as it is, and resumed.

    Its paper's network had another graph, so it resumes only as if it were the present
    one: what is compared is how its files are read.
    """
    run = folder / "run"
    shutil.copytree(PREVIOUS, run)
    shutil.rmtree(run / "logs")
    output = folder / "translated"
    command("inference.py", "--run", run, "--input", PAIRS / "val", "--output", output)
    images = [
        read_png(path).ravel()[::97].tolist() for path in sorted(output.iterdir())
    ]
    flags = ["--data", PAIRS, "--no-report"]
    command("-m", "pyimagesearch.evaluate", "--run", run, *flags)
    scores = json.loads((run / "report" / "metrics.json").read_text())["scores"]
    flags = ["--data", PAIRS, "--output", run, "--epochs", 2]
    refusal = command("train_pix2pix.py", "--resume", *flags, status=2)
    assert "trained by version 1" in refusal
    set_graph(run / "checkpoints" / "last.npz", 2)
    command("train_pix2pix.py", "--resume", *flags)
    return {
        "translated": images,
        "scores": {name: score["mean"] for name, score in scores.items()},
        "weights": weights(run),
        "history": history(run),
    }


def set_graph(path, graph):
    """Change the number of the paper's graph in a checkpoint."""
    with np.load(path) as entries:
        arrays = dict(entries)
    progress = json.loads(str(arrays.pop("progress")))
    np.savez(path, progress=json.dumps(progress | {"graph": graph}), **arrays)


def read_png(path):
    return tf.io.decode_png(tf.io.read_file(str(path))).numpy()


def streets():
    """Twelve scenes, thinned: a column each, the photos above the labels."""
    from pyimagesearch.datasets.streets import render_pair

    columns = [
        np.concatenate([side[::STRIDE, ::STRIDE] for side in render_pair(scene)])
        for scene in SCENES
    ]
    return np.concatenate(columns, axis=1)


def measure(folder):
    """All that is pinned, but for the scenes."""
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(train, folder / recipe, recipe) for recipe in RECIPES]
        previous = pool.submit(continue_previous, folder / "previous")
        tutorial, paper = (run.result() for run in runs)
        entries = pool.submit(records, tutorial)
        return {
            "tutorial": {"weights": weights(tutorial), "history": history(tutorial)},
            "records": entries.result(),
            "paper": {"weights": weights(paper), "history": history(paper)},
            "previous": previous.result(),
        }


@pytest.fixture(scope="module")
def pinned():
    return json.loads(PINNED.read_text())


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    return measure(tmp_path_factory.mktemp("regression"))


@pytest.mark.parametrize("recipe", KINDS)
def test_three_steps_give_the_same_weights(pinned, measured, recipe):
    expected, found = pinned[recipe]["weights"], measured[recipe]["weights"]
    assert found.keys() == expected.keys()
    # Adam turns the rounding of a gradient near 0 into a part of its step of 2e-4, and
    # CPUs of another kind round differently: by 2.6e-5 between AVX512 and AVX2.
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], atol=5e-5, err_msg=name)


@pytest.mark.parametrize("recipe", KINDS)
def test_three_steps_give_the_same_history(pinned, measured, recipe):
    expected, found = pinned[recipe]["history"], measured[recipe]["history"]
    assert list(found) == list(expected)
    for name in expected.keys() - {"seconds", "images_per_second"}:
        assert found[name] == pytest.approx(expected[name], rel=1e-3), name


def assert_kept(expected, found):
    """Every entry is there, with its value; there may be further ones."""
    if not isinstance(expected, dict):
        assert found == expected
        return
    assert expected.keys() <= found.keys()
    for name in expected:
        assert_kept(expected[name], found[name])


def test_the_files_have_the_same_entries(pinned, measured):
    assert_kept(pinned["records"], measured["records"])


def test_a_run_of_the_previous_version_gives_the_same(pinned, measured):
    expected, found = pinned["previous"], measured["previous"]
    assert found["scores"] == pytest.approx(expected["scores"], rel=1e-4)
    differences = np.abs(np.subtract(found["translated"], expected["translated"]))
    assert differences.max() <= 1


def test_twelve_scenes_are_the_same():
    assert np.abs(streets().astype(int) - read_png(STREETS)).max() <= 1


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        PINNED.write_text(json.dumps(measure(Path(temporary)), indent=1) + "\n")
    sys.path.insert(0, str(REPOSITORY))
    tf.io.write_file(str(STREETS), tf.io.encode_png(streets()))
