"""The evaluators and their scores."""

from argparse import Namespace
from pathlib import Path

import keras
import numpy as np
import pytest

from pyimagesearch.datasets.palettes import CITYSCAPES, Palette
from pyimagesearch.datasets.side_formats import RGB
from pyimagesearch.datasets.sources import Source
from pyimagesearch.errors import UserError
from pyimagesearch.evaluation import evaluator_choice
from pyimagesearch.evaluation.evaluation_settings import FEATURE_SCORES
from pyimagesearch.evaluation.evaluator_choice import build_evaluators
from pyimagesearch.evaluation.evaluators import (
    PSEUDO_VALUES,
    FeatureEvaluator,
    ImageEvaluator,
    LabelEvaluator,
    ReadBackEvaluator,
    TextureEvaluator,
)
from pyimagesearch.evaluation.scores import (
    COPY,
    MEAN,
    MODEL,
    REAL,
    create_bootstrap_entry,
    create_entry,
)
from pyimagesearch.metrics.image import l1, psnr, ssim
from pyimagesearch.metrics.texture import (
    gradient_energy,
    grid_artifacts,
    grid_contrasts,
)
from pyimagesearch.translation.generator import FixedBatch

RED, BLUE, BLACK = (255, 0, 0), (0, 0, 255), (0, 0, 0)
PALETTE = Palette({"red": RED, "blue": BLUE}, (BLACK,))


def make_noise(number, seed, size=16):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (number, size, size, 3)).astype(np.float32)


def make_maps(*rows):
    """Make a batch of one-row label maps, as float32 in [-1, 1]."""
    return np.float32([[row] for row in rows]) / 127.5 - 1


def test_image_scores_are_means_over_images():
    target, prediction, source = (make_noise(5, seed) for seed in range(3))
    evaluator = ImageEvaluator((3, 16, 16, 3))
    for part in (slice(0, 3), slice(3, 5)):
        outputs = {MODEL: prediction[part], COPY: source[part]}
        evaluator.add(source[part], target[part], outputs)
    scores, image_scores = evaluator.compute_scores(), evaluator.compute_image_scores()
    for name, metric in {"l1": l1, "psnr": psnr, "ssim": ssim}.items():
        expected = metric(target, prediction).numpy()
        np.testing.assert_allclose(image_scores[name], expected, rtol=1e-5)
        score = scores[name]
        assert score["mean"] == pytest.approx(expected.mean(), rel=1e-5)
        assert score["low"] <= score["mean"] <= score["high"]
        copied = metric(target, source).numpy().mean()
        assert score["baselines"] == {COPY: pytest.approx(copied, rel=1e-5)}
        low, high = score["differences"][COPY]
        assert low < score["mean"] - copied < high
    assert scores["l1"]["better"] == "lower"
    assert scores["psnr"]["unit"] == "dB"


