"""The time that a training is estimated to take."""

import pytest

from pyimagesearch.training import callbacks
from pyimagesearch.training.callbacks import TimeEstimate, format_duration

TRACING, STEP, VALIDATION, OTHER = 100.0, 3.0, 20.0, 7.0  # seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 seconds"),
        (119, "119 seconds"),
        (121, "2 minutes"),
        (3600 * 1.9, "114 minutes"),
        (3600 * 47, "47 hours"),
        (86400 * 2.6, "3 days"),
    ],
)
def test_durations(seconds, words):
    assert format_duration(seconds) == words


def run_epochs(monkeypatch, steps, first_epoch, epochs):
    """Call the callback as `fit` does, on a clock that every part moves on."""
    now = 0.0
    monkeypatch.setattr(callbacks.time, "perf_counter", lambda: now)
    callback = TimeEstimate()
    callback.set_params({"steps": steps, "epochs": epochs})
    callback.on_train_begin()
    for epoch in range(first_epoch, min(first_epoch + 7, epochs)):
        callback.on_epoch_begin(epoch)
        for batch in range(steps):
            callback.on_train_batch_begin(batch)
            now += STEP if epoch > first_epoch or batch else TRACING
            callback.on_train_batch_end(batch)
        callback.on_test_begin()
        now += VALIDATION
        callback.on_test_end()
        now += OTHER  # such as a checkpoint


@pytest.mark.parametrize(
    ("steps", "first_epoch", "message"),
    [
        # 300 s per epoch
        (100, 0, "about 12 hours, plus validation; --recipe quick is much shorter\n"),
        (100, 75, "about 6 hours, plus validation; --recipe quick is much shorter\n"),
        (100, 147, "about 15 minutes, plus validation\n"),
        # 1, 2 or 5 steps of 3 s and 20 s of validation per epoch
        (1, 0, "about 58 minutes; --recipe quick is much shorter\n"),
        (2, 0, "about 65 minutes; --recipe quick is much shorter\n"),
        (5, 100, "about 29 minutes\n"),
    ],
)
def test_estimate_is_of_the_steps_and_of_a_measured_validation(
    monkeypatch, capsys, steps, first_epoch, message
):
    run_epochs(monkeypatch, steps, first_epoch, epochs=150)
    output = capsys.readouterr().out
    assert output.count("[INFO]") == 1
    assert message in output


def test_too_few_steps_give_no_estimate(monkeypatch, capsys):
    run_epochs(monkeypatch, steps=5, first_epoch=0, epochs=1)
    assert capsys.readouterr().out == ""
