"""Build and compile the model of a training."""

from argparse import Namespace

import keras
from keras import ops

from pyimagesearch.datasets.palettes import Palette
from pyimagesearch.networks.gan_losses import create_gan_loss
from pyimagesearch.networks.paper_networks import PaperNetworks
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.training_settings import PAPER_OPTIONS


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


def choose_networks(settings: Namespace) -> Pix2Pix | PaperNetworks:
    """What builds the networks, with a `generator()` and a `discriminator()`.

    Args:
        settings: complete.

    Raises:
        UserError: where the image size does not go through them.
    """
    if settings.network == "tutorial":
        return Pix2Pix(*settings.image_size)
    parts = {name: getattr(settings, name) for name in PAPER_OPTIONS}
    return PaperNetworks(*settings.image_size, **parts)


def build_model(
    settings: Namespace,
    networks: Pix2Pix | PaperNetworks,
    palette: Palette | None = None,
) -> Pix2PixTraining:
    """Builds both networks and compiles them with their losses and optimizers.

    Args:
        settings: of `training_settings`.
        networks: what builds them; see `chosen_networks`.
        palette: of the targets, where they are label maps to be scored.
    """
    losses = create_gan_loss(settings.gan_loss)
    model = Pix2PixTraining(networks.generator(), networks.discriminator())
    model.compile(
        gOptimizer=_create_adam(settings),
        dOptimizer=_create_adam(settings),
        bceLoss=losses.discriminator,
        maeLoss=keras.losses.MeanAbsoluteError(),
        ganLoss=losses.generator,
        l1Weight=settings.l1_weight,
        dWeight=settings.d_loss_weight,
        averageWeights=settings.average_weights,
        palette=palette,
        jit_compile=settings.jit_compile,
    )
    return model


def _create_adam(settings):
    rate = settings.learning_rate
    if settings.lr_decay == "linear":
        rate = LinearDecay(rate, settings.epochs * settings.steps_per_epoch)
    return keras.optimizers.Adam(rate, beta_1=settings.beta_1)
