"""The pace of the steps, by a clock that a step moves on."""

import pytest

from pyimagesearch.studies import pace

COST = {32: 4.0, 1: 0.5}  # seconds, by the batch size


@pytest.fixture
def made(monkeypatch):
    """The settings of the steps that were made; a step takes what `COST` says."""
    now, made = [0.0], []

    def package_step(settings):
        made.append(settings)

        class Loss:
            def numpy(self):
                now[0] += COST[settings.batch_size]

        return Loss

    monkeypatch.setattr(pace, "package_step", package_step)
    monkeypatch.setattr(pace.time, "perf_counter", lambda: now[0])
    return made


def test_kinds_are_measured_once_and_every_variant_has_its_own(made):
    variants = ["tutorial", "tutorial, lambda 100", "tutorial, batch 1"]
    figures = pace.measured(variants, (32, 64), 3.0)
    assert [settings.batch_size for settings in made] == [32, 1]
    assert {settings.image_size for settings in made} == {(32, 64)}
    assert {settings.precision for settings in made} == {"float32"}  # no longer "auto"
    assert figures["device"] == "CPU"
    tutorial, other, one = (figures["steps"][variant] for variant in variants)
    same = {"seconds": 4.0, "lowest": 4.0, "highest": 4.0}
    assert tutorial == other == {"batch_size": 32, "precision": "float32", **same}
    assert (one["batch_size"], one["seconds"]) == (1, 0.5)


def test_a_pace_is_a_median_with_its_ends(made, monkeypatch):
    steps = iter((1.0, 5.0, 2.0, 4.0, 3.0))  # of five rounds, a step each
    monkeypatch.setattr(pace, "_taken", lambda step, seconds: next(steps))
    (figures,) = pace.measured(["tutorial"], (32, 32), 1.0)["steps"].values()
    assert figures["seconds"] == 3.0
    assert (figures["lowest"], figures["highest"]) == (1.0, 5.0)
