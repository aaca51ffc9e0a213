"""An epoch's figure: the mean over its pictures."""

import keras


class MeanOverPictures(keras.metrics.Mean):
    """The mean of a function over all pictures since the last reset.

    Every picture counts alike, those of a smaller last batch too. The sums are
    float32 under any precision policy.

    Args:
        function: from (target, prediction), each floats (B, H, W, 3), to (B,), such
            as `psnr`.
        name: the metric's, under which it is logged.
    """

    def __init__(self, function, name):
        super().__init__(name=name, dtype="float32")
        self.function = function

    def update_state(self, target, prediction, sample_weight=None):
        """Adds a batch.

        Args:
            target: floats (B, H, W, 3) in [-1, 1].
            prediction: likewise.
            sample_weight: (B,), where pictures are not to count alike.
        """
        super().update_state(self.function(target, prediction), sample_weight)
