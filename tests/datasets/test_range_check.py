"""Floats that are not in [-1, 1] are refused before the first step."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.datasets.range_check import LIMIT, check_range
from pyimagesearch.distribution import count_replicas
from pyimagesearch.errors import UserError
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.hardware import create_mirrored_strategy

GOOD = np.repeat(np.linspace(-1, 1, 12 * 12 * 3, dtype=np.float32)[None], 4, axis=0)
GOOD = GOOD.reshape(4, 12, 12, 3)  # every image covers the range
BAD = (GOOD + 1) * 127.5


def compile_model(**settings):
    image = keras.Input((12, 12, 3))
    generator = keras.Model(image, keras.layers.Conv2D(3, 1, activation="tanh")(image))
    pair = [keras.Input((12, 12, 3)), keras.Input((12, 12, 3))]
    joined = keras.layers.Concatenate()(pair)
    discriminator = keras.Model(pair, keras.layers.Conv2D(1, 3)(joined))
    model = Pix2PixTraining(generator, discriminator)
    model.compile("sgd", "sgd", "bce", "mae", **settings)
    return model


def make_dataset(*sides):
    return tf.data.Dataset.from_tensor_slices(sides).batch(2)


def test_the_limit_leaves_room_for_resampling():
    check_range(np.float32([-LIMIT, LIMIT]), "real images")
    for image in ([0, 255], [-1e5, 2e5]):
        check_range(np.array(image, np.int32), "real images")
    check_range(np.float32([np.nan, 1]), "real images")
    check_range(np.float32([np.nan]), "real images")
    check_range(np.zeros((0, 3), np.float32), "real images")
    for image in ([0, LIMIT + 0.01], [-LIMIT - 0.01, 0], [np.nan, 255], [0, np.inf]):
        with pytest.raises(UserError, match="the real images are in"):
            check_range(np.float32(image), "real images")


@pytest.mark.parametrize(
    ("arguments", "side"),
    [
        ({"x": make_dataset(BAD, GOOD)}, "input masks"),
        ({"x": make_dataset(GOOD, BAD)}, "real images"),
        ({"x": BAD, "y": GOOD}, "input masks"),
        ({"x": GOOD, "y": tf.constant(BAD)}, "real images"),
    ],
    ids=["dataset-x", "dataset-y", "x", "y"],
)
@pytest.mark.parametrize("method", ["fit", "evaluate"])
def test_pairs_out_of_range_are_refused(method, arguments, side):
    model = compile_model()
    before = model.get_weights()
    if isinstance(arguments["x"], tf.data.Dataset):
        arguments = arguments | ({"shuffle": False} if method == "fit" else {})
    message = (
        rf"^the {side} are in \[0, 255\], and float images must be in \[-1, 1\]; pass "
        r"uint8 images, or scale them, such as images / 127.5 - 1$"
    )
    with pytest.raises(UserError, match=message):
        getattr(model, method)(**arguments, verbose=0)
    for weight, value in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, value)


@pytest.mark.parametrize(
    "pairs", [make_dataset(GOOD, BAD), (GOOD, BAD)], ids=["dataset", "arrays"]
)
def test_validation_pairs_out_of_range_are_refused(pairs):
    with pytest.raises(UserError, match="the real images are in"):
        compile_model().fit(GOOD, GOOD, validation_data=pairs, verbose=0)


@pytest.mark.parametrize(
    "images", [BAD, tf.data.Dataset.from_tensors(BAD), make_dataset(BAD, GOOD)]
)
def test_images_to_predict_out_of_range_are_refused(images):
    with pytest.raises(UserError, match="the input masks are in"):
        compile_model().predict(images, verbose=0)


def test_images_in_range_and_integers_are_accepted():
    model = compile_model()
    pixels = BAD.astype(np.uint8)
    for pairs in (make_dataset(GOOD, 1.2 * GOOD), make_dataset(pixels, pixels)):
        assert pairs.cardinality() == 2
        model.fit(pairs, validation_data=pairs, epochs=2, verbose=0, shuffle=False)
        assert model.predict(pairs, verbose=0).shape == (4, 12, 12, 3)
    assert int(model.gOptimizer.iterations) == 8
    model.fit(GOOD, GOOD, verbose=0, batch_size=4, validation_data=(GOOD, GOOD))
    assert int(model.gOptimizer.iterations) == 9
    predicted = model.predict(tf.data.Dataset.from_tensors(GOOD), verbose=0)
    np.testing.assert_allclose(predicted, model.generator(GOOD), atol=1e-6)


def test_only_the_first_batch_is_checked():
    model = compile_model()
    pairs = make_dataset(GOOD, GOOD).concatenate(make_dataset(BAD, GOOD))
    model.fit(pairs, verbose=0, shuffle=False)
    assert int(model.gOptimizer.iterations) == 4


@pytest.mark.parametrize("settings", [{"jit_compile": True}, {"run_eagerly": True}])
def test_compiled_and_eager_steps_are_checked(settings):
    check_both_ranges(compile_model(**settings))


def check_both_ranges(model):
    before = model.get_weights()
    with pytest.raises(UserError, match="the input masks are in"):
        model.fit(make_dataset(BAD, GOOD), verbose=0, shuffle=False)
    for weight, value in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, value)
    model.fit(make_dataset(GOOD, GOOD), verbose=0, shuffle=False)
    assert (model.get_weights()[0] != before[0]).any()


def test_replicas_are_checked():
    strategy = create_mirrored_strategy(("CPU:0", "CPU:1"))
    with strategy.scope():
        assert count_replicas() == 2
        model = compile_model()
    check_both_ranges(model)
