"""The gathering of scores over batches."""

import keras
import numpy as np
import pytest

from pyimagesearch.datasets.palettes import CITYSCAPES, Palette
from pyimagesearch.evaluation import evaluators
from pyimagesearch.evaluation.evaluators import (
    FeatureEvaluator,
    ImageEvaluator,
    LabelEvaluator,
    ReadBackEvaluator,
)
from pyimagesearch.evaluation.scores import (
    COPY,
    MODEL,
    REAL,
    create_bootstrap_entry,
    create_entry,
)
from pyimagesearch.metrics.feature_distances import frechet_distance
from pyimagesearch.metrics.image import l1, psnr, ssim
from pyimagesearch.translation.generator import FixedBatch

RED, BLUE, BLACK = (255, 0, 0), (0, 0, 255), (0, 0, 0)
PALETTE = Palette({"red": RED, "blue": BLUE}, (BLACK,))


def noise(number, seed, size=16):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (number, size, size, 3)).astype(np.float32)


def maps(*rows):
    """A batch of one-row label maps, as float32 in [-1, 1]."""
    return np.float32([[row] for row in rows]) / 127.5 - 1


def test_the_pictures_scores_are_means_over_pictures():
    target, prediction, source = (noise(5, seed) for seed in range(3))
    judge = ImageEvaluator((3, 16, 16, 3))
    for part in (slice(0, 3), slice(3, 5)):
        outputs = {MODEL: prediction[part], COPY: source[part]}
        judge.add(source[part], target[part], outputs)
    scores, of_pictures = judge.scores(), judge.of_pictures()
    for name, metric in {"l1": l1, "psnr": psnr, "ssim": ssim}.items():
        expected = metric(target, prediction).numpy()
        np.testing.assert_allclose(of_pictures[name], expected, rtol=1e-5)
        score = scores[name]
        assert score["mean"] == pytest.approx(expected.mean(), rel=1e-5)
        assert score["low"] <= score["mean"] <= score["high"]
        copied = metric(target, source).numpy().mean()
        assert score["baselines"] == {COPY: pytest.approx(copied, rel=1e-5)}
        low, high = score["differences"][COPY]
        assert low < score["mean"] - copied < high
    assert scores["l1"]["better"] == "lower"
    assert scores["psnr"]["unit"] == "dB"


def test_the_labels_scores_are_over_all_pixels_of_the_set():
    """One picture with 4 labelled pixels and one with 1: not the mean of the two."""
    target = maps([RED, RED, BLUE, BLUE], [RED, BLACK, BLACK, BLACK])
    model = maps([(200, 30, 40), BLUE, BLUE, BLUE], [BLUE, RED, RED, RED])
    judge = LabelEvaluator(PALETTE)
    for picture in (slice(0, 1), slice(1, 2)):
        outputs = {MODEL: model[picture], COPY: target[picture]}
        judge.add(None, target[picture], outputs)
    scores = judge.scores()
    assert scores["pixel_accuracy"]["mean"] == pytest.approx(3 / 5)
    assert scores["class_accuracy"]["mean"] == pytest.approx((1 / 3 + 1) / 2)
    assert scores["class_iou"]["mean"] == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert all(score["baselines"] == {COPY: 1} for score in scores.values())
    assert scores["pixel_accuracy"]["low"] == 0  # both draws of the second picture
    assert scores["pixel_accuracy"]["high"] == 3 / 4
    assert scores["pixel_accuracy"]["differences"] == {COPY: [-1, -1 / 4]}

    assert judge.of_pictures() == {
        "pixel_accuracy": [3 / 4, 0],
        "class_accuracy": [3 / 4, 0],
        "class_iou": [pytest.approx((1 / 2 + 2 / 3) / 2), 0],
    }
    assert judge.of_classes() == [
        {
            "name": "red",
            "color": [255, 0, 0],
            "share": 3 / 5,
            "accuracy": 1 / 3,
            "iou": 1 / 3,
        },
        {
            "name": "blue",
            "color": [0, 0, 255],
            "share": 2 / 5,
            "accuracy": 1,
            "iou": 2 / 4,
        },
    ]


