"""The pace of the steps, on the smallest images."""

from pyimagesearch.studies import pace
from pyimagesearch.studies.plan import VARIANTS


def test_kinds_are_measured_once_and_every_variant_has_its_own(monkeypatch):
    monkeypatch.setattr(pace, "ROUNDS", 3)
    for name in ("tutorial", "tutorial, lambda 100"):
        flags = (*VARIANTS[name], "--batch-size", "2")
        monkeypatch.setitem(VARIANTS, name, flags)
    variants = ["tutorial", "tutorial, lambda 100", "tutorial, batch 1"]
    figures = pace.measured(variants, (32, 32), 0.01)
    assert figures["device"] == "CPU"
    tutorial, other, one = (figures["steps"][variant] for variant in variants)
    assert tutorial == other  # of the same measurement
    assert (tutorial["batch_size"], one["batch_size"]) == (2, 1)
    for steps in (tutorial, one):
        assert 0 < steps["lowest"] <= steps["seconds"] <= steps["highest"]
        assert steps["precision"] == "float32"
    assert one["seconds"] != tutorial["seconds"]


def test_a_pace_is_seconds_over_steps(monkeypatch):
    now = iter(range(0, 100, 2))
    monkeypatch.setattr(pace.time, "perf_counter", lambda: next(now))
    taken = []

    class Loss:
        def numpy(self):
            taken.append(self)

    assert pace._taken(Loss, 3.0) == 4 / 2
    assert len(taken) == 2
