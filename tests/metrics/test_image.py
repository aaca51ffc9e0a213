"""The metrics' values, against closed forms, NumPy and scikit-image."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.errors import UserError
from pyimagesearch.metrics.image import MAX_PSNR, MeanOverImages, l1, psnr, ssim
from pyimagesearch.Pix2PixTraining import Pix2PixTraining

METRICS = pytest.mark.parametrize("metric", [l1, psnr, ssim])

# (SSIM, PSNR in dB) by scikit-image 0.26.0: `scikit_image_ssim`, `scikit_image_psnr`
SCIKIT_IMAGE = {
    "grain": (0.3349727, 22.6527984),
    "another picture": (-0.0504027, 4.7926143),
    "flat tiles": (0.9924529, 46.3087127),
    "bright": (0.9143758, 31.5952331),
    "pale": (0.7842374, 14.0258386),
}


def drawn(name):
    """A target and a prediction, uint8 (40, 56, 3), the same on every machine."""
    y, x = np.mgrid[:40, :56]
    channels = np.stack([5 * x + 3 * y, x * y // 8, 200 - 4 * y + x], -1)
    smooth = 255 - abs(channels % 510 - 255)
    grain = np.stack([7 * x * x + 13 * y * x, 29 * y * y + 3 * x, x * y * y], -1) % 64
    tiles = (smooth[::8, ::8] // 16 * 16).repeat(8, 0).repeat(8, 1)
    return {
        "grain": (smooth, (smooth + grain - 32).clip(0, 255)),
        "another picture": (smooth, 255 - tiles),
        "flat tiles": (tiles, (tiles + grain % 3).clip(0, 255)),
        "bright": (255 - tiles // 16, 255 - grain // 8),
        "pale": (smooth, smooth // 2 + 100),
    }[name]


def in_range(*images):
    """uint8 images as batches of one, float32 in [-1, 1]."""
    return [(image[None] / 127.5 - 1).astype(np.float32) for image in images]


def noise(shape, seed):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def flat(*levels):
    """A batch of pictures of one value each."""
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
        *(image.astype(np.float64) for image in drawn(name)),
        data_range=255,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )


def scikit_image_psnr(name):
    return pytest.importorskip("skimage.metrics").peak_signal_noise_ratio(
        *(image.astype(np.float64) for image in drawn(name)), data_range=255
    )


def test_l1_and_psnr_of_a_known_error():
    target, prediction = flat(0, -1, -0.5), flat(0.2, 1, 0.5)
    np.testing.assert_allclose(l1(target, prediction), [0.2, 2, 1], rtol=1e-6)
    np.testing.assert_allclose(
        psnr(target, prediction), [20, 0, 20 * np.log10(2)], atol=1e-4
    )


def test_l1_and_psnr_are_what_numpy_makes_of_them():
    target, prediction = noise((4, 9, 7, 3), 0), noise((4, 9, 7, 3), 1)
    error = target.astype(np.float64) - prediction
    decibels = 10 * np.log10(2**2 / (error**2).mean((1, 2, 3)))
    np.testing.assert_allclose(
        l1(target, prediction), abs(error).mean((1, 2, 3)), rtol=1e-6
    )
    np.testing.assert_allclose(psnr(target, prediction), decibels, atol=1e-4)


def test_one_level_of_8_bits_is_48_decibels_and_equal_pictures_are_59():
    decibels = psnr(flat(0, 0, 0), flat(2 / 255, 0, 1e-4))
    np.testing.assert_allclose(decibels, [48.1308, 58.9226, 58.9226], atol=1e-3)
    assert pytest.approx(58.9226, abs=1e-4) == MAX_PSNR


@METRICS
def test_a_prediction_that_is_no_number_has_no_figure(metric):
    figures = metric(flat(0, 0), flat(np.nan, 0.5)).numpy()
    assert np.isnan(figures).tolist() == [True, False]


def test_ssim_of_equal_pictures_is_1():
    pictures = np.concatenate([noise((2, 16, 12, 3), 0), flat(-1, 0.3, 1)])
    np.testing.assert_array_equal(ssim(pictures, pictures), np.ones(5))


def test_ssim_of_flat_pictures_compares_their_means_alone():
    a, b = np.array([1.0, 0.0, 2.0, 1.5]), np.array([1.2, 2.0, 1.0, 1.5])  # black: 0
    c1 = (0.01 * 2) ** 2
    expected = (2 * a * b + c1) / (a**2 + b**2 + c1)
    np.testing.assert_allclose(ssim(flat(*a - 1), flat(*b - 1)), expected, atol=1e-4)


def test_ssim_of_a_negative_is_below_0():
    pictures = noise((1, 32, 32, 3), 0)
    assert -1 <= ssim(pictures, -pictures)[0] < -0.5


@pytest.mark.parametrize("shape", [(11, 11, 3), (11, 20, 3), (24, 17, 3)])
def test_ssim_is_what_numpy_makes_of_the_equations(shape):
    target = noise((3, *shape), 0)
    prediction = 0.7 * target + 0.3 * noise((3, *shape), 1)
    expected = [numpy_ssim(*pair) for pair in zip(target, prediction, strict=True)]
    np.testing.assert_allclose(ssim(target, prediction), expected, atol=1e-5)


@pytest.mark.parametrize("name", SCIKIT_IMAGE)
def test_figures_are_those_of_scikit_image(name):
    similarity, decibels = SCIKIT_IMAGE[name]
    pair = in_range(*drawn(name))
    np.testing.assert_allclose(ssim(*pair), [similarity], atol=1e-4)
    np.testing.assert_allclose(psnr(*pair), [decibels], atol=1e-3)


@pytest.mark.parametrize("name", SCIKIT_IMAGE)
def test_scikit_image_still_says_so(name):
    np.testing.assert_allclose(
        [scikit_image_ssim(name), scikit_image_psnr(name)],
        SCIKIT_IMAGE[name],
        atol=1e-6,
    )


@pytest.mark.parametrize("size", [(10, 64), (64, 10), (8, 8)])
def test_ssim_names_the_flag_where_pictures_are_smaller_than_its_window(size):
    small = np.zeros((1, *size, 3), np.float32)
    with pytest.raises(UserError, match=f"{size[0]}x{size[1]}: increase --image-size"):
        ssim(small, small)


@METRICS
def test_pictures_of_two_shapes_are_refused(metric):
    with pytest.raises(ValueError, match="incompatible"):
        metric(np.zeros((2, 16, 16, 3)), np.zeros((2, 16, 16, 1)))


@METRICS
@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_half_precision_is_computed_in_float32(metric, dtype):
    target = noise((2, 16, 16, 3), 0)
    prediction = tf.cast(0.9 * target, dtype)
    figures = metric(target, prediction)
    assert figures.dtype == tf.float32
    np.testing.assert_array_equal(
        figures, metric(target, tf.cast(prediction, tf.float32))
    )


@METRICS
def test_a_graph_of_any_size_gives_the_same(metric):
    spec = tf.TensorSpec((None, None, None, 3))
    graph = tf.function(metric, input_signature=[spec, spec])
    for shape in [(3, 16, 12, 3), (1, 11, 20, 3)]:
        pair = noise(shape, 0), noise(shape, 1)
        figures = graph(*pair)
        assert figures.shape == shape[:1]
        np.testing.assert_allclose(figures, metric(*pair), rtol=1e-4)


@METRICS
def test_every_picture_counts_alike(metric):
    target, prediction = noise((5, 16, 16, 3), 0), noise((5, 16, 16, 3), 1)
    prediction[4] = target[4]  # alone in the smaller last batch
    mean = MeanOverImages(metric, "mean")
    add = tf.function(mean.update_state)
    for batch in (slice(0, 4), slice(4, 5)):
        add(target[batch], prediction[batch])
    figures = metric(target, prediction).numpy()
    np.testing.assert_allclose(mean.result(), figures.mean(), rtol=1e-5)

    mean.reset_state()
    mean.update_state(target[:1], prediction[:1])
    np.testing.assert_allclose(mean.result(), figures[0], rtol=1e-5)


def test_pictures_may_be_given_weights():
    mean = MeanOverImages(l1, "l1")
    mean.update_state(flat(0, 0), flat(0.1, 0.5), sample_weight=[3, 1])
    np.testing.assert_allclose(mean.result(), 0.2, rtol=1e-6)


class Measured(Pix2PixTraining):
    """Reports how near the generator's pictures come."""

    def __init__(self, *networks):
        super().__init__(*networks)
        self.measures = [MeanOverImages(psnr, "psnr"), MeanOverImages(ssim, "ssim")]

    def test_step(self, inputs):
        inputMask, realImage = inputs
        generated = self.generator(inputMask, training=False)
        for measure in self.measures:
            measure.update_state(realImage, generated)
        return {measure.name: measure.result() for measure in self.measures}


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_evaluate_gives_the_epoch_and_starts_anew(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        image = keras.Input((16, 16, 3))
        generator = keras.Model(image, keras.layers.Rescaling(0.5)(image))
        model = Measured(generator, keras.Model([image, image], image))
        adams = keras.optimizers.Adam(), keras.optimizers.Adam()
        model.compile(*adams, bceLoss=None, maeLoss=None)
    finally:
        keras.config.set_dtype_policy(before)

    images = noise((5, 16, 16, 3), 0) * np.float32([1, 0.8, 0.6, 0.4, 0.1]).reshape(
        5, 1, 1, 1
    )
    pairs = tf.data.Dataset.from_tensor_slices((images, images)).batch(3)
    first, again = (
        model.evaluate(pairs, return_dict=True, verbose=0) for _ in range(2)
    )
    assert first == again
    generated = generator(images)
    for metric in (psnr, ssim):
        expected = metric(images, generated).numpy().mean()
        np.testing.assert_allclose(first[metric.__name__], expected, rtol=1e-4)
    assert {measure.dtype for measure in model.measures} == {"float32"}
