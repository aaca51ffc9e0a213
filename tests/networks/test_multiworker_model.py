"""What Keras does that training on several machines relies on.

If a new version of Keras fails one of these tests, read `networks.multiworker_model`.
"""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.distribution import all_gather, broadcast_variables
from pyimagesearch.networks.multiworker_model import MultiWorkerModel
from pyimagesearch.training.hardware import create_mirrored_strategy


class Line(MultiWorkerModel):
    """y = weight * x, with a step that counts."""

    def __init__(self):
        super().__init__()
        self.weight = self.add_weight(shape=(), initializer="ones", name="weight")
        self.built = True
        self.hooks = []

    def _maybe_symbolic_build(self, *args, **kwargs):
        self.hooks.append("build")

    def make_train_function(self, force=False):
        self.hooks.append("train function")
        return super().make_train_function(force)

    def make_test_function(self, force=False):
        self.hooks.append("test function")
        return super().make_test_function(force)

    def call(self, x):
        return self.weight * x

    def train_step(self, inputs):
        x, y = inputs
        replica = tf.distribute.get_replica_context()
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - self(x)))
        self.optimizer.apply([tape.gradient(loss, self.weight.value)], [self.weight])
        return {"loss": replica.all_reduce("sum", loss)}

    def test_step(self, inputs):
        x, y = inputs
        return {"error": tf.reduce_mean(tf.abs(y - self(x)))}


def make_pairs():
    x = np.arange(6, dtype=np.float32)
    return tf.data.Dataset.from_tensor_slices((x, 3 * x)).batch(2)


@pytest.fixture
def strategy():
    """The strategy of a cluster, with this process as its only worker."""
    return tf.distribute.MultiWorkerMirroredStrategy()


def fit(strategy, make_dataset):
    with strategy.scope():
        model = Line()
        model.compile(optimizer=keras.optimizers.SGD(0.01), jit_compile=False)
    history = model.fit(
        make_dataset(),
        steps_per_epoch=3,
        epochs=2,
        validation_data=make_dataset(),
        validation_steps=3,
        shuffle=False,
        verbose=0,
    )
    return model, history.history


def test_fit_calls_what_this_package_overrides(strategy):
    model, history = fit(
        strategy, lambda: strategy.distribute_datasets_from_function(lambda _: repeat())
    )
    assert model.hooks[:2] == ["build", "train function"]
    assert model.hooks.count("test function") == 2
    alone, expected = fit(tf.distribute.get_strategy(), repeat)
    assert alone.hooks == model.hooks
    weight, expected_weight = (
        float(keras.ops.convert_to_numpy(each.weight)) for each in (model, alone)
    )
    assert weight == pytest.approx(expected_weight, rel=1e-6)
    assert weight > 1.5
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-6, err_msg=name)


def repeat():
    return make_pairs().repeat()


def test_keras_still_has_the_hook_that_builds_from_a_batch():
    parameters = inspect.signature(keras.Model._maybe_symbolic_build).parameters
    assert [*parameters] == ["self", "iterator", "data_batch"]
    own = inspect.signature(MultiWorkerModel._maybe_symbolic_build).parameters
    assert [*own] == [*parameters]


@pytest.mark.parametrize("options", [{"jit_compile": True}, {"steps_per_execution": 2}])
def test_what_several_machines_do_not_support_is_refused(strategy, options):
    with strategy.scope():
        model = Line()
        model.compile(optimizer="sgd", **{"jit_compile": False, **options})
    with pytest.raises(ValueError, match="supports neither steps_per_execution nor"):
        model.fit(make_pairs(), shuffle=False, verbose=0)


def run_on_two(function, *arguments):
    """Run on two replicas; return the results of both."""
    two = create_mirrored_strategy(("CPU:0", "CPU:1"))
    per_replica = [
        two.experimental_distribute_values_from_function(
            lambda context, argument=argument: argument[
                context.replica_id_in_sync_group
            ]
        )
        for argument in arguments
    ]
    run = tf.function(lambda *values: two.run(function, args=values))
    return [
        value.numpy() for value in two.experimental_local_results(run(*per_replica))
    ]


@pytest.mark.parametrize("sizes", [(2, 3), (0, 4), (1, 1)])
def test_parts_of_any_sizes_are_gathered_in_order(sizes):
    whole = np.random.default_rng(0).normal(size=(sum(sizes), 2, 3)).astype(np.float32)
    parts = [tf.constant(part) for part in np.split(whole, [sizes[0]])]
    for gathered in run_on_two(all_gather, parts):
        np.testing.assert_array_equal(gathered, whole)


def test_broadcast_keeps_every_bit():
    two = create_mirrored_strategy(("CPU:0", "CPU:1"))
    values = [
        np.array([-0.0, 1e-42, np.inf, -1.5], np.float32),
        np.array([[2**40 + 1, -7]], np.int64),
        np.array(3, np.int32),
    ]
    with two.scope():
        variables = [
            keras.Variable(value, dtype=value.dtype.name, trainable=False)
            for value in values
        ]
    broadcast_variables(two, variables)
    for variable, value in zip(variables, values, strict=True):
        for local in two.experimental_local_results(variable.value):
            assert local.numpy().tobytes() == value.tobytes()