def test_a_picture_without_a_labelled_pixel_has_no_score():
    judge = LabelEvaluator(PALETTE)
    target = maps([RED, RED], [BLACK, BLACK])
    judge.add(None, target, {MODEL: target})
    assert judge.of_pictures()["pixel_accuracy"] == [1, None]
    assert judge.scores()["pixel_accuracy"]["mean"] == 1


def test_a_perfect_label_map_is_right_in_every_class():
    judge = LabelEvaluator(Palette(CITYSCAPES, (BLACK,)))
    target = maps(list(CITYSCAPES.values()))
    judge.add(None, target, {MODEL: target})
    assert [score["mean"] for score in judge.scores().values()] == [1, 1, 1]
    assert {one["share"] for one in judge.of_classes()} == {1 / 19}


def test_photos_are_read_back_into_the_labels_they_were_made_from():
    """A segmenter that turns every photo round: red is read where it was blue."""
    judge = ReadBackEvaluator(PALETTE, lambda photos: photos[..., ::-1])
    labels = maps([RED, RED, RED, BLUE])
    outputs = {MODEL: maps([BLUE, BLUE, RED, RED]), COPY: labels}
    judge.add(labels, maps([BLUE, BLUE, BLUE, RED]), outputs)
    score = judge.scores()["read_back_pixel_accuracy"]
    assert score["mean"] == 3 / 4
    assert score["baselines"] == {COPY: 0, REAL: 1}
    assert judge.of_pictures()["read_back_pixel_accuracy"] == [3 / 4]


def test_the_features_of_a_whole_set_are_compared(capsys):
    def features(pictures):
        return pictures[:, 0, 0]  # the first pixel's three channels

    judge = FeatureEvaluator(["fid", "kid"], FixedBatch(features, (3, 16, 16, 3)))
    target, prediction = noise(5, 0), noise(5, 1)
    for part in (slice(0, 3), slice(3, 5)):
        outputs = {MODEL: prediction[part], COPY: target[part]}
        judge.add(None, target[part], outputs)
    scores = judge.scores()
    expected = frechet_distance(prediction[:, 0, 0], target[:, 0, 0])
    assert scores["fid"]["mean"] == pytest.approx(expected)
    assert scores["fid"]["low"] is None
    assert scores["fid"]["baselines"] == {COPY: pytest.approx(0, abs=1e-9)}
    assert set(scores) == {"fid", "kid"}
    assert judge.of_pictures() == {}
    assert capsys.readouterr().err == ""

    judge = FeatureEvaluator(["fid"], FixedBatch(features, (3, 16, 16, 3)))
    judge.add(None, target[:3], {MODEL: prediction[:3]})
    judge.scores()
    assert "FID needs more than 3 pictures" in capsys.readouterr().err


def test_inception_is_given_its_size_and_range(monkeypatch):
    """A stand-in for its weights, which takes the means of the pixels."""

    def stand_in(include_top, pooling, input_shape):  # with ImageNet's weights
        assert (include_top, pooling) == (False, "avg")
        inputs = keras.Input(input_shape)
        return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs))

    monkeypatch.setattr(keras.applications, "InceptionV3", stand_in)
    extractor = evaluators.create_inception((2, 16, 24, 3))
    pictures = np.full((1, 16, 24, 3), (-1, 0.5, 1), np.float32)
    np.testing.assert_allclose(extractor(pictures), [[-1, 0.5, 1]], atol=1e-5)


def test_a_small_lead_on_every_picture_is_beyond_doubt():
    """Pictures that are easy and hard, on all of which the model is 0.1 better."""
    baseline = np.linspace(0, 9, 20)
    pictures = {MODEL: baseline - 0.1, COPY: baseline}
    score = create_bootstrap_entry("l1", lambda means: means, pictures)
    assert score["low"] < score["baselines"][COPY] < score["high"]
    assert score["differences"] == {COPY: pytest.approx([-0.1, -0.1])}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_json_has_not_is_none(value):
    made = create_entry("l1", value, {COPY: value}, (value, 1.0))
    assert made["mean"] is made["baselines"][COPY] is made["low"] is None
    assert made["high"] == 1
