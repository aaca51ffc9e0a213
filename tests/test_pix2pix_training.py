"""The training step equals the formulas, on networks of a few weights."""

import inspect

import keras
import numpy as np
import psutil
import pytest
import tensorflow as tf
from tiny import SIZE, random_image

from pyimagesearch.datasets.palettes import Palette
from pyimagesearch.metrics.image import psnr, ssim
from pyimagesearch.Pix2PixTraining import (
    Pix2PixTraining,
    discriminator_loss,
    generator_loss,
)

BCE = keras.losses.BinaryCrossentropy(from_logits=True)
MAE = keras.losses.MeanAbsoluteError()


def tiny_networks():
    keras.utils.set_random_seed(1)
    image = keras.Input((12, 12, 3))
    generator = keras.Model(image, keras.layers.Conv2D(3, 1, activation="tanh")(image))
    pair = [keras.Input((12, 12, 3)), keras.Input((12, 12, 3))]
    joined = keras.layers.Concatenate()(pair)
    discriminator = keras.Model(pair, keras.layers.Conv2D(1, 3)(joined))
    return generator, discriminator


def tiny_model(networks=None, **settings):
    model = Pix2PixTraining(*(networks or tiny_networks()))
    model.compile(
        keras.optimizers.SGD(1.0), keras.optimizers.SGD(1.0), BCE, MAE, **settings
    )
    return model


def tiny_batch(seed=0, pairs=2):
    rng = np.random.default_rng(seed)
    return tuple(rng.uniform(-1, 1, (2, pairs, 12, 12, 3)).astype(np.float32))


def copy_weights(network):
    return [weight.numpy().copy() for weight in network.trainable_variables]


def to_floats(losses):
    return {name: float(loss) for name, loss in losses.items()}


def test_losses_of_hand_made_tensors():
    logits = np.array([[0.0, 2.0], [-1.0, 3.0]], np.float32).reshape(2, 2, 1, 1)
    generated = np.full((2, 2, 2, 3), 0.25, np.float32)
    target = np.full((2, 2, 2, 3), -0.5, np.float32)
    is_real = np.mean(np.log1p(np.exp(-logits)))  # the loss with label 1
    is_generated = np.mean(np.log1p(np.exp(2 * logits)))

    gLosses = generator_loss(BCE, MAE, 10.0, logits, generated, target)
    expected = {"gLoss": is_real + 7.5, "ganLoss": is_real, "l1Loss": 0.75}
    assert to_floats(gLosses) == pytest.approx(expected)
    for weight in (1.0, 0.5):
        dLosses = discriminator_loss(BCE, weight, logits, 2 * logits)
        assert to_floats(dLosses) == pytest.approx(
            {
                "dLoss": weight * (is_real + is_generated),
                "realDiscLoss": is_real,
                "generatedLoss": is_generated,
            }
        )


@pytest.mark.parametrize(
    "weights", [{}, {"l1Weight": 100.0}, {"dWeight": 0.5}], ids=str
)
def test_train_step_equals_the_formulas(weights):
    generator, discriminator = tiny_networks()
    mask, real = tiny_batch()
    with tf.GradientTape(persistent=True) as tape:
        (kernel, bias), (d_kernel, d_bias) = generator.weights, discriminator.weights
        fake = tf.tanh(mask @ kernel[0, 0] + bias)

        def logits(image):
            joined = tf.concat([mask, image], -1)
            return tf.nn.conv2d(joined, d_kernel, 1, "VALID") + d_bias

        terms = {
            "ganLoss": tf.reduce_mean(tf.math.softplus(-logits(fake))),
            "l1Loss": tf.reduce_mean(tf.abs(real - fake)),
            "realDiscLoss": tf.reduce_mean(tf.math.softplus(-logits(real))),
            "generatedLoss": tf.reduce_mean(tf.math.softplus(logits(fake))),
        }
        l1Weight, dWeight = weights.get("l1Weight", 10.0), weights.get("dWeight", 1.0)
        terms["gLoss"] = terms["ganLoss"] + l1Weight * terms["l1Loss"]
        terms["dLoss"] = dWeight * (terms["realDiscLoss"] + terms["generatedLoss"])
    expected = [
        before - gradient  # SGD at a rate of 1
        for network, loss in ((generator, "gLoss"), (discriminator, "dLoss"))
        for before, gradient in zip(
            copy_weights(network),
            tape.gradient(terms[loss], network.weights),
            strict=True,
        )
    ]

    logged = tiny_model((generator, discriminator), **weights).train_step((mask, real))

    assert logged.keys() == terms.keys()
    for name, term in terms.items():
        np.testing.assert_allclose(logged[name], term, rtol=1e-5)
    for after, weights in zip(
        copy_weights(generator) + copy_weights(discriminator), expected, strict=True
    ):
        np.testing.assert_allclose(after, weights, rtol=1e-4, atol=1e-6)


