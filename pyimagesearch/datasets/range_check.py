"""A check that float images are in [-1, 1], on the first batch only."""

import contextlib
import re

import numpy as np
import tensorflow as tf

from pyimagesearch.errors import UserError

LIMIT = 1.5  # a resampling filter can overshoot [-1, 1], by less than that
FIRST = 32  # images of an array that are checked: a batch of `fit`
SIDES = ("input masks", "real images")
_REFUSAL = "float images must be in [-1, 1]"


def check_range(images: np.ndarray, side: str) -> None:
    """Check that float images are in [-1, 1], or overshoot it by up to `LIMIT`.

    Integers are accepted, since the model scales them. NaNs are not looked at.

    Args:
        images: array of any shape and dtype.
        side: str, what the images are, for the message.

    Raises:
        UserError: if they are not.
    """
    images = np.asarray(images)
    if images.dtype.kind in "uib" or not images.size:
        return
    low, high = (f.reduce(images, axis=None) for f in (np.fmin, np.fmax))
    if max(-low, high) > LIMIT:
        raise UserError(
            f"the {side} are in [{float(low):.4g}, {float(high):.4g}], and {_REFUSAL}; "
            f"pass uint8 images, or scale them, such as images / 127.5 - 1"
        )


def check_first_images(data, side: str = SIDES[0]):
    """Check the first images of what `fit`, `evaluate` and `predict` take.

    Args:
        data: tf.data.Dataset of images or of (inputMask, realImage), an array, or
            anything else, which is not checked.
        side: str, what the images of an array are.

    Returns:
        `data`. A dataset of floats gets one more operation: its iteration fails if the
        first batch is out of range, see `raise_refusal`.

    Raises:
        UserError: if an array is out of range.
    """
    if isinstance(data, tf.data.Dataset):
        return _check_first_batch(data)
    if isinstance(data, (np.ndarray, tf.Tensor)):
        check_range(data[:FIRST], side)
    return data


def _check_first_batch(dataset):
    # Checked in the pipeline: the steps are compiled by XLA, which drops assertions,
    # and a second iterator would shuffle the data anew.
    specs = tf.nest.flatten(dataset.element_spec)[: len(SIDES)]
    checked = [
        (index, side)
        for index, (spec, side) in enumerate(zip(specs, SIDES, strict=False))
        if isinstance(spec, tf.TensorSpec) and spec.dtype.is_floating
    ]
    if not checked:
        return dataset

    def check(batch):
        flat = tf.nest.flatten(batch)
        for index, side in checked:
            images = tf.cast(flat[index], tf.float32)
            tf.numpy_function(
                lambda images, side=side: check_range(images, side), [images], []
            )
        return True

    def check_first(number, *batch):
        is_checked = tf.cond(number > 0, lambda: True, lambda: check(batch))
        with tf.control_dependencies([is_checked]):
            batch = tf.nest.map_structure(tf.identity, batch)
        return batch if len(batch) > 1 else batch[0]

    return dataset.enumerate().map(
        lambda number, batch: check_first(
            number, *(batch if isinstance(batch, tuple) else (batch,))
        )
    )


@contextlib.contextmanager
def raise_refusal():
    """Raise the refusal of a first batch as the `UserError` that it is.

    Raises:
        UserError: instead of the error of tf.data that wraps it.
    """
    try:
        yield
    except tf.errors.OpError as error:
        refusal = re.search(
            rf"the (?:{'|'.join(SIDES)}) are in .*{re.escape(_REFUSAL)}.*",
            error.message,
        )
        if refusal is None:
            raise
        raise UserError(refusal[0]) from None
