"""One pass over a set of pairs."""

import numpy as np
import tensorflow as tf

from pyimagesearch.evaluation.evaluation_pass import compute_mean_image, evaluate_pairs
from pyimagesearch.evaluation.evaluators import ImageEvaluator
from pyimagesearch.visualization import to_uint8

NUMBER, SIZE = 5, 12


def pictures(seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (NUMBER, SIZE, SIZE, 3)).astype(np.float32)


INPUTS, TARGETS = pictures(0), pictures(1)


def pairs():
    return tf.data.Dataset.from_tensor_slices((INPUTS, TARGETS)).batch(2)


class Recorder:
    """A judge that keeps what it is given."""

    def __init__(self):
        self.given = []

    def add(self, *given):
        self.given.append(given)

    def scores(self):
        return {"sharpness": {"mean": 7}}

    def of_pictures(self):
        return {"sharpness": list(range(NUMBER))}


def evaluation(judges, mean=None, show=lambda *_: None):
    names = [f"val/{number}" for number in range(NUMBER)]
    return evaluate_pairs(pairs(), names, np.negative, mean, judges, show)


def test_every_batch_is_judged_once_with_what_it_is_held_against():
    mean = TARGETS.mean(0)
    judge = Recorder()
    evaluation([judge], mean)
    assert [len(target) for _, target, _ in judge.given] == [2, 2, 1]
    for place, (input_mask, target, outputs) in enumerate(judge.given):
        part = slice(2 * place, 2 * place + 2)
        np.testing.assert_array_equal(input_mask, INPUTS[part])
        np.testing.assert_array_equal(target, TARGETS[part])
        assert list(outputs) == ["model", "copy the input", "mean picture"]
        np.testing.assert_array_equal(outputs["model"], -INPUTS[part])
        np.testing.assert_array_equal(outputs["copy the input"], INPUTS[part])
        assert all(np.array_equal(picture, mean) for picture in outputs["mean picture"])


def test_the_scores_of_all_judges_come_together():
    found = evaluation([ImageEvaluator((2, SIZE, SIZE, 3)), Recorder()])
    assert list(found["scores"]) == ["l1", "psnr", "ssim", "sharpness"]
    assert found["classes"] is None
    assert [image["name"] for image in found["images"]] == [
        f"val/{number}" for number in range(NUMBER)
    ]
    last = found["images"][4]["scores"]
    assert last["sharpness"] == 4
    assert np.isclose(last["l1"], np.abs(INPUTS[4] + TARGETS[4]).mean())


def test_every_pair_is_shown_as_bytes():
    shown = []
    evaluation([], show=lambda *given: shown.append(given))
    assert [number for number, *_ in shown] == list(range(NUMBER))
    for number, *three in shown:
        expected = INPUTS[number], -INPUTS[number], TARGETS[number]
        np.testing.assert_array_equal(three, to_uint8(expected))


def test_the_mean_picture_is_of_all_targets():
    mean = compute_mean_image(pairs(), NUMBER)
    assert mean.dtype == np.float32
    np.testing.assert_allclose(mean, TARGETS.mean(0), atol=1e-6)
