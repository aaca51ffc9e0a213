"""A saved model trains on as if it had never been saved, to the bit."""

import subprocess
import sys
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import SIZE, random_image

from pyimagesearch.datasets.palettes import Palette
from pyimagesearch.networks.gan_losses import create_gan_loss
from pyimagesearch.networks.paper_networks import PaperNetworks
from pyimagesearch.networks.residual_networks import ResidualNetworks
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.checkpoint import collect_variables

REPOSITORY = Path(__file__).parents[1]
PALETTE = Palette({"grey": (128, 128, 128), "red": (255, 0, 0)}, ((0, 0, 0),))
PAIRS = tf.data.Dataset.from_tensor_slices(
    tuple(
        np.stack([random_image(2 * pair + side, SIZE, SIZE) for pair in range(4)])
        for side in (0, 1)
    )
).batch(2)
SCHEDULE = keras.optimizers.schedules.CosineDecay(1e-3, decay_steps=7)


def build_tiny_networks():
    """Two networks with dropout, normalization and few weights."""
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Conv2D(4, 3, padding="same")(image)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dropout(0.5)(x)
    x = keras.layers.Conv2D(3, 3, padding="same", activation="tanh", dtype="float32")(x)
    pair = [keras.Input((SIZE, SIZE, 3)), keras.Input((SIZE, SIZE, 3))]
    y = keras.layers.Concatenate()(pair)
    y = keras.layers.GaussianNoise(0.1)(y)
    y = keras.layers.Conv2D(4, 4, strides=4)(y)
    y = keras.layers.BatchNormalization()(y)
    logits = keras.layers.Conv2D(1, 3, dtype="float32")(y)
    return keras.Model(image, x), keras.Model(pair, logits)


def build_paper_networks():
    networks = PaperNetworks(SIZE, SIZE, width=4, patch=16)
    return networks.generator(), networks.discriminator()


def build_residual_networks():
    colors = [*PALETTE.classes.values()]
    networks = ResidualNetworks(SIZE, SIZE, width=4, patch=16, class_colors=colors)
    return networks.generator(), networks.discriminator()


def build_tutorial_networks():
    networks = Pix2Pix(SIZE, SIZE)
    return networks.generator(), networks.discriminator()


def build_model(seed=1, networks=build_tiny_networks, **arguments):
    keras.utils.set_random_seed(seed)
    model = Pix2PixTraining(*networks())
    losses = create_gan_loss("hinge")
    model.compile(
        **{
            "gOptimizer": keras.optimizers.Adam(2e-3, beta_1=0.5),
            "dOptimizer": keras.optimizers.RMSprop(1e-3),
            "bceLoss": losses.discriminator,
            "ganLoss": losses.generator,
            "maeLoss": keras.losses.MeanAbsoluteError(),
        }
        | arguments
    )
    return model


def train(model, epochs=1):
    return model.fit(PAIRS, epochs=epochs, verbose=0, shuffle=False).history


def copy_values(model):
    return {
        name: keras.ops.convert_to_numpy(variable).copy()
        for name, variable in collect_variables(model).items()
    }


def assert_equal_values(values, expected):
    assert values.keys() == expected.keys()
    for name, value in values.items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


CASES = {
    "everything": (
        "float32",
        {
            "averageWeights": True,
            "l1Weight": 50.0,
            "dWeight": 0.5,
            "palette": PALETTE,
            "targetLevels": 1400.0,
            "metrics": ["mse", keras.metrics.RootMeanSquaredError(name="rmse")],
            "steps_per_execution": 2,
        },
    ),
    "float16": ("mixed_float16", {"averageWeights": True}),
    "schedule": (
        "float32",
        {
            "gOptimizer": keras.optimizers.Adam(SCHEDULE),
            "dOptimizer": keras.optimizers.SGD(SCHEDULE, momentum=0.5),
            "bceLoss": "lsgan",
            "ganLoss": None,
            "maeLoss": "huber",
        },
    ),
}
SLOW_CASES = {
    "paper": ("float32", {"networks": build_paper_networks}),
    "residual": ("float32", {"networks": build_residual_networks}),
    "tutorial": ("float32", {"networks": build_tutorial_networks}),
}


@pytest.mark.parametrize(
    "case",
    [*CASES, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW_CASES)],
)
def test_a_loaded_model_trains_on_to_the_bit(tmp_path, precision, case):
    policy, arguments = (CASES | SLOW_CASES)[case]
    precision(policy)
    model = build_model(**arguments)
    train(model)
    model.save(tmp_path / "whole.keras")

    precision("float32")
    keras.utils.set_random_seed(99)
    loaded = keras.saving.load_model(tmp_path / "whole.keras")
    assert type(loaded) is Pix2PixTraining
    assert_equal_values(copy_values(loaded), copy_values(model))
    assert loaded.get_compile_config() == model.get_compile_config()
    for scored in (model, loaded):
        scored.scores = scored.evaluate(PAIRS, return_dict=True, verbose=0)
    assert loaded.scores == model.scores

    expected = train(model, epochs=2)
    assert train(loaded, epochs=2) == expected
    assert_equal_values(copy_values(loaded), copy_values(model))