def test_label_scores_are_over_all_pixels_of_the_dataset():
    """One image has 4 labelled pixels and the other 1: the mean would differ."""
    target = make_maps([RED, RED, BLUE, BLUE], [RED, BLACK, BLACK, BLACK])
    model = make_maps([(200, 30, 40), BLUE, BLUE, BLUE], [BLUE, RED, RED, RED])
    evaluator = LabelEvaluator(PALETTE)
    for part in (slice(0, 1), slice(1, 2)):
        outputs = {MODEL: model[part], COPY: target[part]}
        evaluator.add(None, target[part], outputs)
    scores = evaluator.compute_scores()
    assert scores["pixel_accuracy"]["mean"] == pytest.approx(3 / 5)
    assert scores["class_accuracy"]["mean"] == pytest.approx((1 / 3 + 1) / 2)
    assert scores["class_iou"]["mean"] == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert all(score["baselines"] == {COPY: 1} for score in scores.values())
    assert scores["pixel_accuracy"]["low"] == 0  # the second image is drawn twice
    assert scores["pixel_accuracy"]["high"] == 3 / 4
    assert scores["pixel_accuracy"]["differences"] == {COPY: [-1, -1 / 4]}

    assert evaluator.compute_image_scores() == {
        "pixel_accuracy": [3 / 4, 0],
        "class_accuracy": [3 / 4, 0],
        "class_iou": [pytest.approx((1 / 2 + 2 / 3) / 2), 0],
    }
    assert evaluator.compute_class_scores() == [
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


def test_an_unlabelled_image_has_no_score():
    evaluator = LabelEvaluator(PALETTE)
    target = make_maps([RED, RED], [BLACK, BLACK])
    evaluator.add(None, target, {MODEL: target})
    assert evaluator.compute_image_scores()["pixel_accuracy"] == [1, None]
    assert evaluator.compute_scores()["pixel_accuracy"]["mean"] == 1


def test_a_perfect_label_map_is_correct_in_every_class():
    evaluator = LabelEvaluator(Palette(CITYSCAPES, (BLACK,)))
    target = make_maps(list(CITYSCAPES.values()))
    evaluator.add(None, target, {MODEL: target})
    assert [score["mean"] for score in evaluator.compute_scores().values()] == [1, 1, 1]
    assert {one["share"] for one in evaluator.compute_class_scores()} == {1 / 19}


def test_photos_are_compared_with_their_input_labels():
    """The segmenter swaps the channels: it predicts red where the photo is blue."""
    evaluator = ReadBackEvaluator(PALETTE, lambda photos: photos[..., ::-1])
    labels = make_maps([RED, RED, RED, BLUE])
    outputs = {MODEL: make_maps([BLUE, BLUE, RED, RED]), COPY: labels}
    evaluator.add(labels, make_maps([BLUE, BLUE, BLUE, RED]), outputs)
    score = evaluator.compute_scores()["read_back_pixel_accuracy"]
    assert score["mean"] == 3 / 4
    assert score["baselines"] == {COPY: 0, REAL: 1}
    assert evaluator.compute_image_scores()["read_back_pixel_accuracy"] == [3 / 4]


def test_textures_are_compared_with_those_of_the_targets():
    target, source = make_noise(5, 0, size=70), make_noise(5, 1, size=70)
    source[:, ::4] = 1
    prediction = np.float32(0.9 * target)
    evaluator = TextureEvaluator(70, 70)
    for part in (slice(0, 3), slice(3, 5)):
        outputs = {MODEL: prediction[part], COPY: source[part]}
        evaluator.add(source[part], target[part], outputs)
    scores, image_scores = evaluator.compute_scores(), evaluator.compute_image_scores()
    assert scores["sharpness"]["mean"] == pytest.approx(0.81, rel=1e-5)
    assert scores["sharpness"]["better"] == "closer to 1"
    assert image_scores["sharpness"] == pytest.approx([0.81] * 5, rel=1e-5)
    copied = gradient_energy(source).mean() / gradient_energy(target).mean()
    assert scores["sharpness"]["baselines"] == {COPY: pytest.approx(copied)}

    grids = scores["grid_artifacts"]
    assert grids["mean"] == pytest.approx(1, abs=0.01)
    contrasts = [grid_contrasts(images).mean(0) for images in (source, target)]
    assert grids["baselines"] == {COPY: pytest.approx(grid_artifacts(*contrasts))}
    assert grids["baselines"][COPY] > 5
    assert grids["differences"][COPY][1] < -0.5  # 1 is better than more than 5
    contrasts = [grid_contrasts(images)[3] for images in (prediction, target)]
    assert image_scores["grid_artifacts"][3] == pytest.approx(
        grid_artifacts(*contrasts)
    )


def test_a_flat_target_has_no_sharpness(capsys):
    flat = np.zeros((2, 16, 16, 3), np.float32)
    target = np.concatenate([flat, make_noise(1, 0)])
    evaluator = TextureEvaluator(16, 16)
    evaluator.add(None, target, {MODEL: make_noise(3, 1), COPY: flat.repeat(2, 0)[:3]})
    scores = evaluator.compute_scores()
    assert set(scores) == {"sharpness"}  # the images are too small for grids
    energies = [gradient_energy(images) for images in (make_noise(3, 1), target)]
    assert scores["sharpness"]["mean"] == pytest.approx(
        energies[0].sum() / energies[1].sum()
    )
    assert scores["sharpness"]["baselines"] == {COPY: 0}
    last = pytest.approx(energies[0][2] / energies[1][2])
    assert evaluator.compute_image_scores() == {"sharpness": [None, None, last]}

    evaluator = TextureEvaluator(16, 16)
    evaluator.add(None, flat, {MODEL: make_noise(2, 1), COPY: flat})
    score = evaluator.compute_scores()["sharpness"]
    assert score["mean"] is score["low"] is score["baselines"][COPY] is None
    assert score["differences"] == {COPY: [None, None]}
    assert "no sharpness: it is a ratio, and every target" in capsys.readouterr().err


def first_pixels(images):
    """A stand-in for InceptionV3: the channels of the first pixel."""
    return images[:, 0, 0]


def trace_fid(features, others):
    """The FID with the covariances and the square root of their product."""
    product = np.cov(features, rowvar=False) @ np.cov(others, rowvar=False)
    roots = np.sqrt(np.linalg.eigvals(product).real)
    between = features.mean(0) - others.mean(0)
    spread = features.var(0, ddof=1).sum() + others.var(0, ddof=1).sum()
    return between @ between + spread - 2 * roots.sum()


def sum_kid(features, others):
    """The KID as a sum over pairs."""

    def average(rows, columns, is_counted):
        kernel = (rows @ columns.T / rows.shape[1] + 1) ** 3
        return kernel[is_counted].mean()

    everything = np.ones((len(features), len(others)), bool)
    different = ~np.eye(len(features), dtype=bool)
    within = sum(average(each, each, different) for each in (features, others))
    return within - 2 * average(features, others, everything)


def test_features_of_the_whole_dataset_are_compared(capsys):
    """With the mean, the interval and the difference by independent computations."""
    shape = (16, 16, 16, 3)
    evaluator = FeatureEvaluator(["fid", "kid"], FixedBatch(first_pixels, shape))
    target, prediction = make_noise(40, 0), 0.6 * make_noise(40, 1) + 0.4
    for first in range(0, 40, 16):
        part = slice(first, first + 16)
        outputs = {MODEL: prediction[part], COPY: target[part]}
        evaluator.add(None, target[part], outputs)
    scores = evaluator.compute_scores()
    assert set(scores) == {"fid", "kid"}
    assert evaluator.compute_image_scores() == {}
    assert capsys.readouterr().err == ""

    features, others = first_pixels(prediction), first_pixels(target)
    for name, compute in (("fid", trace_fid), ("kid", sum_kid)):
        score = scores[name]
        assert score["mean"] == pytest.approx(compute(features, others), rel=1e-5)
        copied = compute(others, others)
        assert score["baselines"] == {COPY: pytest.approx(copied, abs=1e-6)}
        # the standard error by the jackknife, of all pairs but one
        rest = [
            compute(np.delete(features, i, 0), np.delete(others, i, 0))
            for i in range(40)
        ]
        error = np.std(rest) * np.sqrt(39)
        low, high = score["low"], score["high"]
        assert low < score["mean"] < high
        assert high - low == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert scores["fid"]["differences"][COPY] == pytest.approx(
        [scores["fid"]["low"], scores["fid"]["high"]], rel=1e-3
    )


def test_a_fid_of_few_images_is_said_to_be_biased(capsys):
    evaluator = FeatureEvaluator(["fid"], FixedBatch(first_pixels, (3, 16, 16, 3)))
    evaluator.add(None, make_noise(3, 0), {MODEL: make_noise(3, 1)})
    evaluator.compute_scores()
    assert "the FID of 3 images is biased upwards" in capsys.readouterr().err


def test_inception_gets_its_size_and_range(monkeypatch):
    """A stand-in averages the pixels, because the weights are a download."""

    def stand_in(
        include_top, pooling, input_shape
    ):  # the default weights are ImageNet's
        assert (include_top, pooling) == (False, "avg")
        inputs = keras.Input(input_shape)
        return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs))

    monkeypatch.setattr(keras.applications, "InceptionV3", stand_in)
    extractor = evaluator_choice.create_inception((2, 16, 24, 3))
    images = np.full((1, 16, 24, 3), (-1, 0.5, 1), np.float32)
    np.testing.assert_allclose(extractor(images), [[-1, 0.5, 1]], atol=1e-5)


