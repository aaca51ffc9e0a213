"""What the replicas of a `tf.distribute` strategy tell each other within a step.

A batch is split among them, unevenly where it must be: a mean over the batch is not the
mean of theirs. Without a strategy there is one, and it knows everything.
"""

import keras
import tensorflow as tf


def replicas() -> int:
    """How many replicas work on a batch."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def summed(value: tf.Tensor) -> tf.Tensor:
    """The sum of a tensor over the replicas, the same on each."""
    if replicas() == 1:
        return value
    return tf.distribute.get_replica_context().all_reduce("sum", value)


def joined(values: tf.Tensor) -> tf.Tensor:
    """The batch's values, of which this replica has (b, ...), as (B, ...)."""
    if replicas() == 1:
        return values
    return tf.distribute.get_replica_context().all_gather(values, axis=0)


def share_of_batch(size: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """What a replica's means are worth.

    Args:
        size: how many of the batch's pictures this replica has, possibly none.

    Returns:
        (weight, pictures). The sum over the replicas of weight times a mean that is
        divided by their number, as Keras's losses are, is the mean over the batch;
        weight is 1 where the batch is split evenly. The batch has `pictures`
        pictures. Both are float32 scalars.
    """
    size = tf.cast(size, tf.float32)
    pictures = summed(size)
    return size * replicas() / pictures, pictures


def assign_on_each(variables: list[keras.Variable], values: list[tf.Tensor]) -> None:
    """Assigns to variables what every replica has computed alike."""
    if replicas() == 1:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return

    def assign(strategy, values):
        for variable, value in zip(variables, values, strict=True):
            strategy.extended.update(
                variable.value, lambda mine, value: mine.assign(value), args=(value,)
            )

    tf.distribute.get_replica_context().merge_call(assign, args=(values,))
