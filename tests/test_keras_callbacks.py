"""What the callbacks of Keras do here: the table in docs/library.md."""

import csv

import keras
import numpy as np
import pytest
import tensorflow as tf

from pyimagesearch.metrics.keras_metrics import set_directions
from pyimagesearch.Pix2PixTraining import Pix2PixTraining

KERAS = keras.callbacks


def build_model(g_rate=0.5, d_rate=0.25, **settings):
    keras.utils.set_random_seed(1)
    image = keras.Input((12, 12, 3))
    generator = keras.Model(image, keras.layers.Conv2D(3, 1, activation="tanh")(image))
    pair = [keras.Input((12, 12, 3)), keras.Input((12, 12, 3))]
    joined = keras.layers.Concatenate()(pair)
    discriminator = keras.Model(pair, keras.layers.Conv2D(1, 3)(joined))
    model = Pix2PixTraining(generator, discriminator)
    rates = (g_rate, d_rate)
    model.compile(*map(keras.optimizers.SGD, rates), "lsgan", "mae", **settings)
    return model


def make_pairs(steps=2):
    rng = np.random.default_rng(0)
    sides = rng.uniform(-1, 1, (2, steps, 12, 12, 3)).astype(np.float32)
    return tf.data.Dataset.from_tensor_slices(tuple(sides)).batch(1)


class Script(KERAS.Callback):
    """Replaces a logged value by one of a list in every epoch, and keeps the state."""

    def __init__(self, name, values):
        super().__init__()
        self.name, self.values = name, values
        self.rates, self.weights, self.averages = [], [], []

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = self.values[epoch]
        optimizers = self.model.gOptimizer, self.model.dOptimizer
        self.rates.append([float(each.learning_rate) for each in optimizers])
        self.weights.append(self.model.get_weights())
        self.averages.append(self.model.inferenceGenerator.get_weights())


def fit(model, callbacks, epochs=1, **settings):
    pairs = make_pairs()
    return model.fit(
        pairs,
        validation_data=pairs,
        epochs=epochs,
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
        **settings,
    )


def read_rates(model):
    return [float(each.learning_rate) for each in (model.gOptimizer, model.dOptimizer)]


def test_reduce_lr_on_plateau_multiplies_both_rates():
    model = build_model(0.5, 0.25)
    script = Script("val_l1Loss", [1.0, 1.0, 2.0, 0.5])
    plateau = KERAS.ReduceLROnPlateau("val_l1Loss", factor=0.1, patience=1)
    history = fit(model, [script, plateau], epochs=4).history
    expected = [[0.5, 0.25], [0.5, 0.25], [0.05, 0.025], [0.005, 0.0025]]
    np.testing.assert_allclose(script.rates, expected, rtol=1e-6)
    np.testing.assert_allclose(read_rates(model), expected[-1], rtol=1e-6)
    rates = history["learning_rate"]  # before the callback
    np.testing.assert_allclose(rates, np.array(expected)[:, 0], rtol=1e-6)


def test_the_smallest_rate_of_the_plateau_is_the_generators():
    model = build_model(0.5, 0.25)
    plateau = KERAS.ReduceLROnPlateau("val_l1Loss", 0.1, patience=1, min_lr=0.125)
    fit(model, [Script("val_l1Loss", [1.0] * 4), plateau], epochs=4)
    assert read_rates(model) == [0.125, 0.0625]


def test_learning_rate_scheduler_keeps_the_ratio_of_the_rates():
    model = build_model(0.5, 0.25)
    script = Script("none", [0.0] * 4)
    schedule = KERAS.LearningRateScheduler(lambda epoch: [0.0, 1.0, 0.25, 0.5][epoch])
    fit(model, [schedule, script], epochs=4)
    assert script.rates == [[0.0, 0.0], [1.0, 0.5], [0.25, 0.125], [0.5, 0.25]]


def test_learning_rate_scheduler_gets_the_rate_of_the_generator():
    model = build_model(0.5, 0.25)
    seen = []
    schedule = KERAS.LearningRateScheduler(
        lambda epoch, rate: seen.append(rate) or rate / 2
    )
    fit(model, [schedule], epochs=3)
    assert seen == [0.5, 0.25, 0.125]
    assert read_rates(model) == [0.0625, 0.03125]


def test_the_scheduled_rate_is_the_rate_of_the_step(precision):
    precision("mixed_float16")
    model = build_model(0.5, 0.25)
    before = [weight.numpy() for weight in model.trainable_weights]
    fit(model, [KERAS.LearningRateScheduler(lambda epoch: 0.0)])
    for weight, value in zip(model.trainable_weights, before, strict=True):
        np.testing.assert_array_equal(weight, value)
    assert float(model.dOptimizer.inner_optimizer.learning_rate) == 0.0


@pytest.mark.parametrize(
    "callback",
    [
        KERAS.LearningRateScheduler(lambda epoch: 0.1),
        KERAS.ReduceLROnPlateau("val_l1Loss", patience=0),
    ],
)
def test_a_schedule_in_the_optimizer_is_not_replaced(callback):
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, 10)
    model = build_model(0.5, schedule)
    with pytest.raises(TypeError, match="created with a `LearningRateSchedule`"):
        fit(model, [Script("val_l1Loss", [1.0] * 3), callback], epochs=3)
    assert float(model.gOptimizer.learning_rate) == 0.5


RISING, FALLING = [0.1, 0.3, 0.2, 0.2], [0.3, 0.1, 0.2, 0.2]


