"""GAN losses: binary cross-entropy, least squares and hinge."""

from typing import NamedTuple

import keras
from keras import ops

GAN_LOSSES = ("bce", "lsgan", "hinge")


class GanLoss(NamedTuple):
    """The adversarial losses of both networks.

    Both are functions of (labels, logits). The label of a patch is 1 if the image is
    real and 0 if it is generated.

    Attributes:
        discriminator: keras.losses.Loss, for the logits of real images with label 1
            and of generated images with label 0.
        generator: keras.losses.Loss, for the logits of generated images with label 1.
    """

    discriminator: keras.losses.Loss
    generator: keras.losses.Loss


@keras.saving.register_keras_serializable("pyimagesearch")
class LogitsLoss(keras.losses.Loss):
    """The mean over all patches of a function of (labels, logits).

    Args:
        function: callable, from two float tensors (B, h, w, 1) to one.
    """

    def __init__(self, function):
        super().__init__(name=function.__name__)
        self.call = function

    def get_config(self):
        """Return the argument of the constructor, as a dict."""
        return {"function": keras.saving.serialize_keras_object(self.call)}

    @classmethod
    def from_config(cls, config):
        """Create a loss from what `get_config` returns."""
        return cls(keras.saving.deserialize_keras_object(config["function"]))


@keras.saving.register_keras_serializable("pyimagesearch")
def least_squares(labels, logits):
    """Compute the least squares loss of each patch: (logit - label)^2.

    Mao et al. 2017, "Least Squares Generative Adversarial Networks", equation 9.

    Args:
        labels: float tensor (B, h, w, 1), 1 for real and 0 for generated images.
        logits: float tensor (B, h, w, 1).

    Returns:
        Float tensor (B, h, w, 1), 0 or more.
    """
    return ops.square(logits - labels)


@keras.saving.register_keras_serializable("pyimagesearch")
def hinge(labels, logits):
    """Compute the discriminator's hinge loss of each patch.

    It is max(0, 1 - logit) for real and max(0, 1 + logit) for generated images: Lim
    and Ye 2017, "Geometric GAN"; Miyato et al. 2018, "Spectral Normalization for
    Generative Adversarial Networks", equation 16.

    Args:
        labels: float tensor (B, h, w, 1), 1 for real and 0 for generated images.
        logits: float tensor (B, h, w, 1).

    Returns:
        Float tensor (B, h, w, 1), 0 or more.
    """
    return ops.relu(1 - (2 * labels - 1) * logits)


@keras.saving.register_keras_serializable("pyimagesearch")
def hinge_generator(labels, logits):
    """Compute the generator's hinge loss of each patch: -logit.

    Miyato et al. 2018, equation 17.

    Args:
        labels: ignored; every loss takes (labels, logits).
        logits: float tensor (B, h, w, 1).

    Returns:
        Float tensor (B, h, w, 1).
    """
    return -logits


def create_gan_loss(name: str) -> GanLoss:
    """Create the adversarial losses of both networks.

    Args:
        name: str, "bce" for binary cross-entropy (the paper's equation 1, with the
            generator's loss of section 3.3), "lsgan" for least squares, or "hinge".

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


def get_gan_losses(discriminator, generator=None) -> GanLoss:
    """Get the adversarial losses from what `Pix2PixTraining.compile` is given.

    Args:
        discriminator: callable, a loss of (labels, logits), or one of `GAN_LOSSES`.
        generator: the same, for the generator; None for the loss that belongs to the
            discriminator's.

    Returns:
        GanLoss.

    Raises:
        ValueError: if a name is not in `GAN_LOSSES`. Keras's "binary_crossentropy"
            takes logits for probabilities.
    """
    generator = discriminator if generator is None else generator
    for loss in (discriminator, generator):
        if isinstance(loss, str) and loss not in GAN_LOSSES:
            raise ValueError(
                f'"{loss}" is not a loss of the discriminator\'s logits: pass '
                f"{', '.join(GAN_LOSSES)}, or an object such as "
                f"keras.losses.BinaryCrossentropy(from_logits=True)"
            )
    if isinstance(discriminator, str):
        discriminator = create_gan_loss(discriminator).discriminator
    if isinstance(generator, str):
        generator = create_gan_loss(generator).generator
    return GanLoss(discriminator, generator)


def get_image_loss(loss):
    """Get the loss of (target, generated) from what `compile` is given.

    Args:
        loss: callable, or the name of a loss of Keras, such as "mae".

    Returns:
        callable: `loss`, or a keras.losses.Loss, which takes the mean over all pixels.

    Raises:
        ValueError: if Keras has no such loss.
    """
    if not isinstance(loss, str):
        return loss
    found = keras.losses.get(loss)
    if not isinstance(found, keras.losses.Loss):
        # A name of lower case is a function's, which keeps an axis for every pixel.
        words = found.__name__.split("_")
        found = keras.losses.get("".join(word.title() for word in words))
    return found