def test_integers_are_scaled_on_the_device():
    pixels = tuple(random_image(seed, 12, 12)[None] for seed in (1, 2))
    scaled = tuple(image.astype(np.float32) / 127.5 - 1 for image in pixels)
    from_integers = tiny_model().train_step(tuple(map(tf.constant, pixels)))
    from_floats = tiny_model().train_step(tuple(map(tf.constant, scaled)))
    for name, value in from_floats.items():
        assert float(from_integers[name]) == float(value)


def test_fit_logs_means_over_each_epoch():
    batches = [tiny_batch(seed) for seed in range(3)]
    model = tiny_model()
    model.gOptimizer.learning_rate = model.dOptimizer.learning_rate = 0.0
    alone = [np.abs(real - model.generator(mask)).mean() for mask, real in batches]

    dataset = tf.data.Dataset.from_tensor_slices(
        tuple(np.stack(side) for side in zip(*batches, strict=True))
    )
    history = model.fit(
        dataset.repeat(2), epochs=2, steps_per_epoch=3, verbose=0, shuffle=False
    )
    assert set(history.history) == {
        *("dLoss", "gLoss", "ganLoss", "l1Loss", "realDiscLoss", "generatedLoss")
    }
    np.testing.assert_allclose(history.history["l1Loss"], np.mean(alone), rtol=1e-5)


def test_evaluate_weighs_a_smaller_last_batch_by_its_images():
    inputs, targets = tiny_batch(pairs=5)
    model = tiny_model()
    dataset = tf.data.Dataset.from_tensor_slices((inputs, targets)).batch(2)
    logged = model.evaluate(dataset, return_dict=True, verbose=0)
    expected = np.abs(targets - model.generator(inputs)).mean()
    np.testing.assert_allclose(logged["l1Loss"], expected, rtol=1e-5)
    for name, metric in (("psnr", psnr), ("ssim", ssim)):
        expected = np.mean(metric(targets, model.generator(inputs)))
        np.testing.assert_allclose(logged[name], expected, rtol=1e-5)


def test_label_scores_cover_one_pass_over_the_dataset():
    black, red = np.zeros(3), np.array([255, 0, 0])
    palette = Palette({"black": tuple(black), "red": tuple(red)})
    model = tiny_model(palette=palette)
    target = np.broadcast_to(red, (3, 12, 12, 3)).astype(np.uint8)
    pairs = tf.data.Dataset.from_tensor_slices((target, target)).batch(2)
    kernel, bias = model.generator.weights
    kernel.assign(np.zeros(kernel.shape))
    for colour, accuracy in ((black, 0.0), (red, 1.0)):  # not averaged over both
        bias.assign((colour / 127.5 - 1) * 9)  # tanh's ends
        scores = model.evaluate(pairs, return_dict=True, verbose=0)
        assert scores["pixel_accuracy"] == scores["class_accuracy"] == accuracy
        assert scores["class_iou"] == accuracy


def test_the_real_networks_both_learn(networks):
    generator, discriminator = map(keras.models.clone_model, networks)
    model = Pix2PixTraining(generator, discriminator)
    model.compile(keras.optimizers.Adam(2e-4), keras.optimizers.Adam(2e-4), BCE, MAE)
    pair = np.stack([random_image(seed, SIZE, SIZE) for seed in (1, 2)])
    dataset = tf.data.Dataset.from_tensors((pair[:1], pair[1:])).repeat()
    before = copy_weights(generator) + copy_weights(discriminator)

    fitted = model.fit(dataset, epochs=2, steps_per_epoch=3, verbose=0, shuffle=False)

    after = copy_weights(generator) + copy_weights(discriminator)
    assert all((a != b).any() for a, b in zip(after, before, strict=True))
    first, second = fitted.history["l1Loss"]
    assert second < first


