"""Initial weights and normalizations of the paper's networks."""

import keras
from keras import layers

from pyimagesearch.distribution import count_replicas

INIT_STDDEV = 0.02  # standard deviation of the initial weights
EPSILON = 1e-5  # added to a variance, as in the authors' code
MOMENTUM = 0.9  # of the moving statistics, as in the authors' code


def create_initializer(mean: float = 0.0) -> keras.initializers.Initializer:
    """Create the initializer of one layer: normal, with a deviation of 0.02.

    A shared one would give kernels of one shape the same values.
    """
    return keras.initializers.RandomNormal(mean, INIT_STDDEV)


def create_norm(norm: str) -> keras.Layer:
    """Create a normalization layer. It cancels the bias of the layer before it.

    Args:
        norm: str, "instance" normalizes every image and channel by its own mean and
            variance, as the paper's generator does at batch size 1. "batch" uses the
            statistics of the batch, and moving averages outside training.
    """
    common = {"epsilon": EPSILON, "gamma_initializer": create_initializer(mean=1.0)}
    if norm == "batch":
        return layers.BatchNormalization(
            momentum=MOMENTUM, synchronized=count_replicas() > 1, **common
        )
    return layers.GroupNormalization(groups=-1, **common)