def test_a_small_lead_on_every_image_is_significant():
    """The model is 0.1 better on every image, easy or hard."""
    baseline = np.linspace(0, 9, 20)
    images = {MODEL: baseline - 0.1, COPY: baseline}
    score = create_bootstrap_entry("l1", lambda means: means, images)
    assert score["low"] < score["baselines"][COPY] < score["high"]
    assert score["differences"] == {COPY: pytest.approx([-0.1, -0.1])}


def test_ratios_are_better_closer_to_1():
    """The model is at 1.25, and the baselines are at .5 and at 1.1."""
    images = {MODEL: np.full(4, 1.25), COPY: np.full(4, 0.5), MEAN: np.full(4, 1.1)}
    score = create_bootstrap_entry("sharpness", lambda means: means, images)
    differences = {COPY: 0.5 - 1 / 1.25, MEAN: 1 / 1.1 - 1 / 1.25}
    assert score["differences"] == {
        source: pytest.approx([value, value]) for source, value in differences.items()
    }


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_become_none(value):
    entry = create_entry("l1", value, {COPY: value}, (value, 1.0))
    assert entry["mean"] is entry["baselines"][COPY] is entry["low"] is None
    assert entry["high"] == 1


@pytest.mark.parametrize("name", FEATURE_SCORES)
def test_fid_and_kid_need_two_pairs(monkeypatch, name):
    def refuse(**_):
        raise AssertionError("InceptionV3 must not be loaded")

    monkeypatch.setattr(keras.applications, "InceptionV3", refuse)
    settings = Namespace(palette=None, dataset=None, segmenter=None, fid=False)
    settings.kid = False
    setattr(settings, name, True)
    source = Source(Path("pairs"), "BtoA", None, pairs=None)
    with pytest.raises(UserError, match=f"--{name} cannot be computed from 1 pair"):
        build_evaluators(settings, source, 1, (2, 16, 16, 3), RGB)


def test_the_flags_and_the_metrics_have_the_same_names():
    assert tuple(PSEUDO_VALUES) == FEATURE_SCORES
