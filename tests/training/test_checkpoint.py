"""A restored training takes the same steps as an uninterrupted one, to the bit."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import SIZE, random_image

from pyimagesearch.errors import UserError
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.checkpoint import (
    collect_variables,
    read_checkpoint,
    restore_model,
    snapshot_model,
    write_checkpoint,
)
from pyimagesearch.training.model_building import LinearDecay

ROWS = [{"epoch": 0, "seconds": 1.5, "gLoss": 2.25}]
BATCHES = [
    tuple(random_image(2 * step + side, SIZE, SIZE)[None] for side in (0, 1))
    for step in range(4)
]


def compile_model(seed, steps=10):
    keras.utils.set_random_seed(seed)
    networks = Pix2Pix(SIZE, SIZE)
    model = Pix2PixTraining(networks.generator(), networks.discriminator())
    model.compile(
        keras.optimizers.Adam(LinearDecay(1e-3, steps)),
        keras.optimizers.Adam(1e-3),
        keras.losses.BinaryCrossentropy(from_logits=True),
        keras.losses.MeanAbsoluteError(),
        averageWeights=True,
    )
    return model


def train(model, batches):
    step = tf.function(model.train_step)
    for batch in batches:
        step(tuple(map(tf.constant, batch)))


def copy_values(model):
    return {
        name: keras.ops.convert_to_numpy(variable).copy()
        for name, variable in collect_variables(model).items()
    }


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_restored_training_equals_the_uninterrupted_one(tmp_path, precision, policy):
    precision(policy)
    path = tmp_path / "below" / "last.npz"
    model = compile_model(seed=1)
    train(model, BATCHES[:2])
    write_checkpoint(path, snapshot_model(model, 1, 2, ROWS))
    train(model, BATCHES[2:])
    expected = copy_values(model)

    other = compile_model(seed=2)
    before = copy_values(other)
    checkpoint = read_checkpoint(path)
    assert (checkpoint.epochs, checkpoint.steps, checkpoint.history) == (1, 2, ROWS)
    restore_model(other, checkpoint)
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
    checkpoint = snapshot_model(model, 1, 2, [])
    variables = dict(checkpoint.variables)
    variables["generator/000"] = variables["generator/000"][..., :-1]
    with pytest.raises(UserError, match="does not match these networks"):
        restore_model(model, checkpoint._replace(variables=variables))
    del variables["generator/000"]
    with pytest.raises(UserError, match="does not match these networks"):
        restore_model(model, checkpoint._replace(variables=variables))


def test_missing_checkpoint_is_none_and_damaged_one_an_error(tmp_path):
    path = tmp_path / "last.npz"
    assert read_checkpoint(path) is None
    write_checkpoint(path, snapshot_model(compile_model(seed=1), 1, 2, []))
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
