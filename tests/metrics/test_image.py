"""Image metrics, compared with closed forms, NumPy and scikit-image."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.errors import UserError
from pyimagesearch.metrics.image import (
    MeanOverImages,
    compute_max_psnr,
    l1,
    psnr,
    ssim,
)
from pyimagesearch.Pix2PixTraining import Pix2PixTraining

METRICS = pytest.mark.parametrize("metric", [l1, psnr, ssim])

# (SSIM, PSNR in dB) as computed by scikit-image 0.26.0; see `scikit_image_ssim`
SCIKIT_IMAGE = {
    "grain": (0.3349727, 22.6527984),
    "another image": (-0.0504027, 4.7926143),
    "flat tiles": (0.9924529, 46.3087127),
    "bright": (0.9143758, 31.5952331),
    "pale": (0.7842374, 14.0258386),
}


def draw_pair(name):
    """A target and a prediction, uint8 (40, 56, 3), the same on every machine."""
    y, x = np.mgrid[:40, :56]
    channels = np.stack([5 * x + 3 * y, x * y // 8, 200 - 4 * y + x], -1)
    smooth = 255 - abs(channels % 510 - 255)
    grain = np.stack([7 * x * x + 13 * y * x, 29 * y * y + 3 * x, x * y * y], -1) % 64
    tiles = (smooth[::8, ::8] // 16 * 16).repeat(8, 0).repeat(8, 1)
    return {
        "grain": (smooth, (smooth + grain - 32).clip(0, 255)),
        "another image": (smooth, 255 - tiles),
        "flat tiles": (tiles, (tiles + grain % 3).clip(0, 255)),
        "bright": (255 - tiles // 16, 255 - grain // 8),
        "pale": (smooth, smooth // 2 + 100),
    }[name]


def scale_batch(*images):
    """uint8 images as batches of one, float32 in [-1, 1]."""
    return [(image[None] / 127.5 - 1).astype(np.float32) for image in images]


def random_images(shape, seed):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def flat(*levels):
    """A batch of images, each of one value."""
    return np.float32(levels)[:, None, None, None] * np.ones((16, 12, 3), np.float32)


def numpy_ssim(target, prediction):
    """Equations 13 to 17 in float64, one window at a time, black at 0."""
    bell = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    window = np.outer(bell, bell) / bell.sum() ** 2
    x, y = (
        np.lib.stride_tricks.sliding_window_view(image + 1.0, (11, 11), axis=(0, 1))
        for image in (target.astype(np.float64), prediction.astype(np.float64))
    )

    def mean(values):
        return (window * values).sum((-2, -1), keepdims=True)

    mean_x, mean_y = mean(x), mean(y)
    var_x, var_y = mean((x - mean_x) ** 2), mean((y - mean_y) ** 2)
    cov = mean((x - mean_x) * (y - mean_y))
    c1, c2 = 0.02**2, 0.06**2
    local = (2 * mean_x * mean_y + c1) * (2 * cov + c2)
    return (local / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))).mean()


def scikit_image_ssim(name):
    return pytest.importorskip("skimage.metrics").structural_similarity(
        *(image.astype(np.float64) for image in draw_pair(name)),
        data_range=255,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )


def scikit_image_psnr(name):
    return pytest.importorskip("skimage.metrics").peak_signal_noise_ratio(
        *(image.astype(np.float64) for image in draw_pair(name)), data_range=255
    )


def test_l1_and_psnr_of_a_known_error():
    target, prediction = flat(0, -1, -0.5), flat(0.2, 1, 0.5)
    np.testing.assert_allclose(l1(target, prediction), [0.2, 2, 1], rtol=1e-6)
    np.testing.assert_allclose(
        psnr(target, prediction), [20, 0, 20 * np.log10(2)], atol=1e-4
    )


def test_l1_and_psnr_equal_numpys():
    target, prediction = random_images((4, 9, 7, 3), 0), random_images((4, 9, 7, 3), 1)
    error = target.astype(np.float64) - prediction
    decibels = 10 * np.log10(2**2 / (error**2).mean((1, 2, 3)))
    np.testing.assert_allclose(
        l1(target, prediction), abs(error).mean((1, 2, 3)), rtol=1e-6
    )
    np.testing.assert_allclose(psnr(target, prediction), decibels, atol=1e-4)


def test_psnr_is_limited_to_that_of_rounding_to_8_bits():
    decibels = psnr(flat(0, 0, 0), flat(2 / 255, 0, 1e-4))
    np.testing.assert_allclose(decibels, [48.1308, 58.9226, 58.9226], atol=1e-3)
    assert compute_max_psnr(255) == pytest.approx(58.9226, abs=1e-4)


@METRICS
def test_a_prediction_with_nan_has_a_score_of_nan(metric):
    scores = metric(flat(0, 0), flat(np.nan, 0.5)).numpy()
    assert np.isnan(scores).tolist() == [True, False]


def test_ssim_of_equal_images_is_1():
    images = np.concatenate([random_images((2, 16, 12, 3), 0), flat(-1, 0.3, 1)])
    np.testing.assert_array_equal(ssim(images, images), np.ones(5))


def test_ssim_of_flat_images_compares_their_means_only():
    a, b = np.array([1.0, 0.0, 2.0, 1.5]), np.array([1.2, 2.0, 1.0, 1.5])  # black: 0
    c1 = (0.01 * 2) ** 2
    expected = (2 * a * b + c1) / (a**2 + b**2 + c1)
    np.testing.assert_allclose(ssim(flat(*a - 1), flat(*b - 1)), expected, atol=1e-4)


def test_ssim_of_a_negative_is_below_0():
    images = random_images((1, 32, 32, 3), 0)
    assert -1 <= ssim(images, -images)[0] < -0.5


@pytest.mark.parametrize("shape", [(11, 11, 3), (11, 20, 3), (24, 17, 3)])
def test_ssim_equals_the_equations_in_numpy(shape):
    target = random_images((3, *shape), 0)
    prediction = 0.7 * target + 0.3 * random_images((3, *shape), 1)
    expected = [numpy_ssim(*pair) for pair in zip(target, prediction, strict=True)]
    np.testing.assert_allclose(ssim(target, prediction), expected, atol=1e-5)


@pytest.mark.parametrize("name", SCIKIT_IMAGE)
def test_scores_equal_the_recorded_ones_of_scikit_image(name):
    similarity, decibels = SCIKIT_IMAGE[name]
    pair = scale_batch(*draw_pair(name))
    np.testing.assert_allclose(ssim(*pair), [similarity], atol=1e-4)
    np.testing.assert_allclose(psnr(*pair), [decibels], atol=1e-3)


@pytest.mark.parametrize("name", SCIKIT_IMAGE)
def test_the_recorded_scores_equal_scikit_images(name):
    np.testing.assert_allclose(
        [scikit_image_ssim(name), scikit_image_psnr(name)],
        SCIKIT_IMAGE[name],
        atol=1e-6,
    )


@pytest.mark.parametrize("size", [(10, 64), (64, 10), (8, 8)])
def test_ssim_refuses_images_smaller_than_its_window(size):
    small = np.zeros((1, *size, 3), np.float32)
    with pytest.raises(UserError, match=f"{size[0]}x{size[1]}: --image-size"):
        ssim(small, small)


@METRICS
def test_images_of_different_shapes_are_refused(metric):
    with pytest.raises(ValueError, match="incompatible"):
        metric(np.zeros((2, 16, 16, 3)), np.zeros((2, 16, 16, 1)))


@METRICS
@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_half_precision_is_computed_in_float32(metric, dtype):
    target = random_images((2, 16, 16, 3), 0)
    prediction = tf.cast(0.9 * target, dtype)
    scores = metric(target, prediction)
    assert scores.dtype == tf.float32
    np.testing.assert_array_equal(
        scores, metric(target, tf.cast(prediction, tf.float32))
    )


@METRICS
def test_a_graph_for_any_size_gives_the_same_scores(metric):
    spec = tf.TensorSpec((None, None, None, 3))
    graph = tf.function(metric, input_signature=[spec, spec])
    for shape in [(3, 16, 12, 3), (1, 11, 20, 3)]:
        pair = random_images(shape, 0), random_images(shape, 1)
        scores = graph(*pair)
        assert scores.shape == shape[:1]
        np.testing.assert_allclose(scores, metric(*pair), rtol=1e-4)


@METRICS
def test_every_image_has_the_same_weight(metric):
    target, prediction = (
        random_images((5, 16, 16, 3), 0),
        random_images((5, 16, 16, 3), 1),
    )
    prediction[4] = target[4]  # alone in the smaller last batch
    mean = MeanOverImages(metric, "mean")
    add = tf.function(mean.update_state)
    for batch in (slice(0, 4), slice(4, 5)):
        add(target[batch], prediction[batch])
    scores = metric(target, prediction).numpy()
    np.testing.assert_allclose(mean.result(), scores.mean(), rtol=1e-5)

    mean.reset_state()
    mean.update_state(target[:1], prediction[:1])
    np.testing.assert_allclose(mean.result(), scores[0], rtol=1e-5)


def test_images_can_be_weighted():
    mean = MeanOverImages(l1, "l1")
    mean.update_state(flat(0, 0), flat(0.1, 0.5), sample_weight=[3, 1])
    np.testing.assert_allclose(mean.result(), 0.2, rtol=1e-6)


class ScoredTraining(Pix2PixTraining):
    """Evaluates with PSNR and SSIM."""

    def __init__(self, *networks):
        super().__init__(*networks)
        self.image_metrics = [
            MeanOverImages(psnr, "psnr"),
            MeanOverImages(ssim, "ssim"),
        ]

    def test_step(self, inputs):
        inputMask, realImage = inputs
        generated = self.generator(inputMask, training=False)
        for metric in self.image_metrics:
            metric.update_state(realImage, generated)
        return {metric.name: metric.result() for metric in self.image_metrics}


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_evaluate_returns_the_mean_over_one_pass(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        image = keras.Input((16, 16, 3))
        generator = keras.Model(image, keras.layers.Rescaling(0.5)(image))
        model = ScoredTraining(generator, keras.Model([image, image], image))
        adams = keras.optimizers.Adam(), keras.optimizers.Adam()
        model.compile(*adams, bceLoss=None, maeLoss=None)
    finally:
        keras.config.set_dtype_policy(before)

    images = random_images((5, 16, 16, 3), 0) * np.float32(
        [1, 0.8, 0.6, 0.4, 0.1]
    ).reshape(5, 1, 1, 1)
    pairs = tf.data.Dataset.from_tensor_slices((images, images)).batch(3)
    first, again = (
        model.evaluate(pairs, return_dict=True, verbose=0) for _ in range(2)
    )
    assert first == again
    generated = generator(images)
    for metric in (psnr, ssim):
        expected = metric(images, generated).numpy().mean()
        np.testing.assert_allclose(first[metric.__name__], expected, rtol=1e-4)
    assert {metric.dtype for metric in model.image_metrics} == {"float32"}