@pytest.mark.parametrize(
    ("monitor", "values", "settings"),
    [
        ("val_l1Loss", FALLING, {}),
        ("val_l1Loss", FALLING, {"mode": "min"}),
        ("val_psnr", RISING, {}),
        ("val_ssim", RISING, {}),
        ("val_ssim", RISING, {"mode": "max"}),
        ("val_class_iou", RISING, {}),
        ("val_mean_squared_error", FALLING, {}),
        ("val_cosine", RISING, {}),
    ],
)
def test_early_stopping_stops_and_restores_the_best_epoch(monitor, values, settings):
    cosine = keras.metrics.CosineSimilarity(name="cosine")
    model = build_model(averageWeights=True, metrics=["mse", cosine])
    script = Script(monitor, values)
    stop = KERAS.EarlyStopping(
        monitor, patience=2, restore_best_weights=True, **settings
    )
    history = fit(model, [script, stop], epochs=4)
    assert len(history.history["l1Loss"]) == 4
    assert (stop.best, stop.best_epoch) == (values[1], 1)
    for weight, value in zip(model.get_weights(), script.weights[1], strict=True):
        np.testing.assert_array_equal(weight, value)
    best = script.averages[1]
    for weight, value in zip(model.inferenceGenerator.weights, best, strict=True):
        np.testing.assert_array_equal(weight, value)
    assert (script.averages[3][0] != best[0]).any()


@pytest.mark.parametrize("monitor", ["val_psnr", "val_ssim", "val_pixel_accuracy"])
@pytest.mark.parametrize(
    "create",
    [
        lambda monitor, mode: KERAS.EarlyStopping(monitor, mode=mode),
        lambda monitor, mode: KERAS.ReduceLROnPlateau(monitor, mode=mode),
        lambda monitor, mode: KERAS.ModelCheckpoint(
            "best.keras", monitor, save_best_only=True, mode=mode
        ),
    ],
    ids=["EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"],
)
def test_a_score_is_never_monitored_in_the_wrong_direction(create, monitor):
    with pytest.raises(ValueError, match='a higher one is better: pass mode="max"'):
        set_directions([create(monitor, "min")], [])
    set_directions([create(monitor, "max")], [])
    callback = create(monitor, "auto")
    set_directions([callback], [])
    assert callback.mode == "max"
    with pytest.raises(ValueError, match='a lower one is better: pass mode="min"'):
        set_directions(create("val_l1Loss", "max"), [])


def test_values_that_do_not_exist_are_refused():
    model = build_model()
    with pytest.raises(ValueError, match="EarlyStopping monitors val_loss, and there"):
        fit(model, [KERAS.EarlyStopping()])
    with pytest.raises(ValueError, match="StopOnDivergence"):
        fit(model, KERAS.TerminateOnNaN())
    assert int(model.gOptimizer.iterations) == 0


@pytest.mark.parametrize(
    ("monitor", "values", "mode"),
    [("val_l1Loss", FALLING, "auto"), ("val_psnr", RISING, "max")],
)
def test_model_checkpoint_keeps_the_best_model(tmp_path, monitor, values, mode):
    model = build_model(averageWeights=True)
    script = Script(monitor, values)
    path = tmp_path / "best.keras"
    save = KERAS.ModelCheckpoint(path, monitor, save_best_only=True, mode=mode)
    fit(model, [script, save], epochs=4)
    best = keras.saving.load_model(path)
    assert int(best.gOptimizer.iterations) == 4  # two epochs
    for weight, value in zip(best.get_weights(), script.weights[1], strict=True):
        np.testing.assert_array_equal(weight, value)


def test_model_checkpoint_saves_every_epoch_and_weights(tmp_path):
    model = build_model()
    fit(
        model,
        [
            KERAS.ModelCheckpoint(tmp_path / "{epoch}.keras"),
            KERAS.ModelCheckpoint(
                tmp_path / "{epoch}.weights.h5", save_weights_only=True
            ),
        ],
        epochs=2,
    )
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["1.keras", "1.weights.h5", "2.keras", "2.weights.h5"]
    other = build_model()
    other.load_weights(tmp_path / "2.weights.h5")
    for weight, value in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, value)


class Interruption(Exception):
    pass


class StopAfter(KERAS.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise Interruption


def test_backup_and_restore_resumes_to_the_bit(tmp_path):
    expected = build_model(averageWeights=True)
    fit(expected, [], epochs=3)
    model = build_model(averageWeights=True)
    with pytest.raises(Interruption):
        fit(model, [KERAS.BackupAndRestore(tmp_path / "backup"), StopAfter()], epochs=3)
    model = build_model(averageWeights=True)
    history = fit(model, [KERAS.BackupAndRestore(tmp_path / "backup")], epochs=3)
    assert history.epoch == [2]
    for weight, value in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, value)


def test_csv_logger_writes_every_value(tmp_path):
    history = fit(build_model(), [KERAS.CSVLogger(tmp_path / "log.csv")], epochs=2)
    with (tmp_path / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert {*rows[0]} == {*history.history, "epoch"}
    for name, values in history.history.items():
        np.testing.assert_allclose([float(row[name]) for row in rows], values)


def test_tensorboard_logs_the_rate_of_the_generator(tmp_path):
    fit(build_model(), [KERAS.TensorBoard(tmp_path, histogram_freq=1)], epochs=1)
    logged = {}
    for path in tmp_path.rglob("events*"):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                logged[value.tag] = tf.make_ndarray(value.tensor)
    assert float(logged["epoch_learning_rate"]) == 0.5
    assert {"epoch_l1Loss", "epoch_dLoss", "epoch_psnr"} <= logged.keys()


def test_swap_ema_weights_is_refused():
    with pytest.raises(ValueError, match="SwapEMAWeights must be used when"):
        fit(build_model(), [KERAS.SwapEMAWeights()])
