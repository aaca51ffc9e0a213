"""The learning rate of `LinearDecay`."""

import keras
import numpy as np
import pytest

from pyimagesearch.training.model_building import LinearDecay


@pytest.mark.parametrize(
    ("step", "rate"),
    [(0, 2e-4), (49, 2e-4), (50, 2e-4), (75, 1e-4), (99, 4e-6), (100, 0), (120, 0)],
)
def test_constant_for_half_of_the_run_then_linear_to_zero(step, rate):
    assert float(LinearDecay(2e-4, 100)(step)) == pytest.approx(rate, abs=1e-9)


def test_optimizer_uses_the_rate_of_each_step():
    variable = keras.Variable(np.zeros(1, np.float32))
    optimizer = keras.optimizers.SGD(LinearDecay(1.0, 4))
    moved = []
    for _ in range(4):
        before = variable.numpy()[0]
        optimizer.apply([keras.ops.ones(1)], [variable])
        moved.append(float(before - variable.numpy()[0]))
    assert moved == pytest.approx([1, 1, 1, 0.5])


def test_it_is_saved_with_the_optimizer():
    config = keras.optimizers.Adam(LinearDecay(0.5, 10)).get_config()
    schedule = keras.optimizers.Adam.from_config(config)._learning_rate
    assert schedule.get_config() == {"learning_rate": 0.5, "steps": 10}
