"""A NaN or infinite loss stops the training at its step."""

from types import SimpleNamespace

import keras
import pytest

from pyimagesearch.errors import RunStoppedError
from pyimagesearch.training.callbacks import StopOnDivergence


def create_callback(saved_epochs):
    callback = StopOnDivergence(lambda: saved_epochs)
    optimizer = keras.optimizers.Adam(5e-4)
    callback.set_model(SimpleNamespace(gOptimizer=optimizer))
    callback.on_epoch_begin(3)
    return callback


@pytest.mark.parametrize("name", ["dLoss", "gLoss"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_it_stops_and_suggests_half_the_rate(name, value):
    callback = create_callback(saved_epochs=2)
    callback.on_train_batch_end(11, {"dLoss": 1.0, "gLoss": -2.0})
    with pytest.raises(RunStoppedError) as stopped:
        callback.on_train_batch_end(12, {"dLoss": 1.0, "gLoss": 2.0, name: value})
    assert stopped.value.status == 1
    message = str(stopped.value)
    assert f"{name} is {value} at step 12 of epoch 3. The checkpoint of the" in message
    assert "2 epochs before is kept: continue from it with --resume " in message
    assert "--resume --learning-rate 0.00025, or try --gan-loss lsgan" in message


def test_before_the_first_checkpoint_it_suggests_to_start_over():
    callback = create_callback(saved_epochs=0)
    with pytest.raises(RunStoppedError) as stopped:
        callback.on_train_batch_end(0, {"dLoss": float("nan"), "gLoss": 2.0})
    message = str(stopped.value)
    assert "No epoch was saved: start over with --learning-rate 0.00025" in message
