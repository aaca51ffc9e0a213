"""The metrics that `compile` takes, and which way scores improve, for callbacks."""

import keras

from pyimagesearch.metrics.segmentation import LABEL_SCORES

DIRECTIONS = {
    "l1Loss": "min",
    "psnr": "max",
    "ssim": "max",
    **dict.fromkeys(LABEL_SCORES, "max"),
}
_WORDS = {"min": "lower", "max": "higher"}
_KERAS_DIRECTIONS = {"down": "min", "up": "max"}
_MONITORS = (
    keras.callbacks.EarlyStopping,
    keras.callbacks.ModelCheckpoint,
    keras.callbacks.ReduceLROnPlateau,
)


def get_metrics(metrics, taken) -> list[keras.metrics.Metric]:
    """Get metrics from what `compile` is given.

    Args:
        metrics: list or None. Each element is a keras.metrics.Metric, the name of one,
            such as "mse", or a function of (target, prediction), whose mean is logged.
        taken: container of str, the names of other scores.

    Returns:
        list of keras.metrics.Metric.

    Raises:
        ValueError: if `metrics` is not a list, or a name is unknown or is taken.
    """
    if not isinstance(metrics, (list, tuple, type(None))):
        raise ValueError(f"metrics={metrics!r} is not a list: pass metrics=[...]")
    found = []
    for given in metrics or ():
        metric = keras.metrics.get(given)
        if not isinstance(metric, keras.metrics.Metric):
            metric = keras.metrics.MeanMetricWrapper(metric, name=metric.__name__)
        if metric.name in {*taken, *(other.name for other in found)}:
            raise ValueError(
                f'two metrics have the name "{metric.name}": pass another name to the '
                f"metric, such as keras.metrics.MeanSquaredError(name=...)"
            )
        found.append(metric)
    return found


def set_directions(callbacks, metrics) -> None:
    """Tell callbacks with `mode="auto"` which way their score improves.

    Keras infers it from names and from its own metrics only. Without this, it would
    keep the model with the lowest `val_psnr`, or not know.

    Args:
        callbacks: keras.callbacks.Callback, a list of them, or None, as `fit` takes.
        metrics: list of keras.metrics.Metric, those of the user. Their direction is
            known if Keras knows it.

    Raises:
        ValueError: if a callback monitors a score in the wrong direction, or the value
            "loss", which `Pix2PixTraining` does not log.
    """
    directions = dict(DIRECTIONS)
    for metric in metrics:
        direction = getattr(metric, "_direction", None)  # Keras has no public name
        if direction in _KERAS_DIRECTIONS:
            directions[metric.name] = _KERAS_DIRECTIONS[direction]
    for callback in keras.tree.flatten(getattr(callbacks, "callbacks", callbacks)):
        name = type(callback).__name__
        if isinstance(callback, keras.callbacks.TerminateOnNaN):
            raise ValueError(
                f"{name} watches a value called loss, and there is none: use "
                f"pyimagesearch.training.callbacks.StopOnDivergence"
            )
        is_monitor = isinstance(callback, _MONITORS)
        if is_monitor and getattr(callback, "save_best_only", True):
            _set_direction(callback, name, directions)


def _set_direction(callback, name, directions):
    score = callback.monitor.removeprefix("val_")
    if score == "loss":
        raise ValueError(
            f"{name} monitors {callback.monitor}, and there is no such value: pass "
            f'monitor="val_l1Loss", or another that `fit` logs'
        )
    direction = directions.get(score)
    if direction is None:
        return
    if callback.mode == "auto":
        callback.mode = direction
    if callback.mode != direction:
        raise ValueError(
            f"{name} prefers a {_WORDS[callback.mode]} {callback.monitor}, and a "
            f'{_WORDS[direction]} one is better: pass mode="{direction}"'
        )
