"""Ctrl-C and SIGTERM end a training at its next step."""

import io
import os
import signal

import keras
import numpy as np
import pytest

from pyimagesearch.errors import RunStoppedError
from pyimagesearch.training.callbacks import SIGNALS, handle_interrupts


class SignalAt(keras.callbacks.Callback):
    """Sends this process a signal in one batch, and counts the batches."""

    def __init__(self, number, batch, in_validation=False):
        super().__init__()
        self.number, self.batch, self.in_validation = number, batch, in_validation
        self.batches = 0
        self.handlers = None

    def on_train_batch_begin(self, batch, logs=None):
        self.batches += 1
        if self.batches == self.batch and not self.in_validation:
            self.send()

    def on_test_batch_begin(self, batch, logs=None):
        if self.in_validation:
            self.send()

    def send(self):
        os.kill(os.getpid(), self.number)
        self.handlers = [signal.getsignal(number) for number in SIGNALS]


def fit(model_callbacks):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((6, 1))
    with handle_interrupts(lambda: "how to resume") as interruption:
        model.fit(
            x,
            x,
            batch_size=2,
            epochs=2,
            validation_data=(x, x),
            verbose=0,
            callbacks=[interruption, *model_callbacks],
        )


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_it_stops_at_the_next_step_and_says_how_to_resume(number, status, capfd):
    before = [signal.getsignal(each) for each in SIGNALS]
    sender = SignalAt(number, batch=4)
    with pytest.raises(RunStoppedError, match="interrupted: how to resume") as stopped:
        fit([sender])
    assert stopped.value.status == status
    assert sender.batches == 4
    assert "a second signal stops at once" in capfd.readouterr().err
    assert sender.handlers == [signal.SIG_DFL, signal.SIG_DFL]  # end the process
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_it_stops_in_the_validation_too():
    sender = SignalAt(signal.SIGINT, batch=0, in_validation=True)
    with pytest.raises(RunStoppedError):
        fit([sender])
    assert sender.batches == 3


def test_a_signal_after_the_last_step_ends_it_as_well():
    class Late(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(RunStoppedError):
        fit([Late()])


def test_without_a_signal_nothing_happens():
    sender = SignalAt(signal.SIGINT, batch=99)
    fit([sender])
    assert sender.batches == 6


def test_a_signal_in_the_last_evaluation_stops_it(capfd):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    sender = SignalAt(signal.SIGTERM, batch=0, in_validation=True)
    with (
        pytest.raises(RunStoppedError, match="interrupted: how to resume") as stopped,
        handle_interrupts(lambda: "how to resume") as interruption,
    ):
        callbacks = [sender, interruption]
        model.evaluate(np.ones((6, 1)), np.ones((6, 1)), verbose=0, callbacks=callbacks)
    assert stopped.value.status == 143


def test_a_signal_inside_a_print_does_no_harm(monkeypatch, capfd):
    class SlowOutput(io.StringIO):
        """Gets a signal while it is written, and refuses to be written twice."""

        is_writing = False

        def write(self, text):
            if self.is_writing:
                raise RuntimeError("reentrant call")
            self.is_writing = True
            if text:
                os.kill(os.getpid(), signal.SIGINT)
            self.is_writing = False
            return super().write(text)

    with pytest.raises(RunStoppedError), handle_interrupts(lambda: ""):
        monkeypatch.setattr("sys.stdout", SlowOutput())
        print("a line", end="")
        monkeypatch.undo()
    assert "stopping at the end of this step" in capfd.readouterr().err
