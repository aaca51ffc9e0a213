"""The learning rate at the steps that matter."""

import keras
import numpy as np
import pytest

from pyimagesearch.training.model_building import LinearDecay


@pytest.mark.parametrize(
    ("step", "rate"),
    [(0, 2e-4), (49, 2e-4), (50, 2e-4), (75, 1e-4), (99, 4e-6), (100, 0), (120, 0)],
)
def test_half_constant_then_linearly_to_nothing(step, rate):
    assert float(LinearDecay(2e-4, 100)(step)) == pytest.approx(rate, abs=1e-9)


def test_an_optimizer_follows_it():
    variable = keras.Variable(np.zeros(1, np.float32))
    optimizer = keras.optimizers.SGD(LinearDecay(1.0, 4))
    moved = []
    for _ in range(4):
        before = variable.numpy()[0]
        optimizer.apply([keras.ops.ones(1)], [variable])
        moved.append(float(before - variable.numpy()[0]))
    assert moved == pytest.approx([1, 1, 1, 0.5])


def test_it_is_saved_with_its_optimizer():
    config = keras.optimizers.Adam(LinearDecay(0.5, 10)).get_config()
    schedule = keras.optimizers.Adam.from_config(config)._learning_rate
    assert schedule.get_config() == {"learning_rate": 0.5, "steps": 10}
