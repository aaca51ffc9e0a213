"""A restored training takes the same steps as an uninterrupted one, to the bit."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import SIZE, random_image

from pyimagesearch.errors import UserError
from pyimagesearch.networks.paper_networks import GRAPH
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.best_score import BestScore
from pyimagesearch.training.checkpoint import (
    Checkpoint,
    check_graph,
    collect_variables,
    read_checkpoint,
    restore_model,
    snapshot_variables,
    write_checkpoint,
)
from pyimagesearch.training.model_building import LinearDecay

ROWS = [{"epoch": 0, "seconds": 1.5, "gLoss": 2.25}]
BATCHES = [
    tuple(random_image(2 * step + side, SIZE, SIZE)[None] for side in (0, 1))
    for step in range(4)
]


RATES = (LinearDecay(1e-3, 10), 1e-3)


def compile_model(seed, rates=RATES, averageWeights=True):
    keras.utils.set_random_seed(seed)
    networks = Pix2Pix(SIZE, SIZE)
    model = Pix2PixTraining(networks.generator(), networks.discriminator())
    model.compile(
        *map(keras.optimizers.Adam, rates),
        keras.losses.BinaryCrossentropy(from_logits=True),
        keras.losses.MeanAbsoluteError(),
        averageWeights=averageWeights,
    )
    return model


def train(model, batches):
    step = tf.function(model.train_step)
    for batch in batches:
        step(tuple(map(tf.constant, batch)))


def create_checkpoint(model, rows=()):
    best = BestScore("ssim", 0, 0.5)
    return Checkpoint(1, 2, list(rows), snapshot_variables(model), 2, best, GRAPH)


def copy_values(model):
    return {name: value.copy() for name, value in snapshot_variables(model).items()}


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_restored_training_equals_the_uninterrupted_one(tmp_path, precision, policy):
    precision(policy)
    path = tmp_path / "below" / "last.npz"
    model = compile_model(seed=1)
    train(model, BATCHES[:2])
    write_checkpoint(path, create_checkpoint(model, ROWS))
    train(model, BATCHES[2:])
    expected = copy_values(model)

    other = compile_model(seed=2)
    before = copy_values(other)
    checkpoint = read_checkpoint(path)
    assert (checkpoint.epochs, checkpoint.steps, checkpoint.history) == (1, 2, ROWS)
    assert (checkpoint.pairs, checkpoint.best) == (2, BestScore("ssim", 0, 0.5))
    restore_model(other, checkpoint, tmp_path)
    assert int(other.gOptimizer.iterations) == 2
    train(other, BATCHES[2:])
    for name, value in copy_values(other).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
        assert value.dtype == expected[name].dtype
    assert any((before[name] != expected[name]).any() for name in before)


def test_everything_that_a_step_changes_is_saved(precision):
    precision("mixed_float16")
    model = compile_model(seed=1)
    names = [variable.path for variable in collect_variables(model).values()]
    # the dropout layers of the generator and of its EMA
    assert sum("seed_generator_state" in name for name in names) == 6
    assert sum("dynamic_scale" in name for name in names) == 2
    assert sum("adam" in name and "iteration" in name for name in names) == 2
    assert sum("moving_" in name for name in names) == 2
    weights = model.generator.trainable_weights + model.discriminator.trainable_weights
    slots = [name for name in names if "momentum" in name or "velocity" in name]
    assert len(slots) == 2 * len(weights)


def test_checkpoint_of_other_networks_is_refused(tmp_path):
    model = compile_model(seed=1)
    checkpoint = create_checkpoint(model)
    variables = dict(checkpoint.variables)
    weights = variables["generator/000"]
    variables["generator/000"] = weights.astype(np.int32)
    with pytest.raises(UserError, match="generator of the checkpoint .* not match"):
        restore_model(model, checkpoint._replace(variables=variables), tmp_path)
    variables["generator/000"] = weights[..., :-1]
    with pytest.raises(UserError, match="generator of the checkpoint .* not match"):
        restore_model(model, checkpoint._replace(variables=variables), tmp_path)
    del variables["generator/000"]
    with pytest.raises(UserError, match="generator of the checkpoint .* not match"):
        restore_model(model, checkpoint._replace(variables=variables), tmp_path)


def test_missing_checkpoint_is_none_and_damaged_one_an_error(tmp_path):
    path = tmp_path / "last.npz"
    assert read_checkpoint(path) is None
    write_checkpoint(path, create_checkpoint(compile_model(seed=1)))
    whole = path.read_bytes()
    for damaged in (b"", whole[:1000], whole[:-1000], whole.replace(b"progress", b"x")):
        path.write_bytes(damaged)
        with pytest.raises(UserError, match="last.npz is not a checkpoint"):
            read_checkpoint(path)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1  # one bit of a weight
    path.write_bytes(flipped)
    with pytest.raises(UserError, match="last.npz is not a checkpoint"):
        read_checkpoint(path)


def fill_with_noise(optimizer):
    for seed, variable in enumerate(optimizer.variables):
        if variable.name != "learning_rate":
            noise = np.random.default_rng(seed).uniform(1, 9, variable.shape)
            variable.assign(noise.astype(variable.dtype))


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
@pytest.mark.parametrize("decays", [False, True])
def test_the_learning_rate_of_the_settings_replaces_that_of_the_checkpoint(
    tmp_path, precision, policy, decays
):
    precision(policy)
    model = compile_model(seed=1)
    for optimizer in (model.gOptimizer, model.dOptimizer):
        fill_with_noise(optimizer)
        optimizer.iterations.assign(2)
    # Step 2 of 4 is the middle, where the decay begins.
    rates = (LinearDecay(5e-4, 4) if decays else 5e-4,) * 2
    other = compile_model(seed=2, rates=rates)
    restore_model(other, create_checkpoint(model), tmp_path)
    for name in ("gOptimizer", "dOptimizer"):
        optimizer, before = getattr(other, name), getattr(model, name)
        assert float(optimizer.learning_rate) == np.float32(5e-4)
        ours, theirs = (
            [v for v in each.variables if v.name != "learning_rate"]
            for each in (optimizer, before)
        )
        for variable, expected in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(variable, expected)
    assert int(other.gOptimizer.iterations) == 2


def test_a_new_ema_starts_with_the_generator_and_an_old_one_is_left_out(tmp_path):
    model = compile_model(seed=1, averageWeights=False)
    train(model, BATCHES[:2])
    other = compile_model(seed=2)
    restore_model(other, create_checkpoint(model), tmp_path)
    for weight, expected in zip(
        other.ema.network.weights, model.generator.weights, strict=True
    ):
        np.testing.assert_array_equal(weight, expected)

    train(other, BATCHES[2:])
    restore_model(model, create_checkpoint(other), tmp_path)
    assert model.ema is None
    np.testing.assert_array_equal(
        model.generator.weights[0], other.generator.weights[0]
    )


def test_a_paper_network_of_version_1_is_refused(tmp_path):
    checkpoint = Checkpoint(1, 2, [], {})
    check_graph(checkpoint, "tutorial", tmp_path)
    with pytest.raises(UserError, match="trained by version 1, whose U-Net of the pap"):
        check_graph(checkpoint, "paper", tmp_path)
    check_graph(checkpoint._replace(graph=GRAPH), "paper", tmp_path)
