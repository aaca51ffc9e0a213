"""GAN losses."""

from typing import NamedTuple

import keras
from keras import ops


class GanLoss(NamedTuple):
    """A pair of losses of (labels, logits), labels 1 for real and 0 for generated.

    Attributes:
        discriminator: what the discriminator minimizes on real and on generated.
        generator: what the generator minimizes, with label 1.
    """

    discriminator: keras.losses.Loss
    generator: keras.losses.Loss


class LogitsLoss(keras.losses.Loss):
    """The mean of a function of (labels, logits) over all patches."""

    def __init__(self, function):
        super().__init__(name=function.__name__)
        self.call = function


def least_squares(labels, logits):
    """(logit - label)^2 of every patch: LSGAN (Mao et al. 2017, equation 9)."""
    return ops.square(logits - labels)


def hinge(labels, logits):
    """max(0, 1 - logit) of real, max(0, 1 + logit) of generated patches.

    Lim and Ye 2017, "Geometric GAN"; Miyato et al. 2018, equation 16.
    """
    return ops.relu(1 - (2 * labels - 1) * logits)


def hinge_generator(labels, logits):
    """-logit of every patch, whatever the label (Miyato et al. 2018, equation 17)."""
    return -logits


def create_gan_loss(name: str) -> GanLoss:
    """The losses of a name.

    Args:
        name: "bce", the paper's (equation 1, the generator's as in section 3.3);
            "lsgan" or "hinge".
    """
    if name == "hinge":
        return GanLoss(LogitsLoss(hinge), LogitsLoss(hinge_generator))
    both = {
        "bce": keras.losses.BinaryCrossentropy(from_logits=True),
        "lsgan": LogitsLoss(least_squares),
    }[name]
    return GanLoss(both, both)
