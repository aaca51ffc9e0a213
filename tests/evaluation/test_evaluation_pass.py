"""One pass over a dataset."""

from argparse import Namespace

import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.datasets.palettes import Palette
from pyimagesearch.errors import UserError
from pyimagesearch.evaluation.evaluation_pass import (
    check_labels,
    compute_mean_image,
    evaluate_pairs,
)
from pyimagesearch.evaluation.evaluators import (
    ImageEvaluator,
    LabelEvaluator,
    ReadBackEvaluator,
)
from pyimagesearch.visualization import to_uint8

NUMBER, SIZE = 5, 12


def make_images(seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (NUMBER, SIZE, SIZE, 3)).astype(np.float32)


INPUTS, TARGETS = make_images(0), make_images(1)


def make_pairs():
    return tf.data.Dataset.from_tensor_slices((INPUTS, TARGETS)).batch(2)


class Recorder:
    """An evaluator that keeps its arguments."""

    def __init__(self):
        self.calls = []

    def add(self, *args):
        self.calls.append(args)

    def compute_scores(self):
        return {"sharpness": {"mean": 7}}

    def compute_image_scores(self):
        return {"sharpness": list(range(NUMBER))}


def evaluate(evaluators, mean=None, save=lambda *_: None):
    names = [f"val/{number}" for number in range(NUMBER)]
    return evaluate_pairs(
        make_pairs(), names, np.negative, mean, True, evaluators, save
    )


def test_every_batch_is_evaluated_once_with_its_baselines():
    mean = TARGETS.mean(0)
    recorder = Recorder()
    evaluate([recorder], mean)
    assert [len(target) for _, target, _ in recorder.calls] == [2, 2, 1]
    for batch, (input_mask, target, outputs) in enumerate(recorder.calls):
        part = slice(2 * batch, 2 * batch + 2)
        np.testing.assert_array_equal(input_mask, INPUTS[part])
        np.testing.assert_array_equal(target, TARGETS[part])
        assert list(outputs) == ["model", "copy the input", "mean picture"]
        np.testing.assert_array_equal(outputs["model"], -INPUTS[part])
        np.testing.assert_array_equal(outputs["copy the input"], INPUTS[part])
        assert all(np.array_equal(image, mean) for image in outputs["mean picture"])


def test_the_scores_of_all_evaluators_are_merged():
    results = evaluate([ImageEvaluator((2, SIZE, SIZE, 3)), Recorder()])
    assert list(results["scores"]) == ["l1", "psnr", "ssim", "sharpness"]
    assert results["classes"] is None
    assert [image["name"] for image in results["images"]] == [
        f"val/{number}" for number in range(NUMBER)
    ]
    last = results["images"][4]["scores"]
    assert last["sharpness"] == 4
    assert np.isclose(last["l1"], np.abs(INPUTS[4] + TARGETS[4]).mean())


def test_every_pair_is_saved_as_uint8():
    saved = []
    evaluate([], save=lambda *args: saved.append(args))
    assert [number for number, *_ in saved] == list(range(NUMBER))
    for number, *images in saved:
        expected = INPUTS[number], -INPUTS[number], TARGETS[number]
        np.testing.assert_array_equal(images, to_uint8(expected))


def test_the_mean_image_is_over_all_targets():
    mean = compute_mean_image(make_pairs(), NUMBER)
    assert mean.dtype == np.float32
    np.testing.assert_allclose(mean, TARGETS.mean(0), atol=1e-6)


PALETTE = Palette({"red": (255, 0, 0), "blue": (0, 0, 255)}, ((0, 0, 0),))


@pytest.mark.parametrize(
    "evaluator", [LabelEvaluator(PALETTE), ReadBackEvaluator(PALETTE, np.negative)]
)
@pytest.mark.parametrize("first_labelled", [0, 3, None])
def test_labels_are_checked_before_any_prediction(evaluator, first_labelled):
    """Read the pairs up to the first labelled one, or report that there is none."""
    read = []

    def generate():
        for number in range(NUMBER):
            read.append(number)
            labels = np.full((1, SIZE, SIZE, 3), -1, np.float32)
            if number == first_labelled:
                labels[0, 2, 5, 0] = 1
            photos = np.ones_like(labels)
            is_input = isinstance(evaluator, ReadBackEvaluator)
            yield (labels, photos) if is_input else (photos, labels)

    pairs = Namespace(as_numpy_iterator=generate)  # a dataset would prefetch
    if first_labelled is None:
        with pytest.raises(UserError, match="no pixel of the label maps .* --palette"):
            check_labels(pairs, [ImageEvaluator((1, SIZE, SIZE, 3)), evaluator])
        assert read == list(range(NUMBER))
    else:
        check_labels(pairs, [evaluator])
        assert read == list(range(first_labelled + 1))
