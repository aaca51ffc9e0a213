"""Communication between the replicas of a `tf.distribute` strategy within a step.

A batch is split among the replicas, unevenly if its size demands it, so the mean over
the batch is not the mean of the replicas' means. Without a strategy there is one
replica, and nothing is communicated.
"""

import keras
import tensorflow as tf


def count_replicas() -> int:
    """Count the replicas that work on a batch."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def all_reduce_sum(value: tf.Tensor) -> tf.Tensor:
    """Sum a tensor over the replicas; every replica gets the sum."""
    if count_replicas() == 1:
        return value
    return tf.distribute.get_replica_context().all_reduce("sum", value)


def all_gather(values: tf.Tensor) -> tf.Tensor:
    """Concatenate the replicas' parts (b, ...) of a batch to the whole, (B, ...)."""
    if count_replicas() == 1:
        return values
    return tf.distribute.get_replica_context().all_gather(values, axis=0)


def compute_loss_weight(size: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Compute the factor that turns a replica's mean loss into its part of the batch's.

    Keras's losses are divided by the number of replicas. The sum over the replicas of
    weight * loss is then the mean over the batch. The weight is 1 if the batch is split
    evenly.

    Args:
        size: integer scalar, the number of images of this replica, possibly 0.

    Returns:
        (weight, images): float32 scalars, the factor and the number of images in the
        whole batch.
    """
    size = tf.cast(size, tf.float32)
    images = all_reduce_sum(size)
    return size * count_replicas() / images, images


def assign_on_replicas(
    variables: list[keras.Variable], values: list[tf.Tensor]
) -> None:
    """Assign values to mirrored variables.

    Args:
        variables: list of keras.Variable.
        values: list of tensors, one per variable, the same on every replica.
    """
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
