"""Where a process finds its cluster, and what is wrong with the description of one."""

import argparse
import json

import pytest

from pyimagesearch.cluster.cluster_spec import (
    ClusterSpec,
    find_cluster,
    parse_addresses,
    split_address,
)
from pyimagesearch.cluster.slurm import expand_counts, expand_nodes, list_addresses
from pyimagesearch.errors import UserError

TWO = ("127.0.0.1:2222", "127.0.0.1:2223")
SLURM = {
    "SLURM_STEP_NUM_TASKS": "4",
    "SLURM_STEP_NODELIST": "gpu[9-10]",
    "SLURM_STEP_TASKS_PER_NODE": "2(x2)",
    "SLURM_PROCID": "2",
    "SLURM_JOB_ID": "74012",
}


def make_config(kind, index, **cluster):
    task = {"type": kind, "index": index}
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}


def test_flags_win_over_tf_config_and_it_over_slurm():
    config = make_config("worker", 0, worker=["a:1", "b:2"])
    spec = find_cluster("auto", TWO, 1, config | SLURM)
    assert spec == ClusterSpec(TWO, 1, "--workers")
    assert spec.name(0) == "worker 0 (127.0.0.1:2222)"
    spec = find_cluster("auto", None, None, config | SLURM)
    assert spec == ClusterSpec(("a:1", "b:2"), 0, "TF_CONFIG")
    assert find_cluster("auto", None, None, SLURM).source == "Slurm"


def test_one_process_trains_alone():
    config = make_config("worker", 0, worker=["a:1", "b:2"])
    for strategy in ("none", "mirrored"):
        assert find_cluster(strategy, None, None, config | SLURM) is None
    assert find_cluster("auto", None, None, {}) is None
    assert find_cluster("auto", None, None, {"TF_CONFIG": "{}"}) is None
    one = make_config("chief", 0, chief=["a:1"])
    assert find_cluster("auto", None, None, one) is None
    assert (
        find_cluster("auto", None, None, SLURM | {"SLURM_STEP_NUM_TASKS": "1"}) is None
    )


def test_the_chief_of_tf_config_comes_first():
    cluster = {"worker": ["b:1", "c:1"], "chief": ["a:1"], "evaluator": ["d:1"]}
    spec = find_cluster("auto", None, None, make_config("worker", 1, **cluster))
    assert spec == ClusterSpec(("a:1", "b:1", "c:1"), 2, "TF_CONFIG")
    spec = find_cluster("auto", None, None, make_config("chief", 0, **cluster))
    assert spec.index == 0


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"TF_CONFIG": "{"}, "TF_CONFIG does not describe a cluster: it is not JSON"),
        ({"TF_CONFIG": '{"cluster": {}}'}, 'its entry "task" is missing'),
        (make_config("worker", 2, worker=["a:1", "b:1"]), '"worker" 2, is not in'),
        (make_config("ps", 0, worker=["a:1"], ps=["b:1"]), 'it has a job "ps"'),
        (
            make_config("evaluator", 0, worker=["a:1"], evaluator=["b:1"]),
            'its task is "evaluator", and the workers evaluate themselves',
        ),
        (make_config("worker", 0, worker=["a:1", "a:1"]), "a:1 is there twice"),
        (make_config("worker", 0, worker=["a:0", "b:1"]), "a:0 is not an address"),
    ],
)
def test_a_wrong_tf_config_is_refused(config, message):
    with pytest.raises(UserError, match=message):
        find_cluster("auto", None, None, config)


@pytest.mark.parametrize(
    ("strategy", "workers", "index", "message"),
    [
        ("auto", TWO, 2, "--worker 2 is not one of the 2 workers, 0 to 1"),
        ("auto", TWO, None, "--workers needs --worker N"),
        ("auto", None, 1, "--worker 1 needs the addresses of all: add --workers"),
        ("auto", TWO[:1], 0, "is one address"),
        ("none", TWO, 0, "--strategy none trains in one process"),
        ("multiworker", None, None, "--strategy multiworker needs several workers"),
        (
            "auto",
            ("127.0.0.1:1", "unknown.invalid:1"),
            0,
            r"the host of worker 1 \(unknown.invalid:1\) is unknown",
        ),
    ],
)
def test_wrong_flags_are_refused(strategy, workers, index, message):
    with pytest.raises(UserError, match=message):
        find_cluster(strategy, workers, index, {})


def test_addresses_have_a_host_and_a_port():
    assert parse_addresses("a:1, [::1]:65535") == ("a:1", "[::1]:65535")
    assert split_address("[::1]:65535") == ("::1", 65535)
    assert split_address("node-1.local:8080") == ("node-1.local", 8080)
    for wrong in ("a", "a:", ":1", "a:65536", "a:1,", "a b:1", "a:-1"):
        with pytest.raises(argparse.ArgumentTypeError):
            parse_addresses(wrong)


def test_slurm_counts_tasks_in_the_order_of_its_nodes():
    first = 20_000 + 16 * 12  # of a job whose number ends in 012
    addresses = ("gpu9", "gpu9", "gpu10", "gpu10")
    expected = tuple(
        f"{node}:{first + number % 2}" for number, node in enumerate(addresses)
    )
    assert list_addresses(SLURM) == expected
    assert find_cluster("auto", None, None, SLURM) == ClusterSpec(expected, 2, "Slurm")


def test_slurm_lists_are_expanded():
    nodes = list(expand_nodes("a[08-10,12],login1,r[1-2]n[3,5]x"))
    assert nodes == [
        *("a08", "a09", "a10", "a12", "login1"),
        *("r1n3x", "r1n5x", "r2n3x", "r2n5x"),
    ]
    assert list(expand_counts("2(x3),1")) == [2, 2, 2, 1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLURM_STEP_NODELIST", "gpu[9-"),
        ("SLURM_STEP_NODELIST", "gpu[9-10"),
        ("SLURM_STEP_NODELIST", "gpu9"),
        ("SLURM_STEP_TASKS_PER_NODE", "2(y2)"),
        ("SLURM_STEP_TASKS_PER_NODE", "17(x2)"),
        ("SLURM_PROCID", "4"),
    ],
)
def test_variables_of_slurm_that_make_no_sense_are_refused(name, value):
    with pytest.raises(UserError, match="the variables of Slurm do not describe"):
        find_cluster("auto", None, None, SLURM | {name: value})
    without = {key: text for key, text in SLURM.items() if key != name}
    with pytest.raises(UserError, match=name):
        find_cluster("auto", None, None, without)