@pytest.mark.slow
def test_memory_does_not_grow_over_steps(networks):
    model = Pix2PixTraining(*map(keras.models.clone_model, networks))
    model.compile(keras.optimizers.Adam(2e-4), keras.optimizers.Adam(2e-4), BCE, MAE)
    pair = np.stack([random_image(seed, SIZE, SIZE) for seed in (1, 2)])
    dataset = tf.data.Dataset.from_tensors((pair[:1], pair[1:])).repeat()
    used = []
    for _ in range(6):
        model.fit(dataset, epochs=1, steps_per_epoch=50, verbose=0, shuffle=False)
        used.append(psutil.Process().memory_info().rss)
    print("MB after every 50 steps:", [round(bytes_ / 1e6) for bytes_ in used])
    assert used[-1] - used[1] < 8e6  # over 200 steps; one network's weights are 5.6 MB


def test_dropout_is_off_in_validation(networks):
    model = Pix2PixTraining(*networks)
    image = tf.random.stateless_uniform((1, SIZE, SIZE, 3), (1, 2), -1, 1)
    assert np.array_equal(model(image), model(image))
    assert not np.array_equal(model(image, training=True), model(image, training=True))


def test_compile_builds_both_optimizers_and_no_other():
    model = tiny_model()
    assert model.gOptimizer.built
    assert model.dOptimizer.built
    both = model.gOptimizer.variables + model.dOptimizer.variables
    assert list(map(id, model.optimizer.variables)) == list(map(id, both))
    assert model.optimizer.iterations is model.gOptimizer.iterations


def test_optimizers_and_losses_are_compiled_by_name_and_config():
    model = Pix2PixTraining(*tiny_networks())
    config = {"class_name": "Adam", "config": {"learning_rate": 0.25, "beta_1": 0.5}}
    model.compile(config, "sgd", "hinge", "mae")
    assert isinstance(model.gOptimizer, keras.optimizers.Adam)
    assert float(model.gOptimizer.learning_rate) == 0.25
    assert model.gOptimizer.beta_1 == 0.5
    assert isinstance(model.dOptimizer, keras.optimizers.SGD)
    logits, target = tf.constant([[[[0.5]]]]), tf.constant([[[[1.0, -1.0, 0.0]]]])
    assert float(model.bceLoss(tf.ones_like(logits), logits)) == 0.5
    assert float(model.ganLoss(tf.ones_like(logits), logits)) == -0.5
    np.testing.assert_allclose(model.maeLoss(target, 0.5 * target), 1 / 3, rtol=1e-6)
    model.compile(config, dict(config), "bce", "MeanSquaredError", ganLoss="lsgan")
    assert model.gOptimizer is not model.dOptimizer
    softplus = np.log1p(np.exp(-0.5))
    assert float(model.bceLoss(tf.ones_like(logits), logits)) == pytest.approx(softplus)
    assert float(model.ganLoss(tf.ones_like(logits), logits)) == 0.25
    assert float(model.maeLoss(target, 0.5 * target)) == pytest.approx(1 / 6)


ADAM = keras.optimizers.Adam()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ADAM, ADAM, "bce", "mae"), "gOptimizer and dOptimizer are the same object"),
        (("adam", None, "bce", "mae"), "dOptimizer is None: pass an optimizer"),
        (("adam", "adm", "bce", "mae"), "adm"),
        (("adam", "adam", "binary_crossentropy", "mae"), "discriminator's logits"),
        (("adam", "adam", "bce", "mea"), "Could not interpret loss identifier: mea"),
    ],
)
def test_arguments_that_compile_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        Pix2PixTraining(*tiny_networks()).compile(*arguments)


@pytest.mark.parametrize(
    "name", ["optimizer", "loss", "loss_weights", "weighted_metrics"]
)
def test_arguments_of_other_models_are_refused_by_name(name):
    with pytest.raises(ValueError, match=rf"does not take {name}: pass "):
        tiny_model(**{name: ["mae"]})


