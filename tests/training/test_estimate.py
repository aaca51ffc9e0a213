"""The time that a training is said to take."""

import pytest

from pyimagesearch.training import callbacks
from pyimagesearch.training.callbacks import TimeEstimate, format_duration


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


@pytest.mark.parametrize(
    ("first_epoch", "said"),
    [
        (0, "about 12 hours; --recipe quick is made for such a machine\n"),
        (75, "about 6 hours; --recipe quick is made for such a machine\n"),
        (147, "about 15 minutes\n"),
    ],
)
def test_the_first_step_and_the_epochs_done_do_not_count(
    first_epoch, said, monkeypatch, capsys
):
    clock = iter([100.0, 115.0])  # after the first step, after five of 3 s more
    monkeypatch.setattr(callbacks.time, "perf_counter", lambda: next(clock))
    callback = TimeEstimate()
    callback.set_params({"steps": 100, "epochs": 150})
    callback.on_train_begin()
    for epoch in (first_epoch, first_epoch + 1):
        callback.on_epoch_begin(epoch)
        for batch in range(20):
            callback.on_train_batch_end(batch)
    output = capsys.readouterr().out
    assert output.count("[INFO]") == 1
    assert said in output
