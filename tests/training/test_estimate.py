"""The time that a training is said to take."""

import pytest

from pyimagesearch.training import callbacks
from pyimagesearch.training.callbacks import TimeEstimate, format_duration


class Clock:
    """Stands in for `time.perf_counter`."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(callbacks.time, "perf_counter", clock)
    return clock


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


def train(clock, steps, epochs, first_epoch=0, between=0.0, tail=0.0, trained=2):
    """Epochs whose steps take 3 s, the first one 60 s; returns the callback."""
    callback = TimeEstimate()
    callback.set_params({"steps": steps, "epochs": epochs})
    callback.on_train_begin()
    for epoch in range(first_epoch, first_epoch + trained):
        callback.on_epoch_begin(epoch)
        for batch in range(steps):
            clock.now += between
            callback.on_train_batch_begin(batch)
            clock.now += 3 if (epoch, batch) > (first_epoch, 0) else 60
            callback.on_train_batch_end(batch)
        clock.now += tail
    return callback


@pytest.mark.parametrize(
    ("first_epoch", "said"),
    [
        (0, "about 12 hours, without its validation; --recipe quick is made for such"),
        (75, "about 6 hours, without its validation; --recipe quick is made for such"),
        (147, "about 15 minutes, without its validation\n"),
    ],
)
def test_the_first_step_and_the_epochs_before_do_not_count(
    first_epoch, said, clock, capsys
):
    train(clock, steps=100, epochs=150, first_epoch=first_epoch)
    output = capsys.readouterr().out
    assert output.count("[INFO]") == 1
    assert said in output


def test_only_the_time_inside_the_steps_counts(clock, capsys):
    train(clock, steps=8, epochs=300, between=7.0)
    output = capsys.readouterr().out
    assert "about 2 hours, without its validation" in output  # 300 x 8 x 3 s


def test_few_steps_are_estimated_by_their_epoch(clock, capsys):
    # Five timed steps would contain two ends of epochs, each with 300 s of validation.
    train(clock, steps=3, epochs=10, between=7.0, tail=300.0, trained=3)
    output = capsys.readouterr().out
    assert output.count("[INFO]") == 1
    assert "about 64 minutes, with its validation" in output  # 10 x (66 + 21 + 300) s


def test_the_validation_revises_the_estimate(clock, capsys):
    train(clock, steps=100, epochs=10, tail=200.0)
    first, second = capsys.readouterr().out.split("[INFO]")[1:]
    assert "about 50 minutes, without its validation" in first  # 10 x 100 x 3 s
    assert "about 93 minutes, with its validation" in second  # 10 x (357 + 200) s
