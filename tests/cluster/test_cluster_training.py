"""Several processes train as one does, resume each other's runs, and end together."""

import json
import os
import random
import signal
import time

import numpy as np
import pytest
from local_cluster import SMALL, LocalTraining, finish, write_pairs

TOLERANCE = 1e-5
EPOCHS = 5  # of four steps


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return write_pairs(tmp_path_factory.mktemp("pairs"))


@pytest.fixture
def make_training(pairs, tmp_path):
    return lambda name: LocalTraining(pairs, tmp_path / name, *SMALL)


def assert_equal_runs(run, expected):
    """All losses, scores and variables are equal, but for rounding."""
    history, expected_history = run.read_history(), expected.read_history()
    assert len(history) == len(expected_history)
    for row, expected_row in zip(history, expected_history, strict=True):
        assert row == pytest.approx(expected_row, abs=TOLERANCE)
    np.testing.assert_allclose(
        run.read_weights(), expected.read_weights(), rtol=0, atol=TOLERANCE
    )
    scores, expected_scores = (
        each.read_record()["results"]["validation"] for each in (run, expected)
    )
    assert scores == pytest.approx(expected_scores, abs=TOLERANCE)


@pytest.mark.slow
@pytest.mark.parametrize("devices", [1, 2])
def test_two_workers_train_as_one_process_does(make_training, devices):
    one, two = make_training("one"), make_training("two")
    one.finish(1, "--epochs", str(EPOCHS))
    output = two.finish(2, "--epochs", str(EPOCHS), devices=devices)
    assert_equal_runs(two, one)
    record = two.read_record()
    assert (len(record["workers"]), record["replicas"]) == (2, 2 * devices)
    assert one.read_record()["workers"] == []
    assert "[INFO] 1 other worker joined" in output
    names = {
        str(path.relative_to(two.folder))
        for path in two.folder.rglob("*")
        if "events.out" not in path.name
    }
    assert names == {
        str(path.relative_to(one.folder))
        for path in one.folder.rglob("*")
        if "events.out" not in path.name
    }


def describe_by_tf_config(addresses, number):
    config = {
        "cluster": {"chief": addresses[:1], "worker": addresses[1:]},
        "task": {"type": "worker" if number else "chief", "index": 0},
    }
    return {"TF_CONFIG": json.dumps(config)}


def describe_by_slurm(addresses, number):
    return {
        "SLURM_STEP_NUM_TASKS": "2",
        "SLURM_STEP_NODELIST": "localhost",
        "SLURM_STEP_TASKS_PER_NODE": "2",
        "SLURM_PROCID": str(number),
        "SLURM_JOB_ID": str(os.getpid()),
    }


@pytest.mark.slow
@pytest.mark.parametrize("describe", [describe_by_tf_config, describe_by_slurm])
def test_the_environment_describes_the_cluster(make_training, describe):
    training = make_training("run")
    output = training.finish(2, "--epochs", "1", describe=describe)
    source = {describe_by_tf_config: "TF_CONFIG", describe_by_slurm: "Slurm"}[describe]
    assert f"[INFO] this is worker 0 of 2, from {source}" in output
    assert training.read_record()["replicas"] == 2


@pytest.mark.slow
def test_a_run_changes_the_number_of_its_workers(make_training):
    expected = make_training("expected")
    expected.finish(1, "--epochs", str(EPOCHS))
    grows, shrinks = make_training("grows"), make_training("shrinks")
    grows.finish(1, "--epochs", "2")
    output = grows.finish(2, "--epochs", str(EPOCHS), "--resume")
    assert "[INFO] resuming after 2 epochs" in output
    shrinks.finish(2, "--epochs", "2")
    shrinks.finish(1, "--epochs", str(EPOCHS), "--resume")
    assert_equal_runs(grows, expected)
    assert_equal_runs(shrinks, expected)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_any_worker_ends_all_alike(make_training, number):
    training = make_training("run")
    processes = training.start(3, "--epochs", "500")
    wait_for_epoch(training)
    processes[1].send_signal(number)
    outputs = finish(processes)
    assert [status for status, *_ in outputs] == [128 + number] * 3
    for _, _, errors in outputs:
        assert "interrupted: " in errors and "Traceback" not in errors


@pytest.mark.slow
@pytest.mark.parametrize("lost", [0, 1])
def test_a_killed_worker_ends_the_others_which_resume(make_training, lost):
    expected, training = make_training("expected"), make_training("run")
    expected.finish(2, "--epochs", str(EPOCHS))
    processes = training.start(2, "--epochs", str(EPOCHS))
    wait_for_epoch(training)
    time.sleep(random.Random(lost).uniform(0, 2))
    start = time.monotonic()
    processes[lost].kill()
    outputs = finish(processes)
    assert time.monotonic() - start < 60
    status, _, errors = outputs[1 - lost]
    assert status == 1 and "Traceback" not in errors
    assert f"[ERROR] worker {lost} (127.0.0.1:" in errors
    assert "was lost (the connection was closed): " in errors
    training.finish(2, "--epochs", str(EPOCHS), "--resume")
    assert_equal_runs(training, expected)


def wait_for_epoch(training):
    deadline = time.monotonic() + 240
    while not (training.folder / "checkpoints/last.npz").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_other_pairs_or_flags_of_a_worker_stop_all(make_training, tmp_path):
    training = make_training("run")
    fewer = write_pairs(tmp_path / "fewer", train=10)
    outputs = finish(training.start(2, own_flags=((), ("--data", str(fewer)))))
    for status, _, errors in outputs:
        assert status == 2
        assert "the pairs of worker 1 (127.0.0.1:" in errors
        assert "10 pairs in train, instead of 11" in errors
    outputs = finish(training.start(2, own_flags=((), ("--seed", "4"))))
    for status, _, errors in outputs:
        assert status == 2
        assert "--seed 4" in errors and "all must have the same" in errors
    assert not training.folder.exists()
