"""Communication between the replicas of a `tf.distribute` strategy within a step.

With one replica every function returns its argument, or a weight of 1, and no
communication takes place.
"""

import keras
import tensorflow as tf


def count_replicas() -> int:
    """Return the number of replicas that share a batch."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def all_reduce_sum(value: tf.Tensor) -> tf.Tensor:
    """Sum a tensor over the replicas.

    Args:
        value: tensor of any shape, this replica's value.

    Returns:
        Tensor of the same shape and dtype, the sum, the same on every replica.
    """
    if count_replicas() == 1:
        return value
    return tf.distribute.get_replica_context().all_reduce("sum", value)


def all_gather(values: tf.Tensor) -> tf.Tensor:
    """Concatenate a tensor over the replicas along the batch axis.

    Args:
        values: tensor (b, ...), this replica's part of the batch. b may be 0 and may
            differ between replicas.

    Returns:
        Tensor (B, ...), the values of the whole batch, the same on every replica.
    """
    if count_replicas() == 1:
        return values
    return tf.distribute.get_replica_context().all_gather(values, axis=0)


def compute_loss_weight(size: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Compute the factor by which a replica multiplies its mean losses.

    A batch can be split unevenly: of five images, one replica gets three and another
    two. A Keras loss is the mean over the images of one replica, divided by the number
    of replicas. Summed over the replicas, these losses count an image more if it shares
    its replica with fewer others. The factor corrects that: it is the number of images
    on this replica, divided by the average number of images on a replica. The sum of
    the weighted losses over the replicas is the mean over the batch.

    Args:
        size: int scalar tensor, the number of images on this replica; it may be 0.

    Returns:
        tuple of two float32 scalar tensors: the factor, which is 1 if the batch is
        split evenly, and the number of images in the whole batch.
    """
    size = tf.cast(size, tf.float32)
    batch_size = all_reduce_sum(size)
    return size * count_replicas() / batch_size, batch_size


def assign_on_replicas(
    variables: list[keras.Variable], values: list[tf.Tensor]
) -> None:
    """Assign values to variables on every replica.

    Args:
        variables: list of keras.Variable, mirrored over the replicas.
        values: list of tensors, one for each variable. Every replica must have
            computed the same values.
    """
    if count_replicas() == 1:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return

    def assign(strategy, values):
        for variable, value in zip(variables, values, strict=True):
            strategy.extended.update(
                variable.value, lambda local, value: local.assign(value), args=(value,)
            )

    tf.distribute.get_replica_context().merge_call(assign, args=(values,))