def test_metrics_are_logged_with_the_scores():
    batches = [tiny_batch(seed, pairs) for seed, pairs in ((1, 3), (2, 1))]
    error = keras.metrics.RootMeanSquaredError(name="rmse")
    model = tiny_model(metrics=["mse", error, keras.losses.mean_absolute_error])
    pairs = tf.data.Dataset.from_generator(
        lambda: iter(batches), output_signature=(tf.TensorSpec((None, 12, 12, 3)),) * 2
    )
    pairs = pairs.apply(tf.data.experimental.assert_cardinality(2))
    for _ in range(2):  # the second has forgotten the first
        history = model.fit(pairs, validation_data=pairs, verbose=0, shuffle=False)
        scores = {name: values[0] for name, values in history.history.items()}
    errors = np.concatenate([real - model.generator(mask) for mask, real in batches])
    expected = {
        "val_mean_squared_error": np.mean(errors**2),
        "val_rmse": np.sqrt(np.mean(errors**2)),
        "val_mean_absolute_error": np.mean(np.abs(errors)),
        "val_l1Loss": np.mean(np.abs(errors)),
    }
    for name, value in expected.items():
        assert scores[name] == pytest.approx(value, rel=1e-5), name
    assert "mean_squared_error" not in scores  # of the training


def test_evaluate_without_names_lists_every_score_once():
    model = tiny_model(metrics=["mse"])
    model.compile("adam", "adam", "bce", "mae", metrics=["mse"])
    pairs = tf.data.Dataset.from_tensors(tiny_batch())
    scores = model.evaluate(pairs, return_dict=True, verbose=0)
    names = ["l1Loss", "psnr", "ssim", "mean_squared_error"]
    assert sorted(scores) == sorted(names)
    assert model.evaluate(pairs, verbose=0) == [scores[name] for name in names]


def test_metrics_with_the_name_of_a_score_are_refused():
    with pytest.raises(ValueError, match='two metrics have the name "psnr"'):
        tiny_model(metrics=[keras.metrics.Mean(name="psnr")])
    with pytest.raises(ValueError, match='two metrics have the name "mean_squared'):
        tiny_model(metrics=["mse", "mse"])
    with pytest.raises(ValueError, match="metrics='mse' is not a list"):
        tiny_model(metrics="mse")


def test_an_optimizer_with_an_average_of_its_own_finishes_at_the_end_of_fit():
    model = Pix2PixTraining(*tiny_networks())
    g, d = (keras.optimizers.SGD(r, use_ema=True, ema_momentum=0.5) for r in (1.0, 0.5))
    model.compile(g, d, "bce", "mae")
    kernels = []
    keep = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: kernels.append(
            model.discriminator.trainable_weights[0].numpy()
        )
    )
    pairs = tf.data.Dataset.from_tensors(tiny_batch()).repeat(2)
    model.fit(pairs, verbose=0, shuffle=False, callbacks=[keep])
    average = 0.5 * kernels[0] + 0.5 * kernels[1]
    final = model.discriminator.trainable_weights[0]
    np.testing.assert_allclose(final, average, rtol=1e-5, atol=1e-7)


def test_weights_survive_saving(tmp_path):
    model = tiny_model()
    model.save_weights(tmp_path / "both.weights.h5")
    saved = copy_weights(model)
    model.train_step(tiny_batch())
    model.load_weights(tmp_path / "both.weights.h5")
    for before, after in zip(saved, copy_weights(model), strict=True):
        np.testing.assert_array_equal(before, after)


def test_keras_still_has_the_private_hook_that_is_overridden(monkeypatch):
    hook = "_maybe_symbolic_build"
    assert hasattr(keras.Model, hook), (
        f"this Keras has no {hook}: find out whether `fit` under a strategy still "
        f"averages the replicas' batches, and change the override in Pix2PixTraining"
    )
    ours, theirs = (
        inspect.signature(getattr(owner, hook)).parameters
        for owner in (Pix2PixTraining, keras.Model)
    )
    assert list(ours) == list(theirs), f"this Keras calls {hook} in another way"

    calls = []
    monkeypatch.setattr(Pix2PixTraining, hook, lambda _, **given: calls.append(given))
    model = tiny_model()
    dataset = tf.data.Dataset.from_tensors(tiny_batch())
    model.fit(dataset, shuffle=False, verbose=0)
    assert len(calls) == 1, f"`fit` of this Keras does not call {hook}"
    model.evaluate(dataset, verbose=0)
    assert len(calls) == 2, f"`evaluate` of this Keras does not call {hook}"
