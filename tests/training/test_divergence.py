"""A NaN or infinite loss stops the training at its step."""

import pytest

from pyimagesearch.errors import RunStoppedError
from pyimagesearch.training.callbacks import StopOnDivergence


@pytest.mark.parametrize("name", ["dLoss", "gLoss"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_it_stops_and_suggests_other_settings(name, value):
    callback = StopOnDivergence()
    callback.on_epoch_begin(3)
    callback.on_train_batch_end(11, {"dLoss": 1.0, "gLoss": -2.0})
    with pytest.raises(RunStoppedError) as stopped:
        callback.on_train_batch_end(12, {"dLoss": 1.0, "gLoss": 2.0, name: value})
    assert stopped.value.status == 1
    message = str(stopped.value)
    assert f"{name} is {value} at step 12 of epoch 3. The last checkpoint" in message
    assert "--learning-rate" in message
    assert "--precision float32" in message
