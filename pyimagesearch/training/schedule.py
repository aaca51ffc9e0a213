"""The learning rate over a run."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("pyimagesearch")
class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Constant for half of the run, then linearly to 0, step by step.

    The schedule of the authors' PyTorch implementation of the paper. It is a function
    of the optimizer's own count of steps.

    Args:
        learning_rate: of the first half.
        steps: of the whole run.
    """

    def __init__(self, learning_rate: float, steps: int):
        self.learning_rate = learning_rate
        self.steps = steps

    def __call__(self, step):
        """The learning rate, a float32 scalar, of step `step`, counted from 0."""
        left = 1 - ops.cast(step, "float32") / self.steps
        return self.learning_rate * ops.clip(2 * left, 0.0, 1.0)

    def get_config(self):
        """What `__init__` takes."""
        return {"learning_rate": self.learning_rate, "steps": self.steps}
