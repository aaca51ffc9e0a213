"""GAN losses: binary cross-entropy, least squares (LSGAN) and hinge."""

from typing import NamedTuple

import keras
from keras import ops


class GanLoss(NamedTuple):
    """The losses of both networks, functions of (labels, logits).

    The labels are 1 for real and 0 for generated patches.

    Attributes:
        discriminator: keras.losses.Loss, minimized on real and on generated images.
        generator: keras.losses.Loss, minimized on generated images with label 1.
    """

    discriminator: keras.losses.Loss
    generator: keras.losses.Loss


class LogitsLoss(keras.losses.Loss):
    """The mean over all patches of a function of (labels, logits).

    Args:
        function: callable from labels and logits, each (B, h, w, 1), to (B, h, w, 1).
    """

    def __init__(self, function):
        super().__init__(name=function.__name__)
        self.call = function


def least_squares(labels, logits):
    """(logit - label)^2 of every patch (Mao et al. 2017, equation 9)."""
    return ops.square(logits - labels)


def hinge(labels, logits):
    """max(0, 1 - logit) of real patches, max(0, 1 + logit) of generated ones.

    Lim and Ye 2017, "Geometric GAN"; Miyato et al. 2018, equation 16.
    """
    return ops.relu(1 - (2 * labels - 1) * logits)


def hinge_generator(labels, logits):
    """-logit of every patch, whatever its label (Miyato et al. 2018, equation 17)."""
    return -logits


def create_gan_loss(name: str) -> GanLoss:
    """Create the losses that `--gan-loss` names.

    Args:
        name: str, "bce" (the paper's equation 1, with the generator's loss of section
            3.3), "lsgan" or "hinge".

    Returns:
        GanLoss.
    """
    if name == "hinge":
        return GanLoss(LogitsLoss(hinge), LogitsLoss(hinge_generator))
    loss = {
        "bce": keras.losses.BinaryCrossentropy(from_logits=True),
        "lsgan": LogitsLoss(least_squares),
    }[name]
    return GanLoss(loss, loss)
