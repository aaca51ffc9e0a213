"""The benchmark of two workers, with processes of the smallest size."""

import os
from types import SimpleNamespace

import pytest

from pyimagesearch.benchmark import distributed
from pyimagesearch.errors import UserError

SETTINGS = {"batch_size": 2, "steps": 1, "rounds": 1, "network": "tutorial"}


def test_the_setups_need_two_cores_and_an_even_batch(monkeypatch):
    odd = SimpleNamespace(**{**SETTINGS, "batch_size": 3})
    monkeypatch.setattr(distributed, "_get_cores", lambda: [0, 1])
    with pytest.raises(UserError, match="--batch-size 3 is odd: choose an even one"):
        distributed.measure_workers(odd, (32, 32))
    monkeypatch.setattr(distributed, "_get_cores", lambda: [0])
    with pytest.raises(UserError, match="needs Linux and two cores"):
        distributed.measure_workers(SimpleNamespace(**SETTINGS), (32, 32))


def test_the_share_without_computation_follows_from_the_rates(monkeypatch):
    rates = {
        "1 process 2 cores": 8.0,
        "1 process 1 core": 5.0,
        "2 workers 1 core": 6.0,
        "half batch 1 core": 4.0,
    }

    def train(name, flags, batch_size, cores, folder):
        assert batch_size == 2 and "--image-size" in flags
        return rates[name], len(name) * 1_000_000

    monkeypatch.setattr(distributed, "_get_cores", lambda: [0, 1])
    monkeypatch.setattr(distributed, "_train", train)
    figures, notes = distributed.measure_workers(SimpleNamespace(**SETTINGS), (32, 32))
    assert {name: row["per_second"] for name, row in figures.items()} == rates
    assert figures["2 workers 1 core"]["ratio"] == 0.75
    assert figures["2 workers 1 core"]["peak_memory"] == 16_000_000
    # A worker has a step of 1 image in 1 / 3 s, and computes 1 image in 1 / 4 s.
    assert notes == {"share of a step that is not computation": pytest.approx(0.25)}


@pytest.mark.slow
def test_all_setups_train():
    before = os.sched_getaffinity(0)
    figures, _ = distributed.measure_workers(SimpleNamespace(**SETTINGS), (32, 32))
    assert list(figures) == list(distributed.SETUPS)
    for row in figures.values():
        assert row["per_second"] > 0 and row["peak_memory"] > 100e6
    assert os.sched_getaffinity(0) == before
