"""What all the metrics take: two batches of pictures."""

import tensorflow as tf

DATA_RANGE = 2.0  # of pictures in [-1, 1], as 255 is of 8-bit ones


def float32_pair(target, prediction):
    """Brings both to float32, whatever the precision they were computed in.

    Args:
        target: floats (B, H, W, 3) in [-1, 1].
        prediction: likewise.

    Returns:
        (target, prediction), float32.

    Raises:
        ValueError: where their shapes differ, which would broadcast.
    """
    target, prediction = tf.cast(target, tf.float32), tf.cast(prediction, tf.float32)
    target.shape.assert_is_compatible_with(prediction.shape)
    return target, prediction
