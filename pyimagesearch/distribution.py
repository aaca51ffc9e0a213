"""Communication between the replicas of a `tf.distribute` strategy within a step."""

import keras
import tensorflow as tf


def count_replicas() -> int:
    """How many replicas work on a batch."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def all_reduce_sum(value: tf.Tensor) -> tf.Tensor:
    """The sum of a tensor over the replicas, the same on each."""
    if count_replicas() == 1:
        return value
    return tf.distribute.get_replica_context().all_reduce("sum", value)


def all_gather(values: tf.Tensor) -> tf.Tensor:
    """The batch's values, of which this replica has (b, ...), as (B, ...)."""
    if count_replicas() == 1:
        return values
    return tf.distribute.get_replica_context().all_gather(values, axis=0)


def compute_loss_weight(size: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
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
    pictures = all_reduce_sum(size)
    return size * count_replicas() / pictures, pictures


def assign_on_replicas(
    variables: list[keras.Variable], values: list[tf.Tensor]
) -> None:
    """Assigns to variables what every replica has computed alike."""
    if count_replicas() == 1:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return

    def assign(strategy, values):
        for variable, value in zip(variables, values, strict=True):
            strategy.extended.update(
                variable.value, lambda mine, value: mine.assign(value), args=(value,)
            )

    tf.distribute.get_replica_context().merge_call(assign, args=(values,))
