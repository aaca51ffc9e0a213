"""GAN losses: binary cross-entropy, least squares and hinge."""

from typing import NamedTuple

import keras
from keras import ops


class GanLoss(NamedTuple):
    """The adversarial losses of both networks, functions of (labels, logits).

    Labels and logits are float tensors (B, h, w, 1).
    """

    discriminator: keras.losses.Loss  # of real patches, label 1; generated ones, 0
    generator: keras.losses.Loss  # of generated patches, label 1


class _LogitsLoss(keras.losses.Loss):
    """The mean over all patches of a function of (labels, logits)."""

    def __init__(self, function):
        super().__init__()
        self.call = function


def _least_squares(labels, logits):
    # Mao et al. 2017, "Least Squares Generative Adversarial Networks", equation 9.
    return ops.square(logits - labels)


def _hinge(labels, logits):
    # max(0, 1 - logit) for real and max(0, 1 + logit) for generated images: Lim and Ye
    # 2017, "Geometric GAN"; Miyato et al. 2018, "Spectral Normalization for Generative
    # Adversarial Networks", equation 16.
    return ops.relu(1 - (2 * labels - 1) * logits)


def _hinge_generator(labels, logits):
    return -logits  # Miyato et al. 2018, equation 17


def create_gan_loss(name: str) -> GanLoss:
    """Create the adversarial losses of both networks.

    Args:
        name: str, "bce" for binary cross-entropy (the paper's equation 1, with the
            generator's loss of section 3.3), "lsgan" for least squares, or "hinge".
    """
    if name == "hinge":
        return GanLoss(_LogitsLoss(_hinge), _LogitsLoss(_hinge_generator))
    loss = {
        "bce": keras.losses.BinaryCrossentropy(from_logits=True),
        "lsgan": _LogitsLoss(_least_squares),
    }[name]
    return GanLoss(loss, loss)
