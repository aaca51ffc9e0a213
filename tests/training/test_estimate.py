"""The time that a training is said to take."""

import pytest

from pyimagesearch.training import estimate
from pyimagesearch.training.estimate import TimeEstimate, duration


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
    assert duration(seconds) == words


def test_the_first_step_does_not_count(monkeypatch, capsys):
    clock = iter([100.0, 115.0])  # after the first step, after five more
    monkeypatch.setattr(estimate.time, "perf_counter", lambda: next(clock))
    callback = TimeEstimate()
    callback.set_params({"steps": 100, "epochs": 150})
    callback.on_train_begin()
    for batch in range(20):
        callback.on_train_batch_end(batch)
    said = capsys.readouterr().out
    assert said.count("[INFO]") == 1
    assert "about 12 hours; --recipe quick" in said  # 3 s a step, 15,000 steps
