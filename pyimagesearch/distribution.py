"""Communication between the replicas of a `tf.distribute` strategy within a step.

With one replica every function returns its argument, or a weight of 1, and no
communication takes place.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

WORD = 4  # bytes of an int32, whose sums with 0 keep all bits
BROADCAST_WORDS = 4_000_000  # int32 in a message of `broadcast_variables`


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
    replicas = count_replicas()
    if replicas == 1:
        return values
    # The `all_gather` of TensorFlow fails on several machines. A sum of parts that are
    # padded to the whole does not.
    context = tf.distribute.get_replica_context()
    own = tf.one_hot(context.replica_id_in_sync_group, replicas, dtype=tf.int32)
    sizes = all_reduce_sum(own * tf.shape(values)[0])
    first = tf.cumsum(sizes, exclusive=True)[context.replica_id_in_sync_group]
    after = tf.reduce_sum(sizes) - first - tf.shape(values)[0]
    rank = values.shape.rank
    return all_reduce_sum(tf.pad(values, [[first, after], *[[0, 0]] * (rank - 1)]))


def fill_empty_batch(
    *batches: tf.Tensor,
) -> tuple[list[tf.Tensor], tf.Tensor | None]:
    """Give a replica that has no image of a last batch a black one, of weight 0.

    A convolution of an empty batch can have the wrong shape, with oneDNN on some CPUs.

    Args:
        *batches: float tensors (B, H, W, C), the parts that this replica has.

    Returns:
        tuple of a list of the tensors, B or 1 images each, and the weights of the
        images, a float32 tensor, or None with one replica.
    """
    if count_replicas() == 1:
        return list(batches), None
    size = tf.shape(batches[0])[0]
    missing = tf.maximum(1 - size, 0)
    rows = [[0, missing], [0, 0], [0, 0], [0, 0]]
    weights = tf.pad(tf.ones([size]), [[0, missing]])
    return [tf.pad(batch, rows) for batch in batches], weights


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


def distribute_dataset(strategy: tf.distribute.Strategy, make_dataset: Callable):
    """Make the dataset of a strategy.

    Args:
        strategy: tf.distribute.Strategy.
        make_dataset: callable from a tf.distribute.InputContext, or None, to a
            tf.data.Dataset. It is given a context if there are several processes, and
            then returns the parts of this one; see `data_preprocess.load_dataset`.

    Returns:
        tf.data.Dataset or tf.distribute.DistributedDataset.
    """
    if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return strategy.distribute_datasets_from_function(make_dataset)
    return make_dataset(None)


def broadcast_variables(
    strategy: tf.distribute.Strategy, variables: list[keras.Variable]
) -> None:
    """Assign the values that the first process has to the variables of all processes.

    Every process must call this function, outside of a step. The values keep their
    bits.

    Args:
        strategy: tf.distribute.Strategy, under whose scope the variables were created.
        variables: list of keras.Variable, of the same shapes on every process.
    """
    arrays = [keras.ops.convert_to_numpy(variable) for variable in variables]
    content = b"".join(array.tobytes() for array in arrays)
    words = np.frombuffer(content + bytes(-len(content) % WORD), np.int32)

    def take_first(part):
        context = tf.distribute.get_replica_context()
        is_first = tf.equal(context.replica_id_in_sync_group, 0)
        return all_reduce_sum(part * tf.cast(is_first, tf.int32))

    @tf.function(input_signature=[tf.TensorSpec([BROADCAST_WORDS], tf.int32)])
    def send(part):
        results = strategy.run(take_first, args=(part,))
        return strategy.experimental_local_results(results)[0]

    received = []
    for start in range(0, len(words), BROADCAST_WORDS):
        part = words[start : start + BROADCAST_WORDS]
        padded = np.pad(part, (0, BROADCAST_WORDS - len(part)))
        received.append(send(tf.constant(padded)).numpy()[: len(part)])
    content, offset = b"".join(part.tobytes() for part in received), 0
    for variable, array in zip(variables, arrays, strict=True):
        values = np.frombuffer(content, array.dtype, array.size, offset)
        variable.assign(values.reshape(array.shape))
        offset += array.nbytes


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
