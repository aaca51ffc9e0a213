"""The time of a training step."""

import tensorflow as tf
from recipe_study.step_time import (
    ROUNDS,
    create_timing_key,
    measure_step_times,
    parse_variant,
    summarize_times,
    time_in_turn,
)

SIZE = (64, 64)


def test_steps_are_timed_in_turn():
    """The steps take 4 s and 0.5 s of the clock, a measurement at least 1 s."""
    now, calls = [100.0], []

    def create_step(name, cost):
        def run():
            calls.append(name)
            now[0] += cost
            return tf.constant(0.0)

        return run

    steps = {"slow": create_step("slow", 4.0), "fast": create_step("fast", 0.5)}
    times = time_in_turn(steps, seconds=1.0, clock=lambda: now[0])
    assert calls == ["slow", "fast", "fast"] * ROUNDS
    assert times == {"slow": [4.0] * ROUNDS, "fast": [0.5] * ROUNDS}


def test_times_are_summarized_by_their_median():
    summary = summarize_times([1.0, 5.0, 2.0, 4.0, 9.0])
    assert summary == {"seconds": 4.0, "lowest": 1.0, "highest": 9.0}


def test_variants_with_equal_steps_share_a_measurement():
    variants = ["best", "best, rate 2e-4", "best, no average"]
    figures = measure_step_times(variants, (32, 32), 1e-6)
    best, rate, no_average = (figures["steps"][variant] for variant in variants)
    assert figures["device"] == "CPU"
    assert best == rate != no_average
    assert (best["batch_size"], best["precision"]) == (4, "float32")  # not "auto"
    assert 0 < best["lowest"] <= best["seconds"] <= best["highest"]


def test_the_timing_key_is_equal_for_equal_steps():
    def key(variant):
        return create_timing_key(parse_variant(variant, SIZE))

    assert key("tutorial") == key("tutorial, lambda 100")
    assert key("tutorial") == key("tutorial, beta_1 0.5")
    assert key("best") == key("best, rate 2e-4")
    others = ["best, width 64", "best, no average", "tutorial, batch 1", "paper"]
    keys = [key(variant) for variant in ("tutorial", "best", *others)]
    assert len(set(keys)) == len(keys)
    assert "epochs" not in keys[0]
