"""What `fit` and `evaluate` of Keras 3 lack for training on several machines.

Under `tf.distribute.MultiWorkerMirroredStrategy`, Keras 3 reduces the batches to build
the model, and the logs with `strategy.reduce("MEAN", logs, axis=0)`. Both fail (keras
#20585). This module overrides the three methods that do so. It leans on these names of
Keras, which `tests/networks/test_multiworker_model.py` checks:

- `fit` and `evaluate` call the private `_maybe_symbolic_build` before the first step,
- they call `make_train_function` and `make_test_function`, and then `train_function`
  and `test_function` with an iterator of `tf.data` or `tf.distribute`, until it raises
  `StopIteration` or `tf.errors.OutOfRangeError`,
- they accept a `tf.distribute.DistributedDataset`.
"""

import keras
import tensorflow as tf


class MultiWorkerModel(keras.Model):
    """A `keras.Model` that trains under any strategy.

    A step must return the same logs on all replicas.
    """

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Build nothing: subclasses are built.

        Under a strategy, Keras builds a model from the mean of the replicas' batches,
        and fails if they differ in size.
        """

    def make_train_function(self, force=False):
        """Create the function that `fit` calls for each step; see `keras.Model`."""
        if not _is_multiworker(self.distribute_strategy):
            return super().make_train_function(force)
        if self.train_function is None or force:
            self.train_function = self._distribute_step(self.train_step)
        return self.train_function

    def make_test_function(self, force=False):
        """Create the function that `evaluate` calls; see `keras.Model`."""
        if not _is_multiworker(self.distribute_strategy):
            return super().make_test_function(force)
        if self.test_function is None or force:
            self.test_function = self._distribute_step(self.test_step)
        return self.test_function

    def _distribute_step(self, step):
        """Create a function that runs one step on all replicas.

        Raises:
            ValueError: for arguments of `compile` that are not supported.
        """
        strategy = self.distribute_strategy
        if self.steps_per_execution > 1 or self.jit_compile:
            raise ValueError(
                "on several machines, compile() supports neither steps_per_execution "
                "nor jit_compile"
            )

        def run(iterator):
            logs = strategy.run(step, args=(next(iterator),))
            return tf.nest.map_structure(
                lambda value: strategy.experimental_local_results(value)[0], logs
            )

        if self.run_eagerly:
            return run
        return tf.function(run, reduce_retracing=True)


def _is_multiworker(strategy):
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
