"""Ctrl-C and SIGTERM end a training at the end of its step."""

import io
import os
import signal
import sys

import keras
import numpy as np
import pytest

import train_pix2pix
from pyimagesearch.cli import run_command
from pyimagesearch.errors import RunStoppedError
from pyimagesearch.training.callbacks import SIGNALS, handle_interrupts
from pyimagesearch.training.run import Run


class SignalAt(keras.callbacks.Callback):
    """Sends this process a signal in one batch, and counts the training batches."""

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
def test_it_ends_after_the_step_with_the_resume_hint(number, status, capfd):
    before = [signal.getsignal(each) for each in SIGNALS]
    sender = SignalAt(number, batch=4)
    with pytest.raises(RunStoppedError, match="interrupted: how to resume") as stopped:
        fit([sender])
    assert stopped.value.status == status
    assert sender.batches == 4
    assert "interrupt again to stop at once" in capfd.readouterr().err
    assert sender.handlers == [signal.SIG_DFL, signal.SIG_DFL]
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_it_ends_during_validation():
    sender = SignalAt(signal.SIGINT, batch=0, in_validation=True)
    with pytest.raises(RunStoppedError):
        fit([sender])
    assert sender.batches == 3


def test_it_ends_after_a_signal_that_follows_the_last_step():
    class Late(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(RunStoppedError):
        fit([Late()])


def test_without_a_signal_all_steps_run():
    sender = SignalAt(signal.SIGINT, batch=99)
    fit([sender])
    assert sender.batches == 6


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_signal_during_a_print_is_no_reentrant_call(monkeypatch, name):
    class Interrupted(io.RawIOBase):
        """A stream that is interrupted while it writes."""

        def writable(self):
            return True

        def write(self, data):
            if signal.getsignal(signal.SIGINT) is not signal.SIG_DFL:
                os.kill(os.getpid(), signal.SIGINT)
            return len(data)

    stream = io.TextIOWrapper(io.BufferedWriter(Interrupted()), write_through=True)
    monkeypatch.setattr(sys, name, stream)
    with (
        pytest.raises(RunStoppedError, match="how to resume"),
        handle_interrupts(lambda: "how to resume"),
    ):
        print("a line of the progress bar", file=stream, flush=True)


def test_sigterm_in_the_last_evaluation_ends_the_command(
    tmp_path, monkeypatch, pairs_folder, capsys
):
    finish = Run.finish

    def interrupted_finish(run, model, test_dataset, interruption):
        sender = SignalAt(signal.SIGTERM, batch=0, in_validation=True)
        evaluate = model.evaluate

        def interrupted_evaluate(*args, callbacks, **kwargs):
            return evaluate(*args, callbacks=[sender, *callbacks], **kwargs)

        model.evaluate = interrupted_evaluate
        finish(run, model, test_dataset, interruption)

    monkeypatch.setattr(Run, "finish", interrupted_finish)
    flags = ["--data", str(pairs_folder), "--output", str(tmp_path / "run")]
    flags += ["--image-size", "32", "--batch-size", "1", "--epochs", "1"]
    monkeypatch.setattr(sys, "argv", ["train", *flags, "--steps-per-epoch", "1"])
    with pytest.raises(SystemExit) as ended:
        run_command(train_pix2pix.main)
    assert ended.value.code == 143
    assert capsys.readouterr().err.splitlines()[-1] == (
        "[ERROR] interrupted: all epochs were saved; run the same command with "
        "--resume to finish"
    )
    assert (tmp_path / "run" / "models" / "generator.keras").is_file()