def test_the_arguments_of_compile_are_loaded(tmp_path):
    model = build_model(**CASES["everything"][1])
    model.gOptimizer.learning_rate = 0.125
    model.save(tmp_path / "whole.keras")
    loaded = keras.saving.load_model(tmp_path / "whole.keras")
    assert (loaded.l1Weight, loaded.dWeight) == (50.0, 0.5)
    assert loaded.targetLevels == 1400.0
    assert loaded.labelScores.palette == PALETTE
    assert [metric.name for metric in loaded.userMetrics] == [
        "mean_squared_error",
        "rmse",
    ]
    assert loaded.steps_per_execution == 2
    assert float(loaded.gOptimizer.learning_rate) == 0.125
    assert loaded.gOptimizer.beta_1 == 0.5
    logits = tf.constant([[[[3.0]]]])
    assert float(loaded.ganLoss(tf.ones_like(logits), logits)) == -3.0
    assert float(loaded.bceLoss(tf.zeros_like(logits), logits)) == 4.0


def test_a_model_is_loaded_without_its_compilation(tmp_path):
    model = build_model(averageWeights=True)
    train(model)
    model.save(tmp_path / "whole.keras")
    loaded = keras.saving.load_model(tmp_path / "whole.keras", compile=False)
    assert not loaded.compiled
    kernel = loaded.generator.weights[0]
    np.testing.assert_array_equal(kernel, model.generator.weights[0])


def test_a_model_that_is_not_compiled_is_saved(tmp_path):
    model = Pix2PixTraining(*build_tiny_networks())
    model.save(tmp_path / "whole.keras")
    loaded = keras.saving.load_model(tmp_path / "whole.keras")
    assert not loaded.compiled
    for weight, expected in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_weights_restore_the_whole_state(tmp_path, precision):
    precision("mixed_float16")
    model = build_model(averageWeights=True)
    train(model)
    model.save_weights(tmp_path / "state.weights.h5")
    expected_logs = train(model)
    expected = copy_values(model)

    other = build_model(seed=2, averageWeights=True)
    other.load_weights(tmp_path / "state.weights.h5")
    assert train(other) == expected_logs
    assert_equal_values(copy_values(other), expected)


@pytest.mark.filterwarnings("ignore:Skipping nested container")
def test_weights_without_an_average_are_refused_by_a_model_with_one(tmp_path):
    build_model().save_weights(tmp_path / "state.weights.h5")
    with pytest.raises(ValueError, match="could not be loaded"):
        build_model(averageWeights=True).load_weights(tmp_path / "state.weights.h5")


def test_every_value_is_saved_once(tmp_path):
    model = build_model(averageWeights=True)
    model.save_weights(tmp_path / "state.weights.h5")
    with h5py.File(tmp_path / "state.weights.h5") as file:
        sizes = []
        file.visititems(lambda _, item: sizes.append(getattr(item, "size", 0)))
    values = copy_values(model).values()
    assert sum(sizes) == sum(value.size for value in values)


def test_weights_of_version_1_are_loaded(tmp_path):
    """Its files do not have the states of dropout."""
    model = build_model()
    path = tmp_path / "state.weights.h5"
    model.save_weights(path)
    expected = copy_values(model)
    with h5py.File(path, "a") as file:
        for name in [*file["vars"]]:
            del file["vars"][name]
        del file["optimizer"]
    other = build_model(seed=2)
    before = copy_values(other)
    other.load_weights(path)
    variables = collect_variables(other)
    seeds = {name for name in variables if "seed" in variables[name].path}
    assert len(seeds) == 2
    for name, value in copy_values(other).items():
        right = before if name in seeds else expected
        np.testing.assert_array_equal(value, right[name], err_msg=name)


def test_weights_do_not_depend_on_the_metrics(tmp_path):
    model = build_model(palette=PALETTE, metrics=["mse"])
    model.save_weights(tmp_path / "state.weights.h5")
    other = build_model(seed=2)
    other.load_weights(tmp_path / "state.weights.h5")
    assert_equal_values(copy_values(other), copy_values(model))
    other.save_weights(tmp_path / "state.weights.h5")
    model.load_weights(tmp_path / "state.weights.h5")


def test_get_weights_includes_the_average():
    model = build_model(averageWeights=True)
    train(model)
    weights = model.get_weights()
    before = copy_values(model)
    train(model)
    model.set_weights(weights)
    after = copy_values(model)
    for name in before:
        if name.startswith("average") and "seed" not in name:
            np.testing.assert_array_equal(after[name], before[name], err_msg=name)
    assert len(weights) == len(model.weights) + len(model.generator.weights)
    assert build_model().get_weights()[0].shape == weights[0].shape


SCRIPT = """
import sys
import keras
import numpy as np
import pyimagesearch.Pix2PixTraining
model = keras.saving.load_model(sys.argv[1])
mask = np.linspace(-1, 1, 32 * 32 * 3, dtype=np.float32).reshape(1, 32, 32, 3)
np.save(sys.argv[2], model.predict(mask, verbose=0))
"""


def test_another_process_loads_the_model(tmp_path):
    model = build_model(**CASES["everything"][1])
    train(model)
    model.save(tmp_path / "whole.keras")
    subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path / "whole.keras", tmp_path / "out.npy"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        timeout=120,
    )
    mask = np.linspace(-1, 1, SIZE * SIZE * 3, dtype=np.float32)
    expected = model.predict(mask.reshape(1, SIZE, SIZE, 3), verbose=0)
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), expected, atol=1e-6)
